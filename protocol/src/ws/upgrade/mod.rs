//! The HTTP exchange that opens a WebSocket connection (RFC 6455 4), for both ends.
//!
//! A server reads a request with [`http`](crate::http), checks it with
//! [`Request::websocket_key`](crate::http::Request::websocket_key), and answers with [`response`]
//! or [`refusal`]. A client sends [`request`] and reads the response with [`parse_response`].

mod client;
mod error;
mod key;
mod request;
mod response;

pub use client::{Accepted, Reply, client_key, parse_response, request};
pub use error::{ConnectError, UpgradeError};
pub(super) use response::accept_key;
pub use response::{refusal, response};
