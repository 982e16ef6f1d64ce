//! The server's answers. Every one but [`response`] ends the connection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::UpgradeError;
use super::head::is_token;

/// What every server appends to the key before hashing it (RFC 6455 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key`.
#[must_use]
pub fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(GUID);
    STANDARD.encode(hash.finalize())
}

/// The 101 answer to a valid upgrade, with the one of the client's
/// [`protocols`](super::Request::protocols) that the server picked. One that is no token
/// could break the head apart and is left out.
#[must_use]
pub fn response(key: &str, protocol: Option<&str>) -> Vec<u8> {
    let accept = accept_key(key);
    let mut head = format!(
        "HTTP/1.1 101 Switching Protocols\r\n\
         Upgrade: websocket\r\n\
         Connection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n"
    );
    if let Some(protocol) = protocol.filter(|protocol| is_token(protocol)) {
        head.push_str("Sec-WebSocket-Protocol: ");
        head.push_str(protocol);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    head.into_bytes()
}

/// The answer to an upgrade that cannot be accepted: the status of the error, the headers
/// that go with it, and one line of text. Nothing of the request is repeated in it.
#[must_use]
pub fn refusal(error: &UpgradeError) -> Vec<u8> {
    let headers = match error {
        UpgradeError::UnsupportedVersion => {
            "Connection: close, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        }
        UpgradeError::Method => "Connection: close\r\nAllow: GET\r\n",
        _ => "Connection: close\r\n",
    };
    let body = format!("{error}\n");
    answer(error.status(), headers, "text/plain; charset=utf-8", body.as_bytes())
}

/// An answer to a plain HTTP request, after which the connection ends. The content type is
/// static so that nothing of a peer can reach the head.
#[must_use]
pub fn plain_response(status: u16, content_type: &'static str, body: &[u8]) -> Vec<u8> {
    answer(status, "Connection: close\r\n", content_type, body)
}

fn answer(status: u16, headers: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let reason = reason_phrase(status);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} {reason}\r\n\
         {headers}\
         Content-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\
         \r\n"
    );
    [head.as_bytes(), body].concat()
}

/// The phrase is decoration since HTTP/1.1, and may be empty.
fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}
