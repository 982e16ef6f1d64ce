//! The largest package passes however long its code makes it; what is longer does not, decoded
//! or encoded.

use super::*;

const LIMIT: usize = 1_000;

/// The package whose code is the longest, and packages of one byte more.
fn is_bounded<F: Framing>(longest: &dyn Fn(usize) -> Vec<u8>) {
    let package = longest(LIMIT);
    let (packages, end) = read::<F>(framed::<F>(std::slice::from_ref(&package)).chunks(7), LIMIT);
    assert_eq!(packages, [package]);
    assert_eq!(end, CloseReason::PeerClosed);

    for over in [longest(LIMIT + 1), vec![b'x'; LIMIT + 1]] {
        let (packages, end) = read::<F>(framed::<F>(&[over]).chunks(7), LIMIT);
        assert!(packages.is_empty());
        let CloseReason::TooLarge { size, limit } = end else { panic!("{end:?}") };
        assert!(size > limit && limit >= LIMIT, "{size} and {limit}");
    }
}

/// A package that never ends is refused when it has more bytes than a code could have.
fn ends_the_endless<F: Framing>(longest: usize) {
    let (packages, end) = read::<F>(vec![b'A'; longest + 1].chunks(1), LIMIT);
    assert!(packages.is_empty());
    assert_eq!(end, CloseReason::TooLarge { size: longest + 1, limit: longest });
    let (_, end) = read::<F>(vec![b'A'; longest].chunks(1), LIMIT);
    assert_eq!(end.name(), "lost", "one byte less might still end");
}

#[test]
fn slip() {
    is_bounded::<Slip>(&|length| vec![0xC0; length]);
    ends_the_endless::<Slip>(2 * LIMIT);
}

#[test]
fn a_package_is_as_long_as_it_is_decoded() {
    let over = framed::<Slip>(&[vec![b'x'; LIMIT + 1]]);
    let (_, end) = read::<Slip>([&*over], LIMIT);
    assert_eq!(end, CloseReason::TooLarge { size: LIMIT + 1, limit: LIMIT });
    let mut input = &*over;
    let taken = Slip::take(&mut input, LIMIT);
    assert_eq!(taken, Err(CloseReason::TooLarge { size: LIMIT + 1, limit: LIMIT }));
}

#[test]
fn cobs() {
    is_bounded::<Cobs>(&|length| vec![b'x'; length]);
    ends_the_endless::<Cobs>(LIMIT + 4);
}

#[test]
fn base64() {
    is_bounded::<Base64Lines>(&|length| vec![b'x'; length]);
    ends_the_endless::<Base64Lines>(1_337);
}
