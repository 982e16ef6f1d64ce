//! The items that most programs need: `use connector::prelude::*`.

pub use crate::handler::{Cx, Handler, HandlerError, State};
#[cfg(not(target_family = "wasm"))]
pub use crate::transport::WebOptions;
pub use crate::{
    Body, CloseReason, Config, Connector, Json, Limits, Listen, Peer, Proto, Raw, RequestId,
    Router, Session, Socket,
};
#[cfg(not(target_family = "wasm"))]
pub use crate::{
    Channels, Client, HybridConnector, MemoryConnector, ServeError, Server, ServerHandle,
    TcpConnector, WebSocketConnector, shutdown_signal,
};
pub use crate::{RouteError, handler, route};
