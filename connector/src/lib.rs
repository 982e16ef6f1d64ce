//! A declarative, code-generated connector SDK.
//!
//! A struct with `#[derive(Connector)]` says how bytes arrive, methods with
//! `#[route("server.handler.method")]` say what happens to them. Released
//! pomelo clients and servers and released Remix engines and plugins are its
//! peers.
//!
//! In browsers the core traits and the protocol remain: links, sockets,
//! connectors, codecs, handlers.

// What drives the core needs tasks and timers, so in browsers some of it rests.
#![cfg_attr(target_family = "wasm", allow(dead_code, unused_imports))]

mod body;
#[cfg(not(target_family = "wasm"))]
pub mod client;
pub mod codec;
mod connection;
mod connector;
#[cfg(not(target_family = "wasm"))]
mod dispatch;
pub mod handler;
mod limits;
pub mod link;
mod maybe_send;
pub mod metrics;
pub mod plugin;
pub mod prelude;
#[doc(hidden)]
pub mod protojson;
mod push;
mod routing;
mod runtime;
#[cfg(not(target_family = "wasm"))]
pub mod server;
pub mod session;
#[cfg(not(target_family = "wasm"))]
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

pub use body::{
    Body, BodyError, BodyReader, BodyWriter, Format, FromBody, Json, Proto, Raw, ToBody,
};
#[cfg(not(target_family = "wasm"))]
pub use client::Client;
pub use connector::{
    Accept, Address, Bare, BoxSocket, Config, Connector, Listen, Peer, Pomelo, Role, SessionKind,
    Socket, StartError, WithCodec,
};
pub use maybe_send::{MaybeSend, MaybeSync};
#[cfg(not(target_family = "wasm"))]
pub use push::{Channels, PushSchedule};
pub use push::{RouteFor, RouteOf};
pub use routing::{DynHandler, RouteFn, Router, RouterError, Routes};
#[cfg(not(target_family = "wasm"))]
pub use server::{ServeError, Server, ServerHandle, shutdown_signal};
pub use session::{Session, SessionId};
#[cfg(not(target_family = "wasm"))]
pub use transport::{
    HybridConnector, HybridSocket, MemoryConnector, MemorySocket, TcpConnector, TcpSocket,
    WebSocketConnector, WebSocketSocket,
};

/// The pages beside the crate, whose code is compiled as its documentation's
/// is. They are not part of the package.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/connectors.md")]
    mod connectors {}
}
