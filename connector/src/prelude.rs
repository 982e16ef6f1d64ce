//! The items that most programs need: `use connector::prelude::*`.

#[doc(no_inline)]
pub use crate::handler::{Cx, Handler, HandlerError, RouteSpec, State};
#[doc(no_inline)]
pub use crate::{
    Body, Channels, Client, CloseReason, Config, Connector, Json, Limits, Listen, Peer, Proto, Raw,
    RequestId, Router, ServeError, Server, ServerBuilder, ServerHandle, Session, Socket,
};
#[doc(no_inline)]
pub use crate::{RouteError, handler, route};

#[cfg(not(target_family = "wasm"))]
#[doc(no_inline)]
pub use crate::{
    HybridConnector, MemoryConnector, TcpConnector, UdpConnector, WebSocketConnector,
    shutdown_signal, transport::WebOptions,
};
