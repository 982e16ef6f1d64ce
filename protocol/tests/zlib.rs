//! zlib streams: whatever is deflated is inflated as it was, and what is no whole stream of a
//! short enough body is a typed error.
#![cfg(feature = "zlib")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use connector_protocol::zlib::{Deflater, InflateError, Inflater};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// More than any body here has.
const MIB: usize = 1 << 20;

fn deflated(body: &[u8]) -> Vec<u8> {
    Deflater::new().deflate(body).unwrap().to_vec()
}

fn inflated(stream: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
    Inflater::new().inflate(stream, limit)
}

/// A body that becomes much shorter.
fn text() -> Vec<u8> {
    br#"{"text":"it says it again and again"}"#.repeat(100)
}

/// A stream of one stored block, written by hand, with the checksum of its body.
fn stored(body: &[u8]) -> Vec<u8> {
    let (mut low, mut high) = (1_u32, 0_u32);
    for &byte in body {
        low = (low + u32::from(byte)) % 65_521;
        high = (high + low) % 65_521;
    }
    let size = u16::try_from(body.len()).unwrap();
    let head = [0x78, 0x01, 0x01].into_iter().chain(size.to_le_bytes());
    let head = head.chain((!size).to_le_bytes());
    head.chain(body.iter().copied()).chain((high << 16 | low).to_be_bytes()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn bodies_survive(part in vec(any::<u8>(), 0..60), times in 1..60_usize, spare in 0..9_usize) {
        let body = part.repeat(times);
        let mut deflater = Deflater::new();
        // One deflater makes one stream after another.
        for _ in 0..2 {
            let Some(stream) = deflater.deflate(&body) else { continue };
            prop_assert!(stream.len() < body.len() && stream.starts_with(b"\x78\x9c"));
            prop_assert_eq!(inflated(stream, body.len() + spare), Ok(body.clone()));
            let limit = body.len() - 1;
            prop_assert_eq!(inflated(stream, limit), Err(InflateError::TooLong { limit }));
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200), head in any::<bool>()) {
        let bytes = if head { [&[0x78, 0x9c], &*bytes].concat() } else { bytes };
        let mut inflater = Inflater::new();
        let first = inflater.inflate(&bytes, 1_000);
        prop_assert!(first.as_ref().map_or(true, |body| body.len() <= 1_000));
        // What came before leaves nothing behind.
        prop_assert_eq!(inflater.inflate(&bytes, 1_000), first);
        prop_assert_eq!(inflater.inflate(&deflated(&text()), MIB), Ok(text()));
    }

    #[test]
    fn damage_is_seen(at in 0..10_000_usize, bit in 0..8_u8) {
        let mut stream = deflated(&text());
        let at = at % stream.len();
        stream[at] ^= 1 << bit;
        prop_assert!(inflated(&stream, MIB).is_err());
    }
}

#[test]
fn a_stream_may_be_cut_nowhere() {
    let stream = deflated(&text());
    for size in 0..stream.len() {
        let cut = inflated(&stream[..size], MIB);
        assert_eq!(cut, Err(InflateError::Truncated(size)));
    }
    assert_eq!(inflated(&stream, MIB), Ok(text()));
}

#[test]
fn what_is_no_zlib_stream_is_named() {
    let error = |bytes: &[u8]| inflated(bytes, MIB).unwrap_err();
    assert_eq!(error(b"\x1f\x8b\x08\0\0\0\0\0\0\x03"), InflateError::Gzip);
    // A plain body with the flag of a compressed one.
    let plain = error(br#"{"text":"hi"}"#);
    assert_eq!(plain, InflateError::NotZlib(b"{\"".to_vec()));
    let told = "the compressed bytes are not a zlib stream, whose first two bytes are 78 9c for \
                example: they begin with 7b 22";
    assert_eq!(plain.to_string(), told);
    // Raw deflate, another method, a window that is too large, a wrong check of both.
    for bytes in [b"\x4b\x04\x00", b"\x79\x9c\x00", b"\x88\x1c\x00", b"\x78\x9d\x00"] {
        assert!(matches!(error(bytes), InflateError::NotZlib(_)), "{bytes:?}");
    }
    assert_eq!(error(b"\x78\xbb\0\0\0\x01\0\0"), InflateError::Dictionary);
    let mut wrong = stored(b"hi");
    *wrong.last_mut().unwrap() ^= 1;
    assert_eq!(error(&wrong), InflateError::Damaged { at: 2 });
    let trailing = [stored(b"hi"), b"more".to_vec()].concat();
    assert_eq!(error(&trailing), InflateError::Trailing(4));
}

#[test]
fn empty_and_stored_bodies_are_bodies() {
    assert_eq!(inflated(b"\x78\x9c\x03\0\0\0\0\x01", 0), Ok(Vec::new()));
    assert_eq!(inflated(&stored(b"hi"), 2), Ok(b"hi".to_vec()));
    assert_eq!(inflated(&stored(b"hi"), 1), Err(InflateError::TooLong { limit: 1 }));
    // Blocks that hold nothing, in front of the end.
    let mut blocks = vec![0x78, 0x01];
    for _ in 0..1_000 {
        blocks.extend(b"\0\0\0\xff\xff");
    }
    blocks.extend(b"\x03\0\0\0\0\x01");
    assert_eq!(inflated(&blocks, 0), Ok(Vec::new()));
}

#[test]
fn a_bomb_is_stopped_at_its_limit() {
    let mut bomb = deflated(&vec![0; 64 * MIB]);
    assert!(bomb.len() < 70_000, "{}", bomb.len());
    let limit = MIB;
    let error = inflated(&bomb, limit).unwrap_err();
    assert_eq!(error, InflateError::TooLong { limit });
    let told = "the body has more than 1048576 bytes once it is inflated, which is the limit";
    assert_eq!(error.to_string(), told);
    assert_eq!(inflated(&bomb, 64 * MIB).map(|body| body.len()), Ok(64 * MIB));
    // No more than the limit is looked at, so the damage behind it is not seen.
    bomb.truncate(2_000);
    assert_eq!(inflated(&bomb, limit), Err(InflateError::TooLong { limit }));
}

#[test]
fn what_does_not_become_shorter_stays_as_it_is() {
    let mut deflater = Deflater::new();
    for body in [&b""[..], b"x", b"hi", br#"{"text":"hi"}"#, &(0..=255).collect::<Vec<_>>()] {
        assert_eq!(deflater.deflate(body), None);
    }
    assert!(deflater.deflate(&text()).is_some());
}
