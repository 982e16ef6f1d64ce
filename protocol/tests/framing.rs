//! Byte streams cut into packages, wherever reads happen to end.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use connector_protocol::CloseReason;
use connector_protocol::framing::{
    Bare, Cut, Decode, Decoded, Envelope, Framing, LengthDelimited, Lines, TooLong, cut_before,
    rewrite,
};
use connector_protocol::pomelo::package::{PackageType, PomeloPackages, encode};

fn wrapped(envelope: &dyn Envelope, packages: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    packages.iter().for_each(|package| envelope.wrap(package, &mut out).unwrap());
    out
}

/// All whole packages, and how many bytes are left.
fn cut_all<F: Framing>(mut bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
    let mut packages = Vec::new();
    while let Some(Cut { package, consumed }) = F::cut(bytes, 100).unwrap() {
        assert!(package.end <= consumed && consumed <= bytes.len());
        packages.push(bytes[package].to_vec());
        bytes = &bytes[consumed..];
    }
    (packages, bytes.len())
}

/// The same packages come out of a stream cut at any byte, and of one that
/// comes byte for byte.
fn survives_every_cut<F: Framing>(packages: &[&[u8]]) {
    let stream = wrapped(F::INSTANCE, packages);
    assert_eq!(cut_all::<F>(&stream), (packages.iter().map(|p| p.to_vec()).collect(), 0));
    for end in 0..=stream.len() {
        let (mut first, left) = cut_all::<F>(&stream[..end]);
        let (second, rest) = cut_all::<F>(&stream[end - left..]);
        first.extend(second);
        assert_eq!(rest, 0);
        assert_eq!(first, packages, "cut at {end}");
    }
    let mut pending = Vec::new();
    let mut seen = Vec::new();
    for byte in stream {
        pending.push(byte);
        let (packages, left) = cut_all::<F>(&pending);
        seen.extend(packages);
        pending.drain(..pending.len() - left);
    }
    assert_eq!(seen, packages);
}

#[test]
fn cuts_streams_wherever_reads_end() {
    let packages: [&[u8]; 5] = [b"first", b"", b"\0\xff", &[b'x'; 100], b"last"];
    survives_every_cut::<LengthDelimited<u8>>(&packages);
    survives_every_cut::<LengthDelimited<u16>>(&packages);
    survives_every_cut::<LengthDelimited<u32>>(&packages);
    survives_every_cut::<Lines>(&packages);
}

#[test]
fn cuts_pomelos_packages_wherever_reads_end() {
    let whole = [&b"first"[..], b"", &[b'x'; 100]].map(|body| {
        let mut package = Vec::new();
        encode(PackageType::Data, body, &mut package).unwrap();
        package
    });
    survives_every_cut::<PomeloPackages>(&whole.each_ref().map(Vec::as_slice));
}

#[test]
fn writes_lengths_big_endian() {
    assert_eq!(wrapped(&LengthDelimited::<u8>::new(), &[b"ab"]), b"\x02ab");
    assert_eq!(wrapped(&LengthDelimited::<u16>::new(), &[b"ab"]), b"\0\x02ab");
    assert_eq!(wrapped(&LengthDelimited::<u32>::new(), &[b"ab"]), b"\0\0\0\x02ab");
}

#[test]
fn refuses_lengths_beyond_the_limit_at_once() {
    let too_large = Err(CloseReason::TooLarge { size: 11, limit: 10 });
    assert_eq!(LengthDelimited::<u8>::cut(b"\x0b", 10), too_large);
    assert_eq!(LengthDelimited::<u16>::cut(b"\0\x0b", 10), too_large);
    assert_eq!(LengthDelimited::<u32>::cut(b"\0\0\0\x0b", 10), too_large);
    assert_eq!(LengthDelimited::<u32>::cut(b"\0\0\0\x0a", 10), Ok(None));
    assert_eq!(LengthDelimited::<u32>::cut(b"\0\0\0", 0), Ok(None));
    assert_eq!(LengthDelimited::<u32>::cut(b"\xff\xff\xff\xff", usize::MAX), Ok(None));
}

#[test]
fn refuses_to_write_what_no_length_can_say() {
    for (envelope, limit) in [
        (&LengthDelimited::<u8>::new() as &dyn Envelope, 255),
        (&LengthDelimited::<u16>::new(), 65_535),
    ] {
        let mut out = Vec::new();
        let mark = envelope.begin(&mut out);
        out.resize(out.len() + limit, 0);
        assert_eq!(envelope.finish(mark, &mut out), Ok(()));
        out.push(0);
        let too_long = TooLong { size: limit + 1, limit };
        assert_eq!(envelope.finish(mark, &mut out), Err(too_long));
    }
}

#[test]
fn drops_a_carriage_return_only_at_the_end_of_a_line() {
    let (packages, left) = cut_all::<Lines>(b"a\r\nb\rc\n\r\n\n\r\r\nd");
    assert_eq!(packages, [&b"a"[..], b"b\rc", b"", b"", b"\r"]);
    assert_eq!(left, 1);
}

#[test]
fn refuses_a_line_beyond_the_limit_before_it_ends() {
    assert_eq!(Lines::cut(b"abc\n", 3), Ok(Some(Cut { package: 0..3, consumed: 4 })));
    assert_eq!(Lines::cut(b"abc\r\n", 3), Ok(Some(Cut { package: 0..3, consumed: 5 })));
    assert_eq!(Lines::cut(b"abc\r", 3), Ok(None));
    let too_large = |size| Err(CloseReason::TooLarge { size, limit: 3 });
    assert_eq!(Lines::cut(b"abcd\n", 3), too_large(4));
    assert_eq!(Lines::cut(b"abcde", 3), too_large(5));
    assert_eq!(Lines::cut(b"abcd\r\n", 3), too_large(6));
    assert_eq!(Lines::cut(b"\n", 0), Ok(Some(Cut { package: 0..0, consumed: 1 })));
    assert_eq!(Lines::cut(b"", usize::MAX), Ok(None));
}

#[test]
fn goes_on_where_it_has_searched() {
    for line in [&b"a line\n"[..], b"a line\r\n", b"\n", b"a line that is too long\n", b"no end"] {
        for searched in 0..line.len() {
            let cut = Lines::cut(line, 10);
            if Lines::cut(&line[..searched], 10) == Ok(None) {
                assert_eq!(Lines::cut_on(line, searched, 10), cut, "{searched}");
            }
        }
    }
    // Behind what was searched alone.
    assert_eq!(Lines::cut_on(b"a\nb\n", 2, 10), Ok(Some(Cut { package: 0..3, consumed: 4 })));
}

#[test]
fn adds_nothing_to_bare_packages() {
    assert_eq!(wrapped(&Bare, &[b"a", b"", b"b"]), b"ab");
}

#[test]
fn wraps_nothing_that_no_length_can_say() {
    let mut out = b"before".to_vec();
    let too_long = TooLong { size: 256, limit: 255 };
    assert_eq!(LengthDelimited::<u8>::new().wrap(&[0; 256], &mut out), Err(too_long));
    assert_eq!(out, b"before");
}

#[test]
fn cuts_before_a_byte_within_a_length() {
    let found = |end| Ok(Some(Cut { package: 0..end, consumed: end + 1 }));
    assert_eq!(cut_before(0, b"abc\0d\0", 0, 3), found(3));
    assert_eq!(cut_before(0, b"abc\0d\0", 4, 5), found(5), "behind what was searched alone");
    assert_eq!(cut_before(0, b"\0", 0, 0), found(0));
    assert_eq!(cut_before(0, b"abc", 3, 3), Ok(None));
    assert_eq!(cut_before(0, b"abc", 0, usize::MAX), Ok(None));
    let too_long = |size| Err(TooLong { size, limit: 3 });
    assert_eq!(cut_before(0, b"abcd", 0, 3), too_long(4));
    assert_eq!(cut_before(0, b"abcd\0", 4, 3), too_long(5));
}

/// A code that doubles each byte; a package of `skip` is none.
struct Doubled;

impl Envelope for Doubled {
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        rewrite(mark, out, |package, out| {
            package.iter().for_each(|&byte| out.extend([byte, byte]));
            out.push(b'.');
        });
        Ok(())
    }
}

impl Framing for Doubled {
    const INSTANCE: &'static Self = &Self;
    const DECODE: Option<Decode> = Some(|encoded, _, package| {
        package.extend(encoded.iter().step_by(2));
        Ok(if encoded == b"skip" { Decoded::Nothing } else { Decoded::Package })
    });

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        Ok(cut_before(b'.', bytes, 0, 2 * limit)?)
    }
}

#[test]
fn rewrites_what_is_behind_the_mark_alone() {
    let large = vec![b'x'; 100_000];
    for package in [&b"ab"[..], b"", &large, b"c"] {
        let mut out = b"before".to_vec();
        Doubled.wrap(package, &mut out).unwrap();
        let doubled = package.iter().flat_map(|&byte| [byte, byte]);
        assert_eq!(out, b"before".iter().copied().chain(doubled).chain(*b".").collect::<Vec<_>>());
    }
}

#[test]
fn rewrites_within_a_rewrite() {
    let mut out = Vec::new();
    rewrite(0, &mut out, |_, out| Doubled.wrap(b"ab", out).unwrap());
    assert_eq!(out, b"aabb.");
}

#[test]
fn takes_packages_one_by_one() {
    let mut input = &b"a\nb\r\nc"[..];
    assert_eq!(Lines::take(&mut input, 10).unwrap().as_deref(), Some(&b"a"[..]));
    assert_eq!(Lines::take(&mut input, 10).unwrap().as_deref(), Some(&b"b"[..]));
    assert_eq!(Lines::take(&mut input, 10), Ok(None));
    assert_eq!(input, b"c");

    let mut input = &b"skip.aabb.skip.skip.cc"[..];
    assert_eq!(Doubled::take(&mut input, 10).unwrap().as_deref(), Some(&b"ab"[..]));
    assert_eq!(Doubled::take(&mut input, 10), Ok(None));
    assert_eq!(input, b"cc");
    assert_eq!(Doubled::take(&mut &b"aa.."[..], 2).unwrap().as_deref(), Some(&b"a"[..]));
    assert_eq!(
        Doubled::take(&mut &b"aabbc."[..], 2),
        Err(CloseReason::TooLarge { size: 6, limit: 4 })
    );
    assert_eq!(
        Doubled::take(&mut &b"aabb."[..], 1),
        Err(CloseReason::TooLarge { size: 5, limit: 2 })
    );
}
