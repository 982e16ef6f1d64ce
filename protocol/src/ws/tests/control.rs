//! Pings and pongs [2].

use super::super::{Header, OpCode, apply_mask};
use super::{
    BINARY, CONTINUATION, Event, FIN, PING, PONG, TEXT, client, feed, masked, pattern, served,
    server, unmasked,
};

#[test]
fn answers_a_ping_with_its_payload() {
    for payload in [&b""[..], b"Hello", &[0, 255, 254, 253], &pattern(125)] {
        let outcome = served(&masked(PING, payload));
        assert_eq!(outcome.replies, unmasked(PONG, payload));
        assert!(outcome.events().is_empty());
    }
}

#[test]
fn answers_each_of_ten_pings_in_order() {
    let payloads: Vec<Vec<u8>> = (0..10).map(|i| format!("payload-{i}").into_bytes()).collect();
    let input: Vec<u8> = payloads.iter().flat_map(|p| masked(PING, p)).collect();
    let expected: Vec<u8> = payloads.iter().flat_map(|p| unmasked(PONG, p)).collect();
    assert_eq!(served(&input).replies, expected);
}

#[test]
fn ignores_pongs_that_nobody_asked_for() {
    let input = [masked(PONG, b""), masked(PONG, b"unsolicited"), masked(PING, b"p")].concat();
    let outcome = served(&input);
    assert_eq!(outcome.replies, unmasked(PONG, b"p"));
    assert!(outcome.events().is_empty());
}

#[test]
fn sends_pongs_that_nobody_asked_for() {
    let (mut decoder, mut out) = (server(), Vec::new());
    decoder.pong(&mut out);
    assert_eq!(out, unmasked(PONG, b""));
    decoder.close(None, "", &mut Vec::new());
    decoder.pong(&mut out);
    assert_eq!(out.len(), 2, "a close frame is the last");
    let mut out = Vec::new();
    client().pong(&mut out);
    assert_eq!((out.len(), out[1]), (6, 0x80), "it is masked");
}

#[test]
fn answers_pings_between_fragments() {
    let input = [
        masked(TEXT, b"one "),
        masked(PING, b"in between"),
        masked(CONTINUATION, b"two "),
        masked(PONG, b""),
        masked(CONTINUATION | FIN, b"three"),
        masked(BINARY | FIN, b"next"),
    ]
    .concat();
    let outcome = served(&input);
    assert_eq!(outcome.replies, unmasked(PONG, b"in between"));
    assert_eq!(
        outcome.events(),
        [Event::Text("one two three".into()), Event::Binary(b"next".to_vec())]
    );
}

#[test]
fn masks_each_pong_of_a_client_with_a_new_key() {
    let input = [unmasked(PING, b"same"), unmasked(PING, b"same")].concat();
    let mut replies = feed(&mut client(), [&input[..]]).replies;
    assert_eq!(replies.len(), 20);
    let mut keys = Vec::new();
    for frame in replies.chunks_mut(10) {
        let (header, size) = Header::parse(frame).unwrap().unwrap();
        assert_eq!((header.fin, header.opcode, header.len), (true, OpCode::Pong, 4));
        let key = header.mask.unwrap();
        apply_mask(key, &mut frame[size..]);
        assert_eq!(&frame[size..], b"same");
        keys.push(key);
    }
    assert_ne!(keys[0], keys[1]);
}
