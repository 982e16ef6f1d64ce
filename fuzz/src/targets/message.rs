//! Pomelo's messages.

use connector::protocol::message::Head;
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::PackageType;

use crate::recorded::File;

/// Heads of messages.
pub const TOKENS: &[&[u8]] = &[
    b"\x00\x01\x05a.b.c",
    b"\x01\x01\0\x01",
    b"\x02\x05a.b.c",
    b"\x03\0\x01",
    b"\x04\x01",
    b"\x06\x05a.b.c",
    b"\x26\0",
    b"\xff\xff\xff\xff\x0f",
    b"\x80\x80\0",
];

/// A message that is read is written as one that reads the same, but for flags
/// that only peers set.
pub fn message(bytes: &[u8]) {
    let Ok(message) = Message::decode(bytes) else { return };
    assert!(bytes.ends_with(message.body));
    let again = encoded(message.head, message.body);
    let read = Message::decode(&again).expect("what was written can be read");
    assert_eq!((read.head, read.body), (message.head, message.body));
    assert!(!read.compressed);
    assert!(again.len() <= bytes.len(), "what is written is never longer");
    assert_eq!(encoded(read.head, read.body), again);
}

/// Messages that peers of all dialects wrote.
pub fn seeds() -> Vec<Vec<u8>> {
    let others = [File::Pitaya, File::Nano].map(|file| file.bodies(PackageType::Data));
    [File::Messages.bytes(), others.concat()].concat()
}

fn encoded(head: Head<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    head.encode(&mut out).expect("it fitted before");
    out.extend_from_slice(body);
    out
}
