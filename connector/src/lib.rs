//! A declarative, code-generated connector SDK.
//!
//! A struct with `#[derive(Connector)]` says how bytes arrive, methods with
//! `#[route("server.handler.method")]` say what happens to them. Released
//! pomelo clients and servers and released Remix engines and plugins are its
//! peers.
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `metrics` | yes | the servers' numbers in the `metrics` facade, see [`metrics`](mod@metrics) |
//! | `plugin` | yes | plugins and their engines: `plugin` |
//! | `testing` | no | `TestServer`, `TestClient` and the conformance kit: `testing` |
//!
//! On `wasm32-unknown-unknown` everything is the same but for the system's
//! sockets and signals: the modules `transport` and `testing` are missing, and a
//! client is given its socket,
//! see [`ClientBuilder::connect_socket`](client::ClientBuilder::connect_socket).

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

/// Messages and services of `.proto` files, which `connector-build` generates.
///
/// Their bodies follow the peer's format: canonical JSON, protobuf, or an
/// application's own.
pub mod proto {
    pub use crate::body::{Body, Message, TwoForms};
    pub use crate::push::{Push, PushRoute};
}

#[doc(hidden)]
pub mod __private;

pub use connector_macros::{Connector, RouteError, Router, Socket, handler, route};
pub use connector_protocol as protocol;
pub use connector_protocol::format;
pub use connector_protocol::message::RequestId;
pub use connector_protocol::{CloseReason, Limit, Limits};

#[cfg(not(target_family = "wasm"))]
pub use self::{
    server::shutdown_signal,
    transport::{
        HybridConnector, HybridSocket, MemoryConnector, MemorySocket, TcpConnector, TcpSocket,
        WebSocketConnector, WebSocketSocket,
    },
};
pub use body::{
    Body, BodyError, BodyReader, BodyWriter, Format, FromBody, Json, Proto, Raw, ToBody,
};
pub use client::Client;
pub use connector::{
    Accept, Address, Bare, BoxSocket, Config, Connector, Listen, Peer, Pomelo, Role, SessionKind,
    Socket, StartError, WithCodec,
};
pub use push::{Channels, PushSchedule, RouteFor, RouteOf};
pub use routing::{DynHandler, RouteFn, Router, RouterError, Routes};
pub use runtime::{MaybeSend, MaybeSync};
pub use server::{ServeError, Server, ServerHandle};
pub use session::{Session, SessionId};

/// The pages beside the crate, whose code is compiled as its documentation's
/// is. They are not part of the package.
#[cfg(all(doctest, feature = "testing"))]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/connectors.md")]
    mod connectors {}
}
