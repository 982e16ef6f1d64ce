//! Packages: what pomelo-protocol wrote, and what nobody should.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod recorded;

use connector_protocol::CloseReason;
use connector_protocol::framing::{Cut, Envelope, Framing, TooLong};
use connector_protocol::pomelo::package::{
    DataPackage, HANDSHAKE_ACK, HEADER, HEARTBEAT, MAX_BODY, Package, PackageType, PomeloPackages,
    encode,
};
use recorded::{hex, list};
use serde_json::Value;

const FILE: &str = include_str!("../vectors/packages.json");

struct Recorded {
    kind: PackageType,
    body: Vec<u8>,
    /// All of it, or the header alone where the body is a single repeated byte.
    bytes: Vec<u8>,
}

fn packages() -> Vec<Recorded> {
    list(FILE, "packages").iter().map(package).collect()
}

fn package(vector: &Value) -> Recorded {
    let kind = PackageType::try_from(vector["type"].as_u64().unwrap() as u8).unwrap();
    let size = vector["body_len"].as_u64().unwrap() as usize;
    let (body, bytes) = match vector["body_fill"].as_str() {
        Some(fill) => (fill.repeat(size).into_bytes(), hex(&vector["head_hex"])),
        None => {
            let body = vector["body_utf8"].as_str().unwrap_or_default();
            (body.as_bytes().to_vec(), hex(&vector["hex"]))
        }
    };
    assert_eq!(body.len(), size, "{vector}");
    Recorded { kind, body, bytes }
}

fn encoded(kind: PackageType, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    encode(kind, body, &mut out).unwrap();
    out
}

fn malformed<T: std::fmt::Debug>(result: Result<T, CloseReason>) -> bool {
    matches!(result, Err(CloseReason::Malformed(_)))
}

#[test]
fn writes_the_recorded_bytes() {
    for Recorded { kind, body, bytes } in packages() {
        let written = encoded(kind, &body);
        assert!(written.starts_with(&bytes));
        assert_eq!(written[HEADER..], body);
    }
}

#[test]
fn reads_the_recorded_bytes() {
    for Recorded { kind, body, .. } in packages() {
        let bytes = encoded(kind, &body);
        let mut input = bytes.as_slice();
        assert_eq!(Package::take(&mut input), Ok(Package { kind, body: &body }));
        assert_eq!(input, b"");
        let whole = Cut { package: 0..bytes.len(), consumed: bytes.len() };
        assert_eq!(PomeloPackages::cut(&bytes, MAX_BODY), Ok(Some(whole)));
    }
}

#[test]
fn names_the_empty_packages() {
    assert_eq!(encoded(PackageType::Heartbeat, b""), HEARTBEAT);
    assert_eq!(encoded(PackageType::HandshakeAck, b""), HANDSHAKE_ACK);
}

#[test]
fn takes_a_recorded_batch_apart() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let bytes = hex(&file["package_batch"]["hex"]);
    let bodies = [&b"\x06\x06onPush{\"a\":1}"[..], b"\x06\x06onPush{\"a\":2}"];
    let mut input = bytes.as_slice();
    let mut stream = bytes.as_slice();
    for body in bodies {
        let cut = PomeloPackages::cut(stream, MAX_BODY).unwrap().unwrap();
        assert_eq!(cut.package, 0..HEADER + body.len());
        stream = &stream[cut.consumed..];
        assert_eq!(Package::take(&mut input), Ok(Package { kind: PackageType::Data, body }));
    }
    assert_eq!((input, stream), (&b""[..], &b""[..]));
}

#[test]
fn waits_for_the_rest_of_a_package_cut_at_any_byte() {
    for Recorded { kind, body, .. } in packages().iter().filter(|package| package.body.len() < 999)
    {
        let bytes = encoded(*kind, body);
        for end in 0..bytes.len() {
            assert_eq!(PomeloPackages::cut(&bytes[..end], MAX_BODY), Ok(None));
            let mut input = &bytes[..end];
            assert!(malformed(Package::take(&mut input)), "{end} of {}", bytes.len());
            assert_eq!(input.len(), end, "nothing is taken");
        }
    }
}

#[test]
fn leaves_what_follows_a_package() {
    let bytes = b"\x04\0\0\x01a\x03";
    let mut input = &bytes[..];
    assert_eq!(Package::take(&mut input).unwrap().body, b"a");
    assert_eq!(input, b"\x03");
    assert!(malformed(Package::take(&mut input)));
    let cut = PomeloPackages::cut(bytes, 1).unwrap();
    assert_eq!(cut, Some(Cut { package: 0..5, consumed: 5 }));
}

#[test]
fn refuses_unknown_types_at_their_first_byte() {
    for kind in (0..=u8::MAX).filter(|kind| !(1..=5).contains(kind)) {
        assert!(malformed(PomeloPackages::cut(&[kind], MAX_BODY)));
        assert!(malformed(PomeloPackages::cut(&[kind, 0, 0, 0], MAX_BODY)));
        assert!(malformed(Package::take(&mut &[kind, 0, 0, 0][..])));
    }
}

#[test]
fn refuses_a_package_beyond_the_limit_once_its_header_is_there() {
    let header = b"\x04\x00\x00\x0b";
    let too_large = Err(CloseReason::TooLarge { size: 11, limit: 10 });
    assert_eq!(PomeloPackages::cut(header, 10), too_large);
    assert_eq!(PomeloPackages::cut(header, 11), Ok(None));
    assert_eq!(PomeloPackages::cut(&header[..3], 10), Ok(None));
    let largest = Err(CloseReason::TooLarge { size: MAX_BODY, limit: 0 });
    assert_eq!(PomeloPackages::cut(b"\x04\xff\xff\xff", 0), largest);
    assert_eq!(PomeloPackages::cut(b"\x04\xff\xff\xff", usize::MAX), Ok(None));
}

#[test]
fn writes_nothing_of_a_body_that_is_too_long() {
    let mut body = vec![b'x'; MAX_BODY];
    let mut out = Vec::new();
    encode(PackageType::Data, &body, &mut out).unwrap();
    assert_eq!(Package::take(&mut out.as_slice()).unwrap().body.len(), MAX_BODY);
    body.push(b'x');
    let mut out = b"before".to_vec();
    let too_long = Err(TooLong { size: MAX_BODY + 1, limit: MAX_BODY });
    assert_eq!(encode(PackageType::Data, &body, &mut out), too_long);
    assert_eq!(out, b"before");
}

#[test]
fn wraps_messages_into_data_packages() {
    let mut out = Vec::new();
    for body in ["first", "", "third"] {
        let mark = DataPackage.begin(&mut out);
        out.extend_from_slice(body.as_bytes());
        DataPackage.finish(mark, &mut out).unwrap();
    }
    assert_eq!(out, b"\x04\0\0\x05first\x04\0\0\0\x04\0\0\x05third");

    let mark = DataPackage.begin(&mut out);
    out.resize(mark + HEADER + MAX_BODY + 1, 0);
    let too_long = Err(TooLong { size: MAX_BODY + 1, limit: MAX_BODY });
    assert_eq!(DataPackage.finish(mark, &mut out), too_long);
}

#[test]
fn puts_nothing_around_packages_in_a_stream() {
    let mut out = Vec::new();
    let mark = PomeloPackages.begin(&mut out);
    out.extend_from_slice(&HEARTBEAT);
    PomeloPackages.finish(mark, &mut out).unwrap();
    assert_eq!(out, HEARTBEAT);
}
