//! Messages in one frame [1], and how the input is cut [1.1.8, 2.6].

use super::super::{Step, WsError};
use super::{
    BINARY, BOUNDARIES, CLOSE, CONTINUATION, Event, FIN, PING, TEXT, client, fault, feed, masked,
    pattern, served, server, unmasked,
};

#[test]
fn takes_both_kinds_at_every_boundary() {
    for len in BOUNDARIES {
        let text = "*".repeat(len);
        let input =
            [masked(TEXT | FIN, text.as_bytes()), masked(BINARY | FIN, &pattern(len))].concat();
        let expected = [Event::Text(text), Event::Binary(pattern(len))];
        assert!(served(&input).events() == expected, "{len} bytes");
    }
}

#[test]
fn takes_unmasked_messages_as_a_client() {
    for len in BOUNDARIES {
        let outcome = feed(&mut client(), [&unmasked(BINARY | FIN, &pattern(len))[..]]);
        assert!(outcome.events() == [Event::Binary(pattern(len))], "{len} bytes");
    }
}

#[test]
fn leaves_the_payload_where_it_lies() {
    let mut input = [masked(TEXT | FIN, b"Hello"), masked(PING, b"next")].concat();
    let untouched = input[11..].to_vec();
    let mut replies = Vec::new();
    let step = server().decode(&mut input, &mut replies);
    assert_eq!(step, Ok(Step::Message { consumed: 11, payload: 6..11, text: true }));
    assert_eq!(&input[6..11], b"Hello");
    assert_eq!(input[11..], untouched);
}

#[test]
fn touches_nothing_until_the_frame_is_whole() {
    let frame = masked(BINARY | FIN, &pattern(70_000));
    let mut decoder = server();
    for cut in [0, 1, 13, 14, 20, 69_000, frame.len() - 1] {
        let mut input = frame[..cut].to_vec();
        assert_eq!(decoder.decode(&mut input, &mut Vec::new()), Ok(Step::Incomplete));
        assert!(input == frame[..cut]);
    }
    let mut input = frame;
    let step = decoder.decode(&mut input, &mut Vec::new());
    assert_eq!(step, Ok(Step::Message { consumed: 70_014, payload: 14..70_014, text: false }));
    assert!(input[14..] == pattern(70_000));
}

#[test]
fn reads_the_same_byte_by_byte_as_in_one_go() {
    let input = [
        masked(TEXT | FIN, "Grüße, Welt 🌍".as_bytes()),
        masked(BINARY | FIN, &pattern(300)),
        masked(PING, b"a"),
        masked(TEXT, b"frag"),
        masked(PING, &pattern(125)),
        masked(CONTINUATION, "🌍".as_bytes()),
        masked(CONTINUATION | FIN, b""),
        masked(BINARY | FIN, b""),
        masked(CLOSE, b"\x03\xe8bye"),
    ]
    .concat();
    let whole = served(&input);
    assert_eq!(whole.events.len(), 5);
    for size in [1, 2, 3, 5, 7, 11, 64, 127] {
        assert_eq!(feed(&mut server(), input.chunks(size)), whole, "chunks of {size}");
    }
}

#[test]
fn refuses_an_unmasked_frame_as_a_server() {
    for first in [TEXT | FIN, BINARY, PING, CLOSE] {
        assert_eq!(fault(&unmasked(first, b"")), WsError::Unmasked);
    }
}

#[test]
fn refuses_a_masked_frame_as_a_client() {
    for first in [TEXT | FIN, BINARY, PING, CLOSE] {
        let outcome = feed(&mut client(), [&masked(first, b"")[..]]);
        assert_eq!(outcome.error, Some(WsError::Masked));
    }
}

#[test]
fn hands_out_what_came_before_a_violation() {
    let outcome = served(&[masked(TEXT | FIN, b"good"), vec![0xf1]].concat());
    assert_eq!(outcome.events, [Event::Text("good".into())]);
    assert_eq!(outcome.error, Some(WsError::ReservedBits));
}

#[test]
fn reads_nothing_behind_a_violation() {
    let mut decoder = server();
    assert!(feed(&mut decoder, [&[0xf1][..]]).error.is_some());
    let later = feed(&mut decoder, [&masked(PING, b"x")[..], &masked(TEXT | FIN, b"x")]);
    assert_eq!(later, super::Outcome::default());
}
