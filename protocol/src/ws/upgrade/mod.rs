//! The HTTP exchange that opens a WebSocket connection (RFC 6455 4), for both ends, and the
//! plain HTTP answers for requests that ask for something else.
//!
//! A server reads with [`parse_request`], asks [`Request::websocket_key`] what it is looking
//! at, and answers with [`response`], [`refusal`] or [`plain_response`]. A client sends
//! [`request`] and reads the answer with [`parse_response`].

mod client;
mod error;
mod head;
mod query;
mod request;
mod response;

pub use client::{Accepted, client_key, parse_response, request};
pub use error::{ConnectError, HeadError, UpgradeError};
pub use head::{MAX_HEAD, MAX_HEADERS};
pub use request::{Request, parse_request};
pub use response::{accept_key, plain_response, refusal, response};
