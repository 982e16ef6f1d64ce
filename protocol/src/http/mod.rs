//! HTTP/1 on a port whose main protocol is another one: heads, and whole responses.

mod answer;
mod body;
mod error;
mod forwarded;
mod head;
mod query;
mod request;
mod response;

pub use answer::{kept_response, response};
pub use body::{BodyReader, MAX_BODY};
pub use error::HeadError;
pub use forwarded::{ForwardedError, ForwardedHeader, Hop};
pub use head::{MAX_HEAD, MAX_HEADERS};
pub(crate) use head::{elements, is_token, is_value, lists, single, values};
pub use request::{Request, parse_request};
pub use response::{Response, parse_response};
