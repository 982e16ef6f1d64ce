//! Plain HTTP on a port: what it answers beside WebSocket.

mod options;

pub(crate) use options::refuse;
pub use options::{HttpRequest, HttpResponse, WebOptions};
