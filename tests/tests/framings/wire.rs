//! Known bytes of each framing, both ways.

use super::*;

fn is_on_the_wire<F: Framing>(package: &[u8], wire: &[u8]) {
    assert_eq!(framed::<F>(&[package.to_vec()]), wire, "{package:x?}");
    let mut rest = wire;
    let taken = F::take(&mut rest, 1_000).unwrap();
    assert_eq!(taken.as_deref(), Some(package), "{wire:x?}");
    assert!(rest.is_empty(), "{wire:x?}");
}

#[test]
fn slip_is_that_of_its_rfc() {
    is_on_the_wire::<Slip>(b"abc", b"abc\xc0");
    is_on_the_wire::<Slip>(b"\xc0", b"\xdb\xdc\xc0");
    is_on_the_wire::<Slip>(b"\xdb", b"\xdb\xdd\xc0");
    is_on_the_wire::<Slip>(b"a\xdb\xdcb\xc0", b"a\xdb\xdd\xdcb\xdb\xdc\xc0");
}

#[test]
fn slip_has_no_packages_between_two_ends() {
    let (packages, end) = read::<Slip>([&b"\xc0\xc0ab\xc0\xc0\xc0c\xc0\xc0"[..]], 10);
    assert_eq!(packages, [b"ab".to_vec(), b"c".to_vec()]);
    assert_eq!(end, CloseReason::PeerClosed);
    let mut rest = &b"\xc0\xc0"[..];
    assert_eq!(Slip::take(&mut rest, 10), Ok(None));
    assert!(rest.is_empty(), "it is removed");
}

#[test]
fn cobs_is_that_of_its_paper() {
    let run = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    is_on_the_wire::<Cobs>(b"", b"\x01\0");
    is_on_the_wire::<Cobs>(b"\0", b"\x01\x01\0");
    is_on_the_wire::<Cobs>(b"\0\0", b"\x01\x01\x01\0");
    is_on_the_wire::<Cobs>(b"\0\x11\0", b"\x01\x02\x11\x01\0");
    is_on_the_wire::<Cobs>(b"\x11\x22\0\x33", b"\x03\x11\x22\x02\x33\0");
    is_on_the_wire::<Cobs>(b"\x11\x22\x33\x44", b"\x05\x11\x22\x33\x44\0");
    let most = run(1, 254);
    is_on_the_wire::<Cobs>(&most, &[b"\xff", &*most, b"\0"].concat());
    is_on_the_wire::<Cobs>(&[b"\0", &*most].concat(), &[b"\x01\xff", &*most, b"\0"].concat());
    is_on_the_wire::<Cobs>(&run(1, 255), &[b"\xff", &*most, b"\x02\xff\0"].concat());
    let behind = run(2, 255);
    is_on_the_wire::<Cobs>(
        &[&*behind, b"\0"].concat(),
        &[b"\xff", &*behind, b"\x01\x01\0"].concat(),
    );
    let behind = run(3, 255);
    let wire = [b"\xfe", &*behind, b"\x02\x01\0"].concat();
    is_on_the_wire::<Cobs>(&[&*behind, b"\0\x01"].concat(), &wire);
}

#[test]
fn cobs_reads_what_other_encoders_write() {
    let most = [b'x'; 254];
    // A last group without bytes.
    let wire = [b"\0\xff", &most[..], b"\x01\0\0"].concat();
    let (packages, end) = read::<Cobs>([&*wire], 254);
    assert_eq!(packages, [most.to_vec()]);
    assert_eq!(end, CloseReason::PeerClosed);
}

#[test]
fn base64_is_that_of_its_rfc() {
    for (package, line) in [
        ("", "\n"),
        ("f", "Zg==\n"),
        ("fo", "Zm8=\n"),
        ("foo", "Zm9v\n"),
        ("foob", "Zm9vYg==\n"),
        ("foobar", "Zm9vYmFy\n"),
    ] {
        is_on_the_wire::<Base64Lines>(package.as_bytes(), line.as_bytes());
    }
    is_on_the_wire::<Base64Lines>(b"\xfb\xff\n", b"+/8K\n");
    let (packages, _) = read::<Base64Lines>([&b"Zg==\r\n\r\n"[..]], 10);
    assert_eq!(packages, [b"f".to_vec(), Vec::new()]);
}
