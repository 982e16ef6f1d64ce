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
mod channels;
pub mod codec;
mod config;
mod connector;
#[cfg(not(target_family = "wasm"))]
mod connectors;
#[cfg(not(target_family = "wasm"))]
mod goodbye;
pub mod handler;
pub mod link;
mod listen;
mod maybe;
pub mod metrics;
mod misfit;
#[cfg(not(target_family = "wasm"))]
mod opening;
mod peer;
pub mod plugin;
pub mod prelude;
pub mod proto;
mod router;
pub mod session;
#[cfg(not(target_family = "wasm"))]
mod sign_in;
mod socket;
mod table;

#[cfg(not(target_family = "wasm"))]
pub mod client;
#[cfg(not(target_family = "wasm"))]
pub mod server;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
#[cfg(not(target_family = "wasm"))]
pub mod transport;

#[doc(hidden)]
pub mod __private;

pub use connector_macros::{Connector, RouteError, Router, Socket, handler, route};
pub use connector_protocol as protocol;
pub use connector_protocol::message::RequestId;
pub use connector_protocol::{CloseReason, Limit, Limits};

pub use body::{Format, Json, Proto, Raw};
#[cfg(not(target_family = "wasm"))]
pub use channels::Channels;
#[cfg(not(target_family = "wasm"))]
pub use client::Client;
pub use config::Config;
pub use connector::{Connector, WithCodec};
#[cfg(not(target_family = "wasm"))]
pub use connectors::{
    HybridConnector, HybridSocket, MemoryConnector, MemorySocket, TcpConnector, TcpSocket,
    WebSocketConnector, WebSocketSocket,
};
pub use listen::{Listen, StartError};
pub use maybe::{MaybeSend, MaybeSync};
pub use peer::{Address, Peer};
pub use proto::Body;
pub use router::{Router, RouterError, Routes};
#[cfg(not(target_family = "wasm"))]
pub use server::{ServeError, Server, ServerHandle, shutdown_signal};
pub use session::{Session, SessionId};
pub use socket::{Accept, Bare, BoxSocket, Pomelo, Role, SessionKind, Socket};

/// The pages beside the crate, whose code is compiled as its documentation's
/// is. They are not part of the package.
#[cfg(doctest)]
mod pages {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/connectors.md")]
    mod connectors {}
}
