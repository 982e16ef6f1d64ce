//! The server's view of a request.

use super::head::{elements, is_key, lists, own, single, size, values};
use super::{MAX_HEAD, MAX_HEADERS, UpgradeError, query};

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
/// [`UpgradeError::Head`] when it is not HTTP/1, has no end within [`MAX_HEAD`] bytes, or has
/// more than [`MAX_HEADERS`] headers.
pub fn parse_request(input: &[u8]) -> Result<Option<(Request, usize)>, UpgradeError> {
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

    /// The key of a valid upgrade, to be answered with [`response`](super::response); or
    /// `None` for a plain HTTP request, one that does not speak of WebSocket at all.
    ///
    /// # Errors
    ///
    /// The request wants a WebSocket but gets the handshake wrong (RFC 6455 4.2.1), to be
    /// answered with [`refusal`](super::refusal).
    pub fn websocket_key(&self) -> Result<Option<&str>, UpgradeError> {
        let headers = &self.headers;
        let upgrade = lists(headers, "Upgrade", "websocket");
        let key = self.header("Sec-WebSocket-Key");
        if !upgrade && key.is_none() {
            return Ok(None);
        }
        if self.method != "GET" {
            return Err(UpgradeError::Method);
        }
        if self.minor_version == 0 {
            return Err(UpgradeError::HttpVersion);
        }
        if self.header("Host").is_none() {
            return Err(UpgradeError::MissingHost);
        }
        if !upgrade {
            return Err(UpgradeError::MissingUpgrade);
        }
        if !lists(headers, "Connection", "upgrade") {
            return Err(UpgradeError::MissingConnection);
        }
        // Before the key: the drafts before version 13 had other keys, and what they need to
        // hear is the version.
        if single(headers, "Sec-WebSocket-Version") != Some("13") {
            return Err(UpgradeError::UnsupportedVersion);
        }
        let key = key.ok_or(UpgradeError::MissingKey)?;
        if !is_key(key) || values(headers, "Sec-WebSocket-Key").count() > 1 {
            return Err(UpgradeError::InvalidKey);
        }
        Ok(Some(key))
    }

    /// The subprotocols that the client offers, best first.
    pub fn protocols(&self) -> impl Iterator<Item = &str> {
        elements(&self.headers, "Sec-WebSocket-Protocol")
    }
}
