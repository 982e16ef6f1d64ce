//! The server's side of the upgrade.

use super::super::upgrade::{UpgradeError, accept_key, refusal, response};
use crate::http::{self, HeadError, MAX_HEAD, Request, parse_request};

/// The key and the request of RFC 6455 1.2.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const EXAMPLE: &str = "GET /chat?room=1 HTTP/1.1\r\n\
    Host: server.example.com\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
    Origin: http://example.com\r\n\
    Sec-WebSocket-Protocol: chat, superchat\r\n\
    Sec-WebSocket-Version: 13\r\n\r\n";

#[track_caller]
fn parse(head: &str) -> Request {
    let (request, size) = parse_request(head.as_bytes()).unwrap().unwrap();
    assert_eq!(size, head.len());
    request
}

/// What comes of the example after an edit.
#[track_caller]
fn edited(from: &str, to: &str) -> Result<Option<String>, UpgradeError> {
    assert!(EXAMPLE.contains(from));
    let request = parse(&EXAMPLE.replacen(from, to, 1));
    request.websocket_key().map(|key| key.map(str::to_owned))
}

#[test]
fn computes_the_accept_key_of_the_rfc() {
    assert_eq!(accept_key(KEY), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn reads_the_query() {
    let head = "GET /a?name=B%C3%B3b+%26%20co&empty=&name=x&%6bey=%2&bytes=%ff%+1 HTTP/1.1\r\n\r\n";
    let query = |name| parse(head).query(name);
    assert_eq!(query("name").as_deref(), Some("Bób & co"));
    assert_eq!(query("empty").as_deref(), Some(""));
    assert_eq!(query("key").as_deref(), Some("%2"));
    assert_eq!(query("bytes").as_deref(), Some("\u{fffd}% 1"));
    assert_eq!(query("none"), None);
    assert_eq!(parse("GET /a HTTP/1.1\r\n\r\n").query("name"), None);
}

#[test]
fn reads_the_example_of_the_rfc() {
    let request = parse(EXAMPLE);
    assert_eq!(request.method, "GET");
    assert_eq!(request.path, "/chat?room=1");
    assert_eq!(request.minor_version, 1);
    assert_eq!(request.header("ORIGIN"), Some("http://example.com"));
    assert_eq!(request.header("Cookie"), None);
    assert_eq!(request.websocket_key(), Ok(Some(KEY)));
    assert_eq!(request.protocols().collect::<Vec<_>>(), ["chat", "superchat"]);
}

#[test]
fn waits_for_a_head_cut_at_any_byte() {
    for cut in 0..EXAMPLE.len() {
        assert_eq!(parse_request(&EXAMPLE.as_bytes()[..cut]), Ok(None), "cut at {cut}");
    }
}

#[test]
fn leaves_the_frames_behind_the_head() {
    let input = [EXAMPLE.as_bytes(), b"\x81\x80\x01\x02\x03\x04"].concat();
    let (_, size) = parse_request(&input).unwrap().unwrap();
    assert_eq!(size, EXAMPLE.len());
}

#[test]
fn takes_other_spellings_of_a_valid_upgrade() {
    let spellings = [
        ("Upgrade: websocket", "upgrade:WebSocket"),
        ("Upgrade: websocket", "UPGRADE: h2c , WEBSOCKET"),
        ("Upgrade: websocket", "Upgrade: h2c\r\nUpgrade: websocket"),
        ("Connection: Upgrade", "connection: keep-alive, Upgrade"),
        ("Connection: Upgrade", "Connection: keep-alive\r\nConnection: upgrade"),
        ("Sec-WebSocket-Key:", "sec-websocket-key:  "),
        ("Origin: http", "Content-Length: 0\r\nOrigin: http"),
        ("GET /chat", "GET http://server.example.com/chat"),
        ("Origin: http", "Sec-WebSocket-Extensions: permessage-deflate\r\nOrigin: http"),
        ("Origin: http://example.com", "Cookie: caf\u{e9}="),
    ];
    for (from, to) in spellings {
        assert_eq!(edited(from, to), Ok(Some(KEY.to_owned())), "{to}");
    }
}

#[test]
fn tells_a_plain_request_from_an_upgrade() {
    let plain = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /health HTTP/1.0\r\n\r\n",
        "POST /hook HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    ];
    for head in plain {
        assert_eq!(parse(head).websocket_key(), Ok(None), "{head}");
    }
}

#[test]
fn a_request_names_one_host_and_its_target_in_any_form() {
    let hosts = |head: &str| parse(head).websocket_key().map(|_| ());
    assert_eq!(hosts("GET / HTTP/1.1\r\n\r\n"), Err(UpgradeError::MissingHost));
    let two = "\r\nHost: a\r\nhost: b\r\n\r\n";
    for version in ["1.0", "1.1"] {
        assert_eq!(hosts(&format!("GET / HTTP/{version}{two}")), Err(UpgradeError::ManyHosts));
    }
    for (target, path) in [
        ("http://a:1/b?c", "/b?c"),
        ("HTTP://a", "/"),
        ("http://a?b=c", "/?b=c"),
        ("/b?to=http://c/", "/b?to=http://c/"),
        ("*", "*"),
    ] {
        assert_eq!(parse(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).path, path);
    }
}

#[test]
fn names_what_is_wrong_with_an_upgrade() {
    use UpgradeError as E;
    let version = "Sec-WebSocket-Version: 13\r\n";
    let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let two_keys = key.repeat(2);
    let wrong = [
        ("GET", "POST", E::Method),
        ("HTTP/1.1", "HTTP/1.0", E::HttpVersion),
        ("Host: server.example.com\r\n", "", E::MissingHost),
        ("Host: server", "Host: a\r\nHost: server", E::ManyHosts),
        ("Origin: http", "Origin: http://a\r\nOrigin: http", E::ManyOrigins),
        ("Origin:", "Content-Length: 5\r\nOrigin:", E::Body),
        ("Origin:", "Content-Length: 0\r\nContent-Length: 5\r\nOrigin:", E::Body),
        ("Origin:", "Transfer-Encoding: chunked\r\nOrigin:", E::Body),
        ("Upgrade: websocket\r\n", "", E::MissingUpgrade),
        ("Upgrade: websocket", "Upgrade: websockets", E::MissingUpgrade),
        ("Connection: Upgrade\r\n", "", E::MissingConnection),
        ("Connection: Upgrade", "Connection: close", E::MissingConnection),
        (version, "", E::UnsupportedVersion),
        (version, "Sec-WebSocket-Version: 8\r\n", E::UnsupportedVersion),
        (version, "Sec-WebSocket-Version: 13, 8\r\n", E::UnsupportedVersion),
        (key, "", E::MissingKey),
        (key, "Sec-WebSocket-Key:\r\n", E::InvalidKey),
        (KEY, "dGhlIHNhbXBsZSBub25jZQ", E::InvalidKey),
        (KEY, "c2hvcnQ=", E::InvalidKey),
        (KEY, "dGhlIHNhbXBsZSBub25jZSEh", E::InvalidKey),
        (KEY, "!!hlIHNhbXBsZSBub25jZQ==", E::InvalidKey),
        (key, &two_keys, E::InvalidKey),
    ];
    for (from, to, error) in wrong {
        assert_eq!(edited(from, to), Err(error), "{from} -> {to}");
    }
}

#[test]
fn answers_an_upgrade_with_101() {
    assert_eq!(
        String::from_utf8(response(KEY, None)).unwrap(),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    );
    let picked = String::from_utf8(response(KEY, Some("mqtt"))).unwrap();
    assert!(picked.ends_with("\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"));
}

#[test]
fn leaves_out_a_protocol_that_would_break_the_head() {
    for protocol in ["a\r\nSet-Cookie: x", "a b", "", "a,b"] {
        assert_eq!(response(KEY, Some(protocol)), response(KEY, None));
    }
}

#[test]
fn refuses_with_the_status_that_fits() {
    use UpgradeError as E;
    let statuses = [
        (E::Head(HeadError::Malformed(httparse::Error::Token)), "400 Bad Request"),
        (E::Head(HeadError::TooLong), "431 Request Header Fields Too Large"),
        (E::Method, "405 Method Not Allowed"),
        (E::MissingKey, "400 Bad Request"),
        (E::UnsupportedVersion, "426 Upgrade Required"),
    ];
    for (error, status) in statuses {
        let answer = String::from_utf8(refusal(&error)).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\nConnection: close")));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("Content-Length: {}", body.len())));
        assert_eq!(body, format!("{error}\n"));
    }
}

#[test]
fn tells_the_version_it_speaks() {
    let answer = String::from_utf8(refusal(&UpgradeError::UnsupportedVersion)).unwrap();
    assert!(answer.contains("\r\nSec-WebSocket-Version: 13\r\n"));
    assert!(answer.contains("\r\nUpgrade: websocket\r\n"));
}

#[test]
fn answers_plain_http_and_closes() {
    let answer = |status, headers: &[_]| http::response(status, headers, b"{}");
    let json = ("Content-Type", "application/json");
    assert_eq!(
        answer(200, &[json]),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n\
          Content-Length: 2\r\n\r\n{}"
    );
    assert!(answer(299, &[]).starts_with(b"HTTP/1.1 299 \r\n"));
    assert_eq!(answer(204, &[]), b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    for broken in [("X-A", "b\r\nX-C: d"), ("X A", "b"), ("X-A\r\nX-B", "c")] {
        assert_eq!(answer(200, &[broken, json]), answer(200, &[json]), "{broken:?}");
    }
    let upgrade = String::from_utf8(answer(426, &[])).unwrap();
    assert!(upgrade.contains("\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"));
}

#[test]
fn refuses_what_is_not_http() {
    for input in [&b"\x01\x00\x00\x00"[..], b"GET / HTTP/2.0\r\n\r\n", b"GET / HTTP/1.1\r\nA\r\n"] {
        let error = parse_request(input).unwrap_err();
        assert!(matches!(error, HeadError::Malformed(_)), "{error}");
        assert_eq!(UpgradeError::Head(error).status(), 400);
    }
}

#[test]
fn bounds_the_head() {
    let start = "GET / HTTP/1.1\r\nCookie: ";
    let fill = |total: usize| start.to_owned() + &"c".repeat(total - start.len() - 4) + "\r\n\r\n";
    let exact = fill(MAX_HEAD);
    assert_eq!(parse(&exact).headers.len(), 1);
    assert_eq!(parse_request(&exact.as_bytes()[..MAX_HEAD - 1]), Ok(None));

    let too_long = Err(HeadError::TooLong);
    let over = fill(MAX_HEAD + 1);
    assert_eq!(parse_request(over.as_bytes()), too_long);
    // Known as soon as the limit is reached, without waiting for the end.
    assert_eq!(parse_request(&over.as_bytes()[..MAX_HEAD]), too_long);
}

#[test]
fn bounds_the_number_of_headers() {
    let head = |count| format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(count));
    assert_eq!(parse(&head(64)).headers.len(), 64);
    assert_eq!(parse_request(head(65).as_bytes()), Err(HeadError::TooManyHeaders));
}

#[test]
fn keeps_a_header_that_is_not_utf8() {
    let (request, _) = parse_request(b"GET / HTTP/1.1\r\nA: caf\xe9\r\n\r\n").unwrap().unwrap();
    assert_eq!(request.header("a"), Some("caf\u{fffd}"));
}
