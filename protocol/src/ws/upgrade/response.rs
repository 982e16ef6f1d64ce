//! The server's responses. Each but [`response`] ends the connection.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use super::UpgradeError;
use crate::http::{self, is_token};

/// The text that every server appends to the key before hashing it (RFC 6455 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Returns the `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`.
pub(in crate::ws) fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key);
    hash.update(GUID);
    STANDARD.encode(hash.finalize())
}

/// Writes the response to a valid upgrade, 101, with the subprotocol that the server picked
/// from the client's [`protocols`](crate::http::Request::protocols). A subprotocol that is not a
/// token is not allowed in a header and is left out.
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

/// Writes the response to an upgrade that cannot be accepted: the error's status, its headers,
/// and its text in one line. It repeats nothing of the request.
#[must_use]
pub fn refusal(error: &UpgradeError) -> Vec<u8> {
    let allow: &[_] = match error {
        UpgradeError::Method => &[("Allow", "GET")],
        _ => &[],
    };
    let text = [("Content-Type", "text/plain; charset=utf-8")];
    http::response(error.status(), &[allow, &text].concat(), format!("{error}\n").as_bytes())
}
