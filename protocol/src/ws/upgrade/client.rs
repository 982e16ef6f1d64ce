//! The client's request, and the response to it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::key::is_key;
use super::{ConnectError, accept_key};
use crate::http::{self, HeadError, MAX_HEAD, Response, is_token, is_value, lists, single, values};

/// Headers that [`request`] writes by itself, the header that offers extensions, which only
/// the extension itself may write, and those of a body, which an upgrade cannot have.
const RESERVED_HEADERS: [&str; 8] = [
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Extensions",
    "Content-Length",
    "Transfer-Encoding",
];

/// The server's answer to an upgrade request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// The connection is upgraded.
    Accepted(Accepted),
    /// The server does not upgrade the connection, and says why by its status. The body is not
    /// read yet, see [`Response::read_body`].
    Refused(Response),
}

/// The agreement of an accepted upgrade.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// The subprotocol that the server picked. The caller must close the connection if it did
    /// not offer this one (RFC 6455 4.1).
    pub protocol: Option<String>,
    /// The terms of compression, if it was offered and the server agrees.
    #[cfg(feature = "deflate")]
    pub deflate: Option<crate::ws::deflate::Agreement>,
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
/// writes by itself or that an upgrade cannot have.
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
/// with its size in bytes, or `None` while it is incomplete. Informational responses before it,
/// such as 103, are skipped, and are part of that size. The bytes behind an acceptance are
/// frames, those behind a refusal its body.
///
/// # Errors
///
/// Returns [`ConnectError`] if the response is not HTTP/1 or longer than [`MAX_HEAD`] bytes, or
/// if the server agrees to something that was not requested.
pub fn parse_response(input: &[u8], key: &str) -> Result<Option<(Reply, usize)>, ConnectError> {
    parse_response_with(input, key, |headers, _| {
        match values(headers, "Sec-WebSocket-Extensions").next() {
            Some(_) => Err(ConnectError::UnexpectedExtension),
            None => Ok(()),
        }
    })
}

/// [`parse_response`], with the extensions of an acceptance left to `extend`.
pub(in crate::ws) fn parse_response_with(
    input: &[u8],
    key: &str,
    extend: impl Fn(&[(String, String)], &mut Accepted) -> Result<(), ConnectError>,
) -> Result<Option<(Reply, usize)>, ConnectError> {
    let mut size = 0;
    loop {
        let Some((response, length)) = http::parse_response(&input[size..])? else {
            return Ok(None);
        };
        size += length;
        match response.status {
            101 => {
                let mut accepted = accepted(&response.headers, key)?;
                extend(&response.headers, &mut accepted)?;
                return Ok(Some((Reply::Accepted(accepted), size)));
            }
            100..=199 if size < MAX_HEAD => {}
            100..=199 => return Err(HeadError::TooLong.into()),
            _ => return Ok(Some((Reply::Refused(response), size))),
        }
    }
}

fn accepted(headers: &[(String, String)], key: &str) -> Result<Accepted, ConnectError> {
    if !lists(headers, "Upgrade", "websocket") || !lists(headers, "Connection", "upgrade") {
        return Err(ConnectError::NotUpgraded);
    }
    if single(headers, "Sec-WebSocket-Accept") != Some(accept_key(key).as_str()) {
        return Err(ConnectError::AcceptMismatch);
    }
    let protocol = values(headers, "Sec-WebSocket-Protocol").next().map(str::to_owned);
    Ok(Accepted { protocol, ..Accepted::default() })
}

/// Accepts visible characters only, so that the value stays within its line.
fn is_target(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic())
}
