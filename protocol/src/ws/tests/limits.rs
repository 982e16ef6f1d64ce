//! Limits, and the memory that a connection may cost.

use super::super::{Decoder, Role, Step, WsError};
use super::{BINARY, CONTINUATION, Event, FIN, PING, TEXT, feed, masked, pattern};

/// The error of a message of this size.
fn too_big(size: u64) -> Option<WsError> {
    Some(WsError::MessageTooBig { size, limit: 300 })
}

fn small() -> Decoder {
    Decoder::new(Role::Server, 300)
}

#[test]
fn takes_a_message_of_the_limit_and_no_more() {
    let exact = feed(&mut small(), [&masked(BINARY | FIN, &pattern(300))[..]]);
    assert_eq!(exact.events(), [Event::Binary(pattern(300))]);
    let over = feed(&mut small(), [&masked(BINARY | FIN, &pattern(301))[..]]);
    assert_eq!((over.error, over.events), (too_big(301), vec![]));
}

#[test]
fn refuses_a_big_message_by_its_header_alone() {
    for len in [301, 65_536, u64::from(u32::MAX), u64::MAX >> 1] {
        let mut header = vec![BINARY | FIN];
        match u16::try_from(len) {
            Ok(len) => header.extend([&[0xfe][..], &len.to_be_bytes()].concat()),
            Err(_) => header.extend([&[0xff][..], &len.to_be_bytes()].concat()),
        }
        header.extend([1, 2, 3, 4]);
        assert_eq!(feed(&mut small(), [&header[..]]).error, too_big(len), "{len} bytes");
    }
}

#[test]
fn counts_all_fragments_together() {
    let two = [masked(TEXT, &[b'a'; 200]), masked(CONTINUATION, &[b'b'; 100])].concat();
    let exact = [two.clone(), masked(CONTINUATION | FIN, b"")].concat();
    assert_eq!(feed(&mut small(), [&exact[..]]).events().len(), 1);
    // The header of the third piece is enough to know.
    let over = [two, masked(CONTINUATION | FIN, b"c")[..6].to_vec()].concat();
    assert_eq!(feed(&mut small(), [&over[..]]).error, too_big(301));
}

#[test]
fn starts_counting_anew_with_each_message() {
    let message = [masked(BINARY, &[1; 200]), masked(CONTINUATION | FIN, &[2; 100])].concat();
    assert_eq!(feed(&mut small(), [&message.repeat(5)[..]]).events().len(), 5);
}

#[test]
fn does_not_count_control_frames() {
    let mut decoder = Decoder::new(Role::Server, 0);
    let input = [masked(PING, &pattern(125)), masked(TEXT | FIN, b"")].concat();
    assert_eq!(feed(&mut decoder, [&input[..]]).events(), [Event::Text(String::new())]);
}

#[test]
fn lives_with_no_limit_and_the_longest_length() {
    let mut decoder = Decoder::new(Role::Server, usize::MAX);
    let mut input = [&[BINARY | FIN, 0xff][..], &(u64::MAX >> 1).to_be_bytes(), &[0; 9]].concat();
    assert_eq!(decoder.decode(&mut input, &mut Vec::new()), Ok(Step::Incomplete));
}

#[test]
fn never_buys_more_than_the_limit_for_fragments() {
    let mut decoder = small();
    let mut message = None;
    let pieces = std::iter::once(masked(BINARY, b"x"))
        .chain((0..298).map(|_| masked(CONTINUATION, b"x")))
        .chain([masked(CONTINUATION | FIN, b"x")]);
    for mut piece in pieces {
        if let Ok(Step::Assembled { payload, .. }) = decoder.decode(&mut piece, &mut Vec::new()) {
            message = Some(payload);
        }
    }
    let message = message.unwrap();
    assert_eq!(message, [b'x'; 300]);
    assert!(message.capacity() <= 300, "{} bytes", message.capacity());
}

#[test]
fn stays_small_while_idle() {
    assert!(size_of::<Decoder>() <= 64, "{} bytes", size_of::<Decoder>());
}
