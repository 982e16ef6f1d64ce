//! What the benchmark's programs share: the request that is sent.

use connector_protocol::framing::Envelope;
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::package::{self, DataPackage, PackageType};

/// The route that speed is measured on.
pub const ROUTE: &str = "connector.benchHandler.greet";
/// The body that it is called with.
pub const BODY: &[u8] = br#"{"n":1,"s":"hello"}"#;

/// One request, as a whole package.
pub fn request(id: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mark = DataPackage.begin(&mut out);
    let head = Head::Request(RequestId::new(id), RouteRef::Name(ROUTE));
    head.encode(&mut out).expect("the route is short");
    out.extend_from_slice(BODY);
    DataPackage.finish(mark, &mut out).expect("the body is short");
    out
}

/// What a client says before its first request: the handshake, and its end.
pub fn hello() -> Vec<u8> {
    let mut out = Vec::new();
    let sys = br#"{"sys":{"type":"bench","version":"1"}}"#;
    package::encode(PackageType::Handshake, sys, &mut out).expect("short");
    out
}

/// How many whole packages `bytes` begin with, and how many bytes they take.
pub fn packages(bytes: &[u8]) -> (usize, usize) {
    let (mut count, mut at) = (0, 0);
    while let Some(&[_, a, b, c]) = bytes[at..].first_chunk() {
        let end = at + package::HEADER + u32::from_be_bytes([0, a, b, c]) as usize;
        if end > bytes.len() {
            break;
        }
        (count, at) = (count + 1, end);
    }
    (count, at)
}
