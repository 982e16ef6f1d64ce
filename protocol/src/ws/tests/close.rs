//! The closing handshake [7].

use super::super::close::MAX_CLOSE_REASON;
use super::super::{CloseCode, Header, Step, WsError, apply_mask, write_close};
use super::{
    CLOSE, Event, FIN, KEY, PING, PONG, TEXT, client, fault, feed, masked, served, server, unmasked,
};

fn closed(code: u16, reason: &str) -> Event {
    Event::Close(Some(code), reason.into())
}

#[test]
fn answers_an_empty_close_with_an_empty_one() {
    let outcome = served(&masked(CLOSE, b""));
    assert_eq!(outcome.replies, unmasked(CLOSE, b""));
    assert_eq!(outcome.events(), [Event::Close(None, String::new())]);
}

#[test]
fn answers_a_close_with_its_code_alone() {
    let payload = [b"\x03\xe9", "going ünder".as_bytes()].concat();
    let outcome = served(&masked(CLOSE, &payload));
    assert_eq!(outcome.replies, unmasked(CLOSE, b"\x03\xe9"));
    assert_eq!(outcome.events(), [closed(1001, "going ünder")]);
}

#[test]
fn takes_the_longest_reason() {
    let reason = "r".repeat(MAX_CLOSE_REASON);
    let payload = [b"\x03\xe8", reason.as_bytes()].concat();
    assert_eq!(served(&masked(CLOSE, &payload)).events(), [closed(1000, &reason)]);
}

#[test]
fn refuses_half_a_code() {
    assert_eq!(fault(&masked(CLOSE, b"\x03")), WsError::TruncatedCloseCode);
}

#[test]
fn takes_exactly_the_codes_that_may_travel() {
    for code in 0..=u16::MAX {
        let allowed = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        assert_eq!(CloseCode::new(code).map(CloseCode::get), allowed.then_some(code));
        let outcome = served(&masked(CLOSE, &code.to_be_bytes()));
        if allowed {
            assert_eq!(outcome.events(), [closed(code, "")]);
        } else {
            assert_eq!(outcome.error, Some(WsError::InvalidCloseCode(code)));
            assert!(outcome.replies.is_empty());
        }
    }
}

#[test]
fn reads_nothing_behind_a_close() {
    let first = masked(CLOSE, b"\x03\xe8");
    let behind = [masked(PING, b"x"), masked(TEXT | FIN, b"x"), masked(CLOSE, b""), vec![0xff]];
    let input = [first, behind.concat()].concat();
    let outcome = served(&input);
    assert_eq!(outcome.replies, unmasked(CLOSE, b"\x03\xe8"));
    assert_eq!(outcome.events(), [closed(1000, "")]);

    let whole = input.len();
    let step = server().decode(&mut input.clone(), &mut Vec::new());
    assert!(matches!(step, Ok(Step::Close { consumed, .. }) if consumed == whole));
    assert_eq!(feed(&mut server(), input.chunks(1)), served(&input));
}

#[test]
fn does_not_answer_the_answer_to_its_own_close() {
    let mut decoder = server();
    let mut out = Vec::new();
    decoder.close(Some(CloseCode::GOING_AWAY), "restart", &mut out);
    assert_eq!(out, unmasked(CLOSE, b"\x03\xe9restart"));

    let outcome = feed(&mut decoder, [&masked(CLOSE, b"\x03\xe9")[..]]);
    assert!(outcome.replies.is_empty());
    assert_eq!(outcome.events(), [closed(1001, "")]);
}

#[test]
fn reads_on_after_its_own_close_until_the_answer() {
    let mut decoder = server();
    decoder.close(None, "", &mut Vec::new());
    let input = [masked(TEXT | FIN, b"late"), masked(PING, b"p"), masked(CLOSE, b"")].concat();
    let outcome = feed(&mut decoder, [&input[..]]);
    assert_eq!(outcome.replies, unmasked(PONG, b"p"));
    let late = Event::Text("late".into());
    assert_eq!(outcome.events(), [late, Event::Close(None, String::new())]);
}

#[test]
fn closes_once_only() {
    let mut decoder = server();
    let mut out = Vec::new();
    decoder.close(None, "", &mut out);
    decoder.close(Some(CloseCode::NORMAL), "", &mut out);
    assert_eq!(out, unmasked(CLOSE, b""));

    let mut decoder = server();
    feed(&mut decoder, [&masked(CLOSE, b"")[..]]);
    out.clear();
    decoder.close(Some(CloseCode::NORMAL), "", &mut out);
    assert!(out.is_empty());
}

#[test]
fn can_close_after_a_violation() {
    let mut decoder = server();
    let error = feed(&mut decoder, [&[0xf1][..]]).error.unwrap();
    let mut out = Vec::new();
    decoder.close(Some(error.close_code()), "", &mut out);
    assert_eq!(out, unmasked(CLOSE, b"\x03\xea"));
}

#[test]
fn masks_the_close_of_a_client() {
    let mut decoder = client();
    let mut reply = feed(&mut decoder, [&unmasked(CLOSE, b"\x03\xe8ok")[..]]).replies;
    let (header, size) = Header::parse(&reply).unwrap().unwrap();
    apply_mask(header.mask.unwrap(), &mut reply[size..]);
    assert_eq!(&reply[size..], b"\x03\xe8");
}

#[test]
fn cuts_a_long_reason_between_characters() {
    let mut out = Vec::new();
    write_close(Some(CloseCode::POLICY), &"€".repeat(50), None, &mut out);
    // 41 characters of three bytes are 123.
    assert_eq!(out, unmasked(CLOSE, &[b"\x03\xf0", "€".repeat(41).as_bytes()].concat()));
    out.clear();
    write_close(Some(CloseCode::POLICY), &"🌍".repeat(50), Some(KEY), &mut out);
    assert_eq!(out, masked(CLOSE, &[b"\x03\xf0", "🌍".repeat(30).as_bytes()].concat()));
}

#[test]
fn writes_no_reason_without_a_code() {
    let mut out = Vec::new();
    write_close(None, "ignored", None, &mut out);
    assert_eq!(out, unmasked(CLOSE, b""));
}

#[test]
fn names_each_fault_by_its_code() {
    let faults = [
        (WsError::MessageTooBig { size: 2, limit: 1 }, 1009),
        (WsError::InvalidUtf8, 1007),
        (WsError::ReservedBits, 1002),
        (WsError::TruncatedCloseCode, 1002),
    ];
    for (fault, code) in faults {
        assert_eq!(fault.close_code().get(), code);
    }
}
