//! Messages that leave compressed.

use super::*;
use crate::ws::deflate::Deflater;
use crate::ws::{OpCode, seal};

fn deflater(level: u8, bits: u8) -> Deflater {
    Deflater::new(level, WindowBits::new(bits).unwrap()).unwrap()
}

/// Payloads that get shorter, that do not, and of sizes at which something changes.
fn payloads() -> Vec<Vec<u8>> {
    let sizes = [0, 1, 2, 3, 10, 125, 126, 1000, 40_000, 65_536, 70_000];
    let patterns = sizes.map(pattern);
    let zeros = sizes.map(|size| vec![0; size]);
    let noise = sizes.map(noise);
    [&patterns[..], &zeros, &noise].concat()
}

/// The frame of a message, as an end writes it.
fn frame(
    key: Option<[u8; 4]>,
    payload: &[u8],
    compress: impl FnOnce(usize, &mut Vec<u8>) -> bool,
) -> Vec<u8> {
    let mut out = b"before".to_vec();
    let start = seal::begin(&mut out);
    out.extend_from_slice(payload);
    let is_compressed = compress(seal::payload(start), &mut out);
    match key {
        Some(key) => seal::finish_client(start, OpCode::Binary, key, &mut out),
        None => seal::finish_server(start, OpCode::Binary, &mut out),
    }
    if is_compressed {
        seal::mark_compressed(start, &mut out);
    }
    assert!(out.starts_with(b"before"));
    out.split_off(6)
}

#[test]
fn what_one_end_compresses_the_other_reads() {
    for level in [1, 3, 6, 9] {
        for bits in [9, 12, 15] {
            let mut deflater = deflater(level, bits);
            for payload in payloads() {
                let compress = |start, out: &mut Vec<u8>| deflater.deflate_message(start, out);
                let frame = frame(None, &payload, compress);
                let direction =
                    Direction { max_window_bits: WindowBits::new(bits).unwrap(), ..ALONE };
                let events = feed(&mut inflates(client(), direction), [&*frame]).events();
                let size = payload.len();
                assert!(events == [Event::Binary(payload)], "{size} bytes, {level}, {bits}");
                assert!(frame.len() <= size + 10, "it is never longer than it was");
            }
        }
    }
}

#[test]
fn a_message_is_replaced_only_by_a_shorter_one() {
    let mut deflater = deflater(6, 15);
    for payload in [&b""[..], b"a", b"abcdefgh", &noise(5000)] {
        let mut out = [b"before", payload].concat();
        assert!(!deflater.deflate_message(6, &mut out), "{payload:.10x?}");
        assert_eq!(out, [b"before", payload].concat());
    }
    let mut out = [&b"before"[..], &[b'a'; 100]].concat();
    assert!(deflater.deflate_message(6, &mut out));
    assert!(out.len() < 20 && out.starts_with(b"before"));
}

#[test]
fn each_message_stands_alone_unless_it_is_the_next() {
    let text = b"The quick brown fox jumps over the lazy dog, as it always does in such a text.";
    let mut deflater = deflater(6, 15);
    let mut alone = || {
        let mut out = text.to_vec();
        deflater.deflate_message(0, &mut out);
        out
    };
    assert_eq!(alone(), alone());

    let mut deflater = self::deflater(6, 15);
    let mut next = || {
        let mut out = text.to_vec();
        deflater.deflate_next(0, &mut out);
        out
    };
    let (first, second) = (next(), next());
    assert!(second.len() < 10 && first.len() > 50, "{} and {}", first.len(), second.len());
}

#[test]
fn messages_in_their_order_are_read_with_their_context() {
    for level in [1, 2, 6, 9] {
        for bits in [9, 10, 15] {
            let mut deflater = deflater(level, bits);
            let direction = Direction {
                context_takeover: true,
                max_window_bits: WindowBits::new(bits).unwrap(),
            };
            let mut decoder = inflates(server(), direction);
            for payload in payloads() {
                let frame = frame(Some(KEY), &payload, |start, out| {
                    deflater.deflate_next(start, out);
                    true
                });
                let events = feed(&mut decoder, [&*frame]).events();
                let size = payload.len();
                assert!(events == [Event::Binary(payload)], "{size} bytes, {level}, {bits}");
                assert!(frame.len() <= size + size / 8 + 80, "{} of {size}", frame.len());
            }
        }
    }
}

#[test]
fn there_is_no_deflater_with_a_window_of_256_bytes() {
    assert!(Deflater::new(6, WindowBits::new(8).unwrap()).is_none());
    assert_eq!((deflater(0, 9).level(), deflater(200, 9).level()), (1, 9));
}
