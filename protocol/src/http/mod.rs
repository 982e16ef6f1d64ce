//! HTTP/1 on a port whose main protocol is another one: heads, and plain responses.

mod error;
mod head;
mod query;
mod request;
mod response;

pub use error::HeadError;
pub use head::{MAX_HEAD, MAX_HEADERS};
pub(crate) use head::{elements, head_size, is_token, lists, single, to_owned_headers, values};
pub use request::{Request, parse_request};
pub(crate) use response::answer;
pub use response::plain_response;
