//! The HTTP exchange that opens a WebSocket.

use connector::protocol::http::{MAX_BODY, MAX_HEAD, MAX_HEADERS, parse_request};
use connector::protocol::ws::upgrade::{
    Reply, UpgradeError, parse_response, refusal, request, response,
};

use super::owned;

/// The key of the example in RFC 6455.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// Headers of [`request`]'s own.
const OWN_HEADERS: usize = 5;

/// Pieces of heads.
pub const TOKENS: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b"\n\n",
    b": ",
    b",",
    b"GET / HTTP/1.1\r\n",
    b"HTTP/1.0",
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"Host: a\r\n",
    b"Upgrade: websocket\r\n",
    b"Connection: keep-alive, Upgrade\r\n",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    b"Sec-WebSocket-Version: 13\r\n",
    b"Sec-WebSocket-Protocol: chat, superchat\r\n",
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n",
    b"Origin: http://a\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 5\r\n",
    b"HTTP/1.1 103 Early Hints\r\n\r\n",
    b"\0",
    b"\xff",
];

/// A head ends where it ends, however it is read, and its answer is one that
/// our own client understands.
pub fn upgrade_request(bytes: &[u8]) {
    let Ok(Some((request, size))) = parse_request(bytes) else { return };
    assert!(size <= bytes.len() && size <= MAX_HEAD && request.headers.len() <= MAX_HEADERS);
    assert_eq!(parse_request(&bytes[..size]), Ok(Some((request.clone(), size))));
    for end in [0, size / 3, size / 2, size - 2, size - 1] {
        assert_eq!(parse_request(&bytes[..end]), Ok(None), "cut at {end} of {size}");
    }
    match request.websocket_key() {
        Ok(None) => {}
        Ok(Some(key)) => {
            let picked = request.protocols().next();
            let answer = response(key, picked);
            let (reply, size) =
                parse_response(&answer, key).expect("it is an answer").expect("it is whole");
            assert_eq!(size, answer.len());
            let Reply::Accepted(accepted) = reply else { panic!("it is refused: {reply:?}") };
            assert!(accepted.protocol.is_none() || accepted.protocol.as_deref() == picked);
        }
        Err(error) => {
            let answer = refusal(&error);
            let (reply, size) =
                parse_response(&answer, KEY).expect("it is an answer").expect("it is whole");
            let Reply::Refused(mut refused) = reply else { panic!("it is accepted") };
            assert!(refused.read_body(&answer[size..]), "it is whole");
            assert_eq!(refused.status, error.status());
            assert_eq!(refused.body, format!("{error}\n").as_bytes());
        }
    }
}

/// A head ends where it ends, however it is read.
pub fn upgrade_response(bytes: &[u8]) {
    let Ok(Some((reply, size))) = parse_response(bytes, KEY) else { return };
    // Informational responses may come first.
    assert!(size <= bytes.len() && size <= 2 * MAX_HEAD);
    assert_eq!(parse_response(&bytes[..size], KEY), Ok(Some((reply.clone(), size))));
    if let Reply::Refused(mut refused) = reply {
        refused.read_body(&bytes[size..]);
        assert!(refused.body.len() <= MAX_BODY && !refused.to_string().contains('\n'));
    }
    for end in [0, size / 3, size / 2, size - 2, size - 1] {
        assert_eq!(parse_response(&bytes[..end], KEY), Ok(None), "cut at {end} of {size}");
    }
}

/// Nothing that a caller gives breaks out of its place in a request: what is
/// written is read as one head with these parts. The input's first two lines
/// are host and path, then come names and values of headers.
pub fn upgrade_written(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut lines = text.split('\n');
    let (host, path) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let mut headers = Vec::new();
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        headers.push((name, value));
    }
    let Ok(head) = request(host, path, KEY, &headers) else { return };
    if head.len() > MAX_HEAD || headers.len() + OWN_HEADERS > MAX_HEADERS {
        return;
    }
    let (read, size) = parse_request(&head).expect("it is a request").expect("it is whole");
    assert_eq!(size, head.len());
    assert_eq!((&*read.method, &*read.path, read.minor_version), ("GET", path, 1));
    assert_eq!(read.header("host"), Some(host));
    let origins = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("origin")).count();
    let key = if origins > 1 { Err(UpgradeError::ManyOrigins) } else { Ok(Some(KEY)) };
    assert_eq!(read.websocket_key(), key);
    let kept: Vec<(&str, &str)> = read.headers[OWN_HEADERS..]
        .iter()
        .map(|(name, value)| (name.as_str(), value.trim()))
        .collect();
    let given: Vec<(&str, &str)> =
        headers.iter().map(|(name, value)| (*name, value.trim())).collect();
    assert_eq!(kept, given);
}

/// Requests that upgrade, and some that do not.
pub fn requests() -> Vec<Vec<u8>> {
    owned([
        b"GET /chat?room=1 HTTP/1.1\r\nHost: example.com:3010\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, superchat\r\nOrigin: http://example.com\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.0\r\nHost: a\r\nUpgrade: websocket\r\n\r\nbody",
        b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 8\r\n\r\n",
    ])
}

/// Answers that accept, and some that do not.
pub fn responses() -> Vec<Vec<u8>> {
    owned([
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n\x81\x02hi",
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ])
}

/// Parts of requests.
pub fn parts() -> Vec<Vec<u8>> {
    owned([
        b"example.com:3010\n/chat?room=1\nOrigin\nhttp://example.com\nSec-WebSocket-Protocol\nchat",
        b"[::1]:1\n/\n",
        "a\n/%20\nX-Y\t\nü 世界\nCookie\n a=b; c=d ".as_bytes(),
    ])
}
