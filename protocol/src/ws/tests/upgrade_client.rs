//! The client's side of the upgrade.

use super::super::upgrade::{
    Accepted, ConnectError, Reply, client_key, parse_response, request, response,
};
use crate::http::{HeadError, MAX_HEAD, Response, parse_request};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const EXAMPLE: &str = "HTTP/1.1 101 Switching Protocols\r\n\
    Upgrade: websocket\r\n\
    Connection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// What comes of the example after an edit.
#[track_caller]
fn edited(from: &str, to: &str) -> Result<Option<(Reply, usize)>, ConnectError> {
    assert!(EXAMPLE.contains(from));
    parse_response(EXAMPLE.replacen(from, to, 1).as_bytes(), KEY)
}

#[test]
fn makes_the_key_of_the_rfc_from_its_nonce() {
    assert_eq!(client_key(*b"the sample nonce"), KEY);
}

#[test]
fn writes_a_request_that_a_server_accepts() {
    let headers = [("Origin", "http://a"), ("Sec-WebSocket-Protocol", "mqtt")];
    let head = request("example.com:3010", "/ws?a=b", KEY, &headers).unwrap();
    let (parsed, size) = parse_request(&head).unwrap().unwrap();
    assert_eq!(size, head.len());
    assert_eq!(parsed.path, "/ws?a=b");
    assert_eq!(parsed.header("host"), Some("example.com:3010"));
    assert_eq!(parsed.header("origin"), Some("http://a"));
    assert_eq!(parsed.protocols().collect::<Vec<_>>(), ["mqtt"]);
    assert_eq!(parsed.websocket_key(), Ok(Some(KEY)));
}

#[test]
fn accepts_what_a_server_answers() {
    for protocol in [None, Some("mqtt")] {
        let answer = response(KEY, protocol);
        let accepted = Reply::Accepted(Accepted {
            protocol: protocol.map(str::to_owned),
            ..Accepted::default()
        });
        assert_eq!(parse_response(&answer, KEY), Ok(Some((accepted, answer.len()))));
    }
}

#[test]
fn waits_for_an_answer_cut_at_any_byte() {
    for cut in 0..EXAMPLE.len() {
        assert_eq!(parse_response(&EXAMPLE.as_bytes()[..cut], KEY), Ok(None), "cut at {cut}");
    }
    let input = [EXAMPLE.as_bytes(), b"\x81\x00"].concat();
    let (_, size) = parse_response(&input, KEY).unwrap().unwrap();
    assert_eq!(size, EXAMPLE.len());
}

#[test]
fn takes_other_spellings_of_an_acceptance() {
    let spellings = [
        ("Upgrade: websocket", "UPGRADE: WebSocket"),
        ("Connection: Upgrade", "connection: keep-alive, upgrade"),
        ("Switching Protocols", "WebSocket Protocol Handshake"),
        ("101 Switching Protocols", "101"),
        ("Sec-WebSocket-Accept: ", "sec-websocket-accept:"),
    ];
    for (from, to) in spellings {
        assert!(edited(from, to).unwrap().is_some(), "{to}");
    }
}

#[test]
fn names_what_is_wrong_with_an_answer() {
    use ConnectError as E;
    let accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    let twice = accept.repeat(2);
    let wrong = [
        ("Upgrade: websocket\r\n", "", E::NotUpgraded),
        ("Upgrade: websocket", "Upgrade: h2c", E::NotUpgraded),
        ("Connection: Upgrade\r\n", "", E::NotUpgraded),
        (accept, "", E::AcceptMismatch),
        ("s3pP", "S3pP", E::AcceptMismatch),
        (accept, &twice, E::AcceptMismatch),
        (
            "Upgrade: websocket",
            "Sec-WebSocket-Extensions: permessage-deflate\r\nUpgrade: websocket",
            E::UnexpectedExtension,
        ),
    ];
    for (from, to, error) in wrong {
        assert_eq!(edited(from, to), Err(error), "{from} -> {to}");
    }
}

#[test]
fn tells_a_refusal_from_a_broken_answer() {
    let head = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\n\r\n";
    let input = [head, "log in first"].concat();
    let (reply, size) = parse_response(input.as_bytes(), KEY).unwrap().unwrap();
    let headers = vec![("WWW-Authenticate".to_owned(), "Bearer".to_owned())];
    let response = Response { status: 401, minor_version: 1, headers, body: Vec::new() };
    assert_eq!(reply, Reply::Refused(response));
    assert_eq!(size, head.len());
    let Ok(Some((Reply::Refused(ok), _))) = edited("101 Switching Protocols", "200 OK") else {
        panic!("it is not an acceptance");
    };
    assert_eq!((ok.status, ok.header("upgrade")), (200, Some("websocket")));
}

#[test]
fn skips_informational_answers() {
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    let input = hints.to_owned() + EXAMPLE + "frames";
    let (reply, size) = parse_response(input.as_bytes(), KEY).unwrap().unwrap();
    assert_eq!(reply, Reply::Accepted(Accepted::default()));
    assert_eq!(size, hints.len() + EXAMPLE.len());
    for cut in 0..size {
        assert_eq!(parse_response(&input.as_bytes()[..cut], KEY), Ok(None), "cut at {cut}");
    }
    let endless = hints.repeat(MAX_HEAD / hints.len() + 1);
    let too_long = Err(ConnectError::Head(HeadError::TooLong));
    assert_eq!(parse_response(endless.as_bytes(), KEY), too_long);
}

#[test]
fn refuses_an_answer_that_is_not_http_or_never_ends() {
    assert!(matches!(
        parse_response(b"\x81\x05Hello", KEY),
        Err(ConnectError::Head(HeadError::Malformed(_)))
    ));
    let endless = "HTTP/1.1 101 OK\r\nA: ".to_owned() + &"a".repeat(MAX_HEAD);
    assert_eq!(
        parse_response(endless.as_bytes(), KEY),
        Err(ConnectError::Head(HeadError::TooLong))
    );
}

#[test]
fn writes_no_target_that_would_break_the_request() {
    let good = ("a:1", "/");
    for bad in ["", "a\r\nX: y", "a b", "a\nb", "a\0", "ü", "\t"] {
        assert_eq!(request(bad, good.1, KEY, &[]), Err(ConnectError::InvalidTarget));
        let path = format!("/{bad} ");
        assert_eq!(request(good.0, &path, KEY, &[]), Err(ConnectError::InvalidTarget));
    }
    for path in ["", "ws", "http://a/"] {
        assert_eq!(request(good.0, path, KEY, &[]), Err(ConnectError::InvalidTarget));
    }
}

#[test]
fn writes_no_header_that_would_break_the_request() {
    for value in ["a\r\nX: y", "a\n", "\r", "\0", "\x7f"] {
        assert_eq!(request("a", "/", KEY, &[("X", value)]), Err(ConnectError::InvalidHeader));
    }
    for name in ["", "A B", "A:", "A\r\nB", "ü"] {
        assert_eq!(request("a", "/", KEY, &[(name, "v")]), Err(ConnectError::InvalidHeader));
    }
    assert!(request("a", "/", KEY, &[("X", "tab\tand ü")]).is_ok());
}

#[test]
fn writes_its_own_headers_once_only() {
    let reserved = ["host", "UPGRADE", "Connection", "Sec-WebSocket-Key", "content-length"];
    let more = ["sec-websocket-version", "Sec-WebSocket-Extensions", "Transfer-Encoding"];
    for name in reserved.into_iter().chain(more) {
        assert_eq!(request("a", "/", KEY, &[(name, "v")]), Err(ConnectError::ReservedHeader));
    }
}

#[test]
fn writes_no_key_that_a_server_would_refuse() {
    for key in ["", "short", "dGhlIHNhbXBsZSBub25jZQ==\r\n"] {
        assert_eq!(request("a", "/", key, &[]), Err(ConnectError::InvalidKey));
    }
}
