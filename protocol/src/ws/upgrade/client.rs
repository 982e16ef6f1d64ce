//! The client's request, and the response to it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::key::is_key;
use super::{ConnectError, accept_key};
use crate::http::{
    MAX_HEAD, MAX_HEADERS, head_size, is_token, lists, single, to_owned_headers, values,
};

/// Headers that [`request`] writes by itself, and the header that offers extensions, which the
/// decoder does not support.
const RESERVED_HEADERS: [&str; 6] = [
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
];

/// The agreement of an accepted upgrade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The subprotocol that the server picked. The caller must close the connection if it did
    /// not offer this one (RFC 6455 4.1).
    pub protocol: Option<String>,
}

/// Returns the `Sec-WebSocket-Key` for a nonce, which should be random and new for each
/// connection.
#[must_use]
pub fn client_key(nonce: [u8; 16]) -> String {
    STANDARD.encode(nonce)
}

/// Writes the upgrade request.
///
/// `host` includes the port unless it is the default one, `path` includes the query, `key` is
/// from [`client_key`], and `headers` are further ones such as `Origin` or
/// `Sec-WebSocket-Protocol`.
///
/// # Errors
///
/// Returns [`ConnectError`] for a value that is not allowed in a request (line ends, other
/// control characters, spaces in the host or the path), and for a header that this function
/// writes by itself.
pub fn request(
    host: &str,
    path: &str,
    key: &str,
    headers: &[(&str, &str)],
) -> Result<Vec<u8>, ConnectError> {
    if !is_target(host) || !is_target(path) || !path.starts_with('/') {
        return Err(ConnectError::InvalidTarget);
    }
    if !is_key(key) {
        return Err(ConnectError::InvalidKey);
    }
    let mut head = format!(
        "GET {path} HTTP/1.1\r\n\
         Host: {host}\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\n\
         Sec-WebSocket-Version: 13\r\n"
    );
    for (name, value) in headers {
        if !is_token(name) || !is_value(value) {
            return Err(ConnectError::InvalidHeader);
        }
        if RESERVED_HEADERS.iter().any(|reserved| reserved.eq_ignore_ascii_case(name)) {
            return Err(ConnectError::ReservedHeader);
        }
        for part in [name, ": ", value, "\r\n"] {
            head.push_str(part);
        }
    }
    head.push_str("\r\n");
    Ok(head.into_bytes())
}

/// Reads the response to a [`request`] with this key at the front of `input`, and returns it
/// with its size in bytes, or `None` while it is incomplete. The bytes behind it are frames.
///
/// # Errors
///
/// Returns [`ConnectError`] if the server refuses the upgrade, or agrees to something that was
/// not requested.
pub fn parse_response(input: &[u8], key: &str) -> Result<Option<(Accepted, usize)>, ConnectError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let parsed = head.parse(&input[..input.len().min(MAX_HEAD)]);
    let Some(size) = head_size(input, parsed)? else {
        return Ok(None);
    };
    // The parser fills the code in whenever the head is complete.
    let status = head.code.unwrap_or_default();
    if status != 101 {
        return Err(ConnectError::Status(status));
    }
    let headers = to_owned_headers(head.headers);
    if !lists(&headers, "Upgrade", "websocket") || !lists(&headers, "Connection", "upgrade") {
        return Err(ConnectError::NotUpgraded);
    }
    if single(&headers, "Sec-WebSocket-Accept") != Some(accept_key(key).as_str()) {
        return Err(ConnectError::AcceptMismatch);
    }
    if values(&headers, "Sec-WebSocket-Extensions").next().is_some() {
        return Err(ConnectError::UnexpectedExtension);
    }
    let protocol = values(&headers, "Sec-WebSocket-Protocol").next().map(str::to_owned);
    Ok(Some((Accepted { protocol }, size)))
}

/// Accepts visible characters only, so that the value stays within its line.
fn is_target(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}

/// Accepts a header value of RFC 9110 5.5: no control characters except the tab.
fn is_value(text: &str) -> bool {
    text.bytes().all(|b| b == b'\t' || !b.is_ascii_control())
}
