//! Plain HTTP on a port beside WebSocket.

mod answer;
mod forwarded;
mod options;
mod response;

pub(crate) use answer::{Answer, refuse};
pub use forwarded::Forwarded;
pub use options::{HttpRequest, WebOptions};
pub use response::HttpResponse;
