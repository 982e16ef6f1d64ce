//! Damaged packages close their connection, with what is wrong and where.

use super::*;

/// The package in front of the damage arrives.
fn is_refused<F: Framing>(damaged: &[u8], why: &str) {
    let mut stream = framed::<F>(&[b"whole".to_vec()]);
    stream.extend_from_slice(damaged);
    for pieces in [vec![&*stream], stream.chunks(1).collect()] {
        let (packages, end) = read::<F>(pieces, 1_000);
        assert_eq!(packages, [b"whole".to_vec()]);
        assert_eq!(end, CloseReason::malformed(why));
    }
}

#[test]
fn an_escape_that_escapes_nothing() {
    is_refused::<Slip>(b"ab\xdbc\xc0", "SLIP: byte 2 escapes nothing");
    is_refused::<Slip>(b"\xdb\xdc\xdb\xc0", "SLIP: byte 2 escapes nothing");
    is_refused::<Slip>(b"\xdb\xdb\xdc\xc0", "SLIP: byte 0 escapes nothing");
}

#[test]
fn a_group_that_is_cut_off() {
    let why = "COBS: the group at byte 0 has 4 bytes, but 2 are left";
    is_refused::<Cobs>(b"\x05ab\0", why);
    let why = "COBS: the group at byte 2 has 254 bytes, but 0 are left";
    is_refused::<Cobs>(b"\x02a\xff\0", why);
}

#[test]
fn a_line_that_is_not_base64() {
    let why = "a line is not base64: Invalid symbol 33, offset 2.";
    is_refused::<Base64Lines>(b"Zm!v\n", why);
    is_refused::<Base64Lines>(b"Zg=\n", "a line is not base64: Invalid padding");
    is_refused::<Base64Lines>(b"Zg\n", "a line is not base64: Invalid padding");
    // Bits that no byte is made of.
    let why = "a line is not base64: Invalid last symbol 104, offset 1.";
    is_refused::<Base64Lines>(b"Zh==\n", why);
    is_refused::<Base64Lines>(b"Z\n", "a line is not base64: Invalid input length: 1");
}

#[test]
fn a_stream_that_ends_within_a_package() {
    fn ends_within<F: Framing>() {
        let stream = framed::<F>(&[b"whole".to_vec(), b"a half".to_vec()]);
        let (packages, end) = read::<F>([&stream[..stream.len() - 1]], 100);
        assert_eq!(packages, [b"whole".to_vec()]);
        let CloseReason::Lost { kind, .. } = end else { panic!("{end:?}") };
        assert_eq!(kind, io::ErrorKind::UnexpectedEof);
    }
    ends_within::<Slip>();
    ends_within::<Cobs>();
    ends_within::<Base64Lines>();
}
