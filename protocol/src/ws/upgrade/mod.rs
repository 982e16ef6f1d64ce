//! The HTTP exchange that opens a WebSocket connection (RFC 6455 4), for both ends.
//!
//! A server reads a request with [`http`](crate::http), checks it with
//! [`Request::websocket_key`](crate::http::Request::websocket_key), and answers with [`response`]
//! or [`refusal`]. A client sends [`request`] and reads the response with [`parse_response`].

mod client;
mod error;
#[cfg(feature = "deflate")]
mod extensions;
mod key;
mod request;
mod response;

#[cfg(feature = "deflate")]
pub(super) use client::parse_response_with;
pub use client::{Accepted, Reply, client_key, parse_response, request};
pub use error::{ConnectError, UpgradeError};
#[cfg(feature = "deflate")]
pub(super) use extensions::{Extension, extensions};
pub(super) use response::accept_key;
pub use response::{refusal, response};
