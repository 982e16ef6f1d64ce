//! The head of a request.

use super::head::{head_size, keeps_alive, to_owned_headers};
use super::{HeadError, MAX_HEAD, MAX_HEADERS, body, query, values};

/// The head of an HTTP/1 request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, as sent.
    pub method: String,
    /// The path and its query, not decoded. Of a target in absolute form, as proxies send it,
    /// these parts alone. `*` for a request about the whole server.
    pub path: String,
    /// The minor version of HTTP/1: 0 or 1.
    pub minor_version: u8,
    /// The headers in their order: names as sent, and values.
    pub headers: Vec<(String, String)>,
}

/// Reads the request head at the front of `input`, and returns it with its size in bytes, or
/// `None` while it is incomplete. On an upgraded connection the bytes behind it are frames.
///
/// # Errors
///
/// Returns [`HeadError`] if it is not HTTP/1, has no end within [`MAX_HEAD`] bytes, or has
/// more than [`MAX_HEADERS`] headers.
pub fn parse_request(input: &[u8]) -> Result<Option<(Request, usize)>, HeadError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let parsed = head.parse(&input[..input.len().min(MAX_HEAD)]);
    let Some(size) = head_size(input, parsed)? else {
        return Ok(None);
    };
    // The parser fills all three in whenever the head is complete.
    let request = Request {
        method: head.method.unwrap_or_default().to_owned(),
        path: origin_form(head.path.unwrap_or_default()),
        minor_version: head.version.unwrap_or_default(),
        headers: to_owned_headers(head.headers),
    };
    Ok(Some((request, size)))
}

/// Returns the path and query of a request target (RFC 9112 3.2).
fn origin_form(target: &str) -> String {
    let Some((_, rest)) = target.split_once("://").filter(|_| !target.starts_with('/')) else {
        return target.to_owned();
    };
    match rest.find(['/', '?']).map(|at| &rest[at..]) {
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some(query) => format!("/{query}"),
        None => "/".to_owned(),
    }
}

impl Request {
    /// Returns the first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        values(&self.headers, name).next()
    }

    /// Returns the first value of a name in the query, decoded as browsers and forms encode
    /// it: `%20` and `+` are spaces. Bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        query::value(&self.path, name)
    }

    /// Returns the bytes of the body behind the head: 0 if none is announced. `None` for a body
    /// whose length is not a number that the head tells, as that of one in chunks.
    #[must_use]
    pub fn body_len(&self) -> Option<usize> {
        if !self.has_body() {
            return Some(0);
        }
        body::announced_len(&self.headers)
    }

    /// Returns whether the client may send further requests on the connection.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        keeps_alive(self.minor_version, &self.headers)
    }

    /// Returns whether the head announces a body.
    #[must_use]
    pub fn has_body(&self) -> bool {
        body::is_announced(&self.headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(head: &str) -> Request {
        let head = format!("POST / {head}\r\n\r\n");
        parse_request(head.as_bytes()).unwrap().unwrap().0
    }

    #[test]
    fn the_length_of_a_body_is_what_the_head_tells_alone() {
        let len = |headers: &str| request(&format!("HTTP/1.1\r\n{headers}")).body_len();
        assert_eq!(len("Host: h"), Some(0));
        assert_eq!(len("Content-Length: 0"), Some(0));
        assert_eq!(len("content-length: 12"), Some(12));
        for none in [
            "Transfer-Encoding: chunked",
            "Content-Length: 2\r\nTransfer-Encoding: chunked",
            "Content-Length: 2\r\nContent-Length: 3",
            "Content-Length: +2",
            "Content-Length: 2, 2",
            "Content-Length: 99999999999999999999999",
        ] {
            assert_eq!(len(none), None, "{none}");
        }
    }

    #[test]
    fn a_connection_is_kept_unless_the_client_closes_it() {
        assert!(request("HTTP/1.1\r\nConnection: keep-alive").keeps_alive());
        assert!(request("HTTP/1.1").keeps_alive());
        assert!(!request("HTTP/1.1\r\nConnection: x, Close").keeps_alive());
        assert!(!request("HTTP/1.0").keeps_alive());
    }
}
