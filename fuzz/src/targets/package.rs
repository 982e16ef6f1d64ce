//! Pomelo's packages.

use connector::protocol::framing::Framing;
use connector::protocol::pomelo::package::{HEADER, MAX_BODY, Package, PomeloPackages, encode};

use crate::recorded::File;

/// Types of packages, and lengths.
pub const TOKENS: &[&[u8]] = &[
    b"\x01\0\0\x0a{\"sys\":{}}",
    b"\x01\0\0\x0c{\"code\":200}",
    b"\x02\0\0\0",
    b"\x03\0\0\0",
    b"\x04\0\0\x01",
    b"\x04\0\x01\0",
    b"\x04\xff\xff\xff",
    b"\x05\0\0\0",
    b"\x05\0\0\x0e{\"reason\":\"x\"}",
];

/// A decoded package encodes to its own bytes, and the stream's framing cuts the
/// same package.
pub fn package(bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let before = rest;
        let cut = PomeloPackages::cut(before, MAX_BODY);
        let Ok(Package { kind, body }) = Package::take(&mut rest) else {
            assert_eq!(rest, before, "an error takes nothing");
            assert!(!matches!(cut, Ok(Some(_))), "the framing took bytes that are not a package");
            return;
        };
        let taken = before.len() - rest.len();
        assert_eq!(taken, HEADER + body.len());
        let mut again = Vec::new();
        encode(kind, body, &mut again).expect("it fitted before");
        assert_eq!(again, before[..taken]);
        let cut = cut.expect("it is a package").expect("it is whole");
        assert_eq!((cut.package, cut.consumed), (0..taken, taken));
    }
}

/// Packages that peers of all dialects wrote.
pub fn seeds() -> Vec<Vec<u8>> {
    [File::Packages, File::Sessions, File::Pitaya, File::Nano].map(File::bytes).concat()
}
