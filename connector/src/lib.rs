#![doc = include_str!("../docs/crate.md")]

mod body;
pub mod client;
pub mod codec;
mod connection;
mod connector;
mod dispatch;
pub mod handler;
mod limits;
pub mod link;
pub mod metrics;
#[cfg(feature = "plugin")]
pub mod plugin;
pub mod prelude;
#[doc(hidden)]
pub mod protojson;
mod push;
mod routing;
mod runtime;
pub mod server;
pub mod session;
#[cfg(all(feature = "testing", not(target_family = "wasm")))]
pub mod testing;
#[cfg(not(target_family = "wasm"))]
pub mod transport;
#[cfg(all(feature = "web", target_family = "wasm"))]
pub mod web;

/// Messages and services of `.proto` files, which `connector-build` generates.
///
/// Their bodies have the peer's format: canonical JSON, protobuf, or an
/// application's own.
pub mod proto {
    pub use crate::body::{Body, Message, TwoForms};
    pub use crate::protojson::skip_unknown_names;
    pub use crate::push::{Push, PushRoute};
}

#[doc(hidden)]
pub mod __private;

#[cfg(feature = "plugin")]
pub use connector_macros::plugin;
pub use connector_macros::{Connector, RouteError, Router, Socket, handler, route};
pub use connector_protocol as protocol;
pub use connector_protocol::format;
pub use connector_protocol::message::RequestId;
pub use connector_protocol::pomelo::protobuf::Schemas as PomeloSchemas;
pub use connector_protocol::{CloseReason, Limit, Limits, ProcessExit};

#[cfg(all(feature = "mqtt", not(target_family = "wasm")))]
pub use self::transport::{MqttConnector, MqttSocket};
#[cfg(all(feature = "quic", not(target_family = "wasm")))]
pub use self::transport::{QuicConnector, QuicSocket};
#[cfg(all(feature = "shared-memory", target_os = "linux"))]
pub use self::transport::{SharedMemoryConnector, SharedMemorySocket};
#[cfg(all(feature = "sio", not(target_family = "wasm")))]
pub use self::transport::{SioConnector, SioSocket};
#[cfg(all(feature = "webtransport", not(target_family = "wasm")))]
pub use self::transport::{WebTransportConnector, WebTransportSocket};
#[cfg(not(target_family = "wasm"))]
pub use self::{
    server::shutdown_signal,
    transport::{
        HybridConnector, HybridSocket, MemoryConnector, MemorySocket, TcpConnector, TcpSocket,
        UdpConnector, UdpSocket, WebSocketConnector, WebSocketSocket,
    },
};
#[cfg(feature = "msgpack")]
pub use body::MSGPACK;
pub use body::{
    Body, BodyError, BodyReader, BodyWriter, Format, FromBody, Json, Proto, Raw, ToBody,
};
pub use client::Client;
pub use connector::{
    Accept, Address, Bare, BoxSocket, Config, Connector, Dial, DialError, Listen, Network,
    NetworkError, Peer, Pomelo, Role, Schemes, SessionKind, Socket, SocketDialer, StartError,
    TlsInfo, WithCodec,
};
pub use push::{Channels, PushSchedule, RouteFor, RouteOf, Scheduled};
pub use routing::{DynHandler, LockError, RouteFn, Router, RouterError, Routes};
pub use runtime::{MaybeSend, MaybeSync};
pub use server::{ServeError, Server, ServerBuilder, ServerHandle};
pub use session::{Session, SessionId};

/// The pages of the repository, whose code is compiled as doctests. They are not part
/// of the package.
#[cfg(all(doctest, feature = "testing"))]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/connectors.md")]
    mod connectors {}
    #[cfg(feature = "tls")]
    #[doc = include_str!("../../docs/deployment.md")]
    mod deployment {}
    #[doc = include_str!("../../docs/from-pitaya.md")]
    mod from_pitaya {}
    #[doc = include_str!("../../docs/from-pomelo.md")]
    mod from_pomelo {}
    #[doc = include_str!("../../docs/remix.md")]
    mod remix {}
}
