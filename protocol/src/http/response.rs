//! Responses of a server, as its client reads them.

use std::fmt;

use super::answer::reason_phrase;
use super::head::{head_size, keeps_alive, to_owned_headers};
use super::{HeadError, MAX_HEAD, MAX_HEADERS, body, values};

/// A response that is not an upgrade: its status, its headers, and the start of its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code, such as 401 or 503.
    pub status: u16,
    /// The minor version of HTTP/1: 0 or 1.
    pub minor_version: u8,
    /// The headers in their order: names as sent, and values.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body, at most [`MAX_BODY`](super::MAX_BODY).
    pub body: Vec<u8>,
}

/// Reads the head of a response at the front of `input`, and returns it, without a body, with
/// its size in bytes, or `None` while it is incomplete.
///
/// # Errors
///
/// Returns [`HeadError`] if it is not HTTP/1, has no end within [`MAX_HEAD`] bytes, or has
/// more than [`MAX_HEADERS`] headers.
pub fn parse_response(input: &[u8]) -> Result<Option<(Response, usize)>, HeadError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let parsed = head.parse(&input[..input.len().min(MAX_HEAD)]);
    let Some(size) = head_size(input, parsed)? else {
        return Ok(None);
    };
    // The parser fills both in whenever the head is complete.
    let response = Response {
        status: head.code.unwrap_or_default(),
        minor_version: head.version.unwrap_or_default(),
        headers: to_owned_headers(head.headers),
        body: Vec::new(),
    };
    Ok(Some((response, size)))
}

impl Response {
    /// Returns the first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        values(&self.headers, name).next()
    }

    /// Returns whether the server takes further requests on the connection.
    #[must_use]
    pub fn keeps_alive(&self) -> bool {
        keeps_alive(self.minor_version, &self.headers)
    }

    /// Takes the body from the bytes behind the head. Returns whether that is all of it, or as
    /// much of it as is kept. If not, call it again with the same bytes and more behind them.
    pub fn read_body(&mut self, input: &[u8]) -> bool {
        let (body, complete) = body::read(self, input);
        self.body = body;
        complete
    }
}

/// The most characters of a peer's text in a line of a log.
const SHOWN: usize = 100;

impl fmt::Display for Response {
    /// Writes one line: the status, the target of a redirect, and the start of a text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP status {}", self.status)?;
        let reason = reason_phrase(self.status);
        if !reason.is_empty() {
            write!(f, " {reason}")?;
        }
        if let Some(target) = self.header("Location") {
            let target: String = target.chars().take(SHOWN).collect();
            write!(f, " to {target:?}")?;
        }
        let text = String::from_utf8_lossy(&self.body);
        let is_text = self.header("Content-Type").is_none_or(|kind| kind.starts_with("text/plain"));
        if is_text && !text.trim().is_empty() {
            let text: String = text.trim().chars().take(SHOWN).collect();
            write!(f, ": {text:?}")?;
        }
        Ok(())
    }
}
