//! HTTP/1 on a port that mostly speaks something else: heads and plain answers.

mod error;
mod head;
mod query;
mod request;
mod response;

pub use error::HeadError;
pub use head::{MAX_HEAD, MAX_HEADERS};
pub(crate) use head::{elements, is_token, lists, own, single, size, values};
pub use request::{Request, parse_request};
pub(crate) use response::answer;
pub use response::plain_response;
