//! Responses of a server.

use super::{is_token, is_value};

/// Writes a response after which the connection ends, with these headers and a body of this
/// length. `Connection` and `Content-Length` are written by themselves, and for status 426 the
/// `Upgrade` that belongs to it. A header whose name or value would break the head is left out.
#[must_use]
pub fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let connection = match status {
        426 => "Connection: close, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        _ => "Connection: close\r\n",
    };
    write(status, connection, headers, body)
}

/// Writes a response as [`response`] does, after which the connection serves further requests.
#[must_use]
pub fn kept_response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    write(status, "Connection: keep-alive\r\n", headers, body)
}

fn write(status: u16, connection: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let reason = reason_phrase(status);
    let mut head = format!("HTTP/1.1 {status} {reason}\r\n{connection}");
    for (name, value) in headers {
        if is_token(name) && is_value(value) {
            for part in [name, ": ", value, "\r\n"] {
                head.push_str(part);
            }
        }
    }
    let has_body = !matches!(status, 100..=199 | 204 | 304);
    if has_body {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    let mut out = head.into_bytes();
    if has_body {
        out.extend_from_slice(body);
    }
    out
}

/// Returns the phrase of a status. Clients ignore it since HTTP/1.1, and it may be empty.
pub(super) fn reason_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
