//! The items that most programs need: `use connector::prelude::*`.

pub use crate::handler::{Cx, Handler, HandlerError, State};
pub use crate::{
    Body, Channels, Client, CloseReason, Config, Connector, Json, Limits, Listen, Peer, Proto, Raw,
    RequestId, Router, ServeError, Server, ServerHandle, Session, Socket,
};
pub use crate::{RouteError, handler, route};

#[cfg(not(target_family = "wasm"))]
pub use crate::{
    HybridConnector, MemoryConnector, TcpConnector, WebSocketConnector, shutdown_signal,
    transport::WebOptions,
};
