//! Fragmentation [5].

use super::super::{Step, WsError};
use super::{
    BINARY, CLOSE, CONTINUATION, Event, FIN, TEXT, client, fault, feed, masked, pattern, served,
    server, unmasked,
};

#[test]
fn assembles_the_example_of_the_rfc() {
    let outcome = feed(&mut client(), [&b"\x01\x03Hel"[..], b"\x80\x02lo"]);
    assert_eq!(outcome.events(), [Event::Text("Hello".into())]);
}

#[test]
fn assembles_any_number_of_pieces() {
    for size in [1, 2, 100, 999, 1000] {
        let payload = pattern(1000);
        let mut input = masked(BINARY, b"");
        for piece in payload.chunks(size) {
            input.extend(masked(CONTINUATION, piece));
        }
        input.extend(masked(CONTINUATION | FIN, b""));
        assert_eq!(served(&input).events(), [Event::Binary(payload)], "pieces of {size}");
    }
}

#[test]
fn assembles_empty_pieces_to_an_empty_message() {
    let pieces =
        |first| [masked(first, b""), masked(CONTINUATION, b""), masked(CONTINUATION | FIN, b"")];
    let input = [pieces(TEXT), pieces(BINARY)].concat().concat();
    assert_eq!(served(&input).events(), [Event::Text(String::new()), Event::Binary(vec![])]);
}

#[test]
fn hands_the_assembled_message_out_and_keeps_nothing() {
    let mut decoder = server();
    let mut first = masked(TEXT, b"frag");
    let mut last = masked(CONTINUATION | FIN, b"ment");
    let step = decoder.decode(&mut first, &mut Vec::new());
    assert_eq!(step, Ok(Step::Control { consumed: 10 }));
    let step = decoder.decode(&mut last, &mut Vec::new());
    assert_eq!(
        step,
        Ok(Step::Assembled { consumed: 10, payload: b"fragment".to_vec(), text: true })
    );
    let mut next = masked(TEXT | FIN, b"next");
    let step = decoder.decode(&mut next, &mut Vec::new());
    assert!(matches!(step, Ok(Step::Message { .. })));
}

#[test]
fn refuses_a_continuation_of_nothing() {
    for first in [CONTINUATION, CONTINUATION | FIN] {
        assert_eq!(fault(&masked(first, b"x")), WsError::UnexpectedContinuation);
        let whole = masked(TEXT | FIN, b"whole");
        let input = [whole, masked(first, b"x")].concat();
        assert_eq!(fault(&input), WsError::UnexpectedContinuation);
    }
}

#[test]
fn refuses_a_continuation_of_a_finished_message() {
    let input =
        [masked(TEXT, b"a"), masked(CONTINUATION | FIN, b"b"), masked(CONTINUATION | FIN, b"c")]
            .concat();
    let outcome = served(&input);
    assert_eq!(outcome.events, [Event::Text("ab".into())]);
    assert_eq!(outcome.error, Some(WsError::UnexpectedContinuation));
}

#[test]
fn refuses_a_new_message_before_the_pending_one_ends() {
    for first in [TEXT, BINARY, TEXT | FIN, BINARY | FIN] {
        let input = [masked(TEXT, b"a"), masked(first, b"b")].concat();
        assert_eq!(fault(&input), WsError::ExpectedContinuation);
    }
}

#[test]
fn refuses_a_misplaced_frame_by_its_header_alone() {
    let frame = masked(CONTINUATION, &pattern(1000));
    assert_eq!(fault(&frame[..8]), WsError::UnexpectedContinuation);
}

#[test]
fn drops_the_pending_pieces_when_the_peer_closes() {
    let mut decoder = server();
    let input = [masked(TEXT, b"half"), masked(CLOSE, &[])].concat();
    assert_eq!(feed(&mut decoder, [&input[..]]).events(), [Event::Close(None, String::new())]);
    assert!(decoder.is_idle());
}

#[test]
fn keeps_a_piece_with_the_caller_until_it_is_whole() {
    let piece = unmasked(BINARY, &pattern(500));
    let mut decoder = client();
    for cut in 0..piece.len() {
        let outcome = feed(&mut decoder, [&piece[..cut]]);
        assert_eq!((outcome.error, outcome.left), (None, cut));
        assert!(decoder.is_idle());
    }
}
