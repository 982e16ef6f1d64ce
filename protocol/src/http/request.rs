//! The head of a request.

use super::head::{own, size};
use super::{HeadError, MAX_HEAD, MAX_HEADERS, query};

/// The head of an HTTP/1 request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Upper case, as sent.
    pub method: String,
    /// The request target as sent: the path with its query, not decoded.
    pub path: String,
    /// The y of HTTP/1.y: 0 or 1.
    pub minor_version: u8,
    /// Names as sent and values, in their order.
    pub headers: Vec<(String, String)>,
}

/// Reads the request head at the front of `input` and tells its size in bytes; `None` while
/// it is cut short. What lies behind it on an upgraded connection are frames already.
///
/// # Errors
///
/// [`HeadError`] when it is not HTTP/1, has no end within [`MAX_HEAD`] bytes, or has
/// more than [`MAX_HEADERS`] headers.
pub fn parse_request(input: &[u8]) -> Result<Option<(Request, usize)>, HeadError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let parsed = head.parse(&input[..input.len().min(MAX_HEAD)]);
    let Some(size) = size(input, parsed)? else {
        return Ok(None);
    };
    // The parser fills all three in whenever the head is complete.
    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        path: head.path.unwrap_or_default().to_owned(),
        minor_version: head.version.unwrap_or_default(),
        headers: own(head.headers),
    };
    Ok(Some((request, size)))
}

impl Request {
    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// The first value of a name in the query, decoded as browsers and forms write it:
    /// `%20` and `+` are spaces. Bytes that are no UTF-8 become U+FFFD.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        query::value(&self.path, name)
    }
}
