//! Plain HTTP on a port beside WebSocket.

mod options;

pub(crate) use options::refuse;
pub use options::{HttpRequest, HttpResponse, WebOptions};
