//! zlib streams of bodies.

use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::PackageType;
use connector::protocol::zlib::{Deflater, Inflater};

use super::owned;
use crate::recorded::File;

/// The most bytes of a body.
const LIMIT: usize = 1 << 16;

/// The beginnings of streams and blocks.
pub const TOKENS: &[&[u8]] =
    &[b"\x78\x9c", b"\x78\x01", b"\x1f\x8b", b"\0\0\0\xff\xff", b"\x03\0", b"\xed\xc1\x01\x01"];

/// A body that is read keeps its limit, needs its whole stream, and survives another one.
pub fn zlib(bytes: &[u8]) {
    let mut inflater = Inflater::new();
    let Ok(body) = inflater.inflate(bytes, LIMIT) else { return };
    assert!(body.len() <= LIMIT);
    let cut = bytes.split_last().map_or(bytes, |(_, cut)| cut);
    assert!(inflater.inflate(cut, LIMIT).is_err(), "its last byte is needed");
    if let Some(less) = body.len().checked_sub(1) {
        assert!(inflater.inflate(bytes, less).is_err(), "its limit is exact");
    }
    if let Some(stream) = Deflater::new().deflate(&body) {
        assert_eq!(inflater.inflate(stream, LIMIT).as_ref(), Ok(&body));
    }
}

/// Streams of bodies of many kinds, and those that pitaya wrote.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut deflater = Deflater::new();
    let bodies = owned([
        br#"{"text":"it says it again and again, it says it again and again"}"#,
        &[0; 1 << 12],
        &[0; LIMIT + 1],
        &(0..=255).cycle().take(1 << 12).collect::<Vec<_>>(),
    ]);
    let streams = bodies.iter().filter_map(|body| deflater.deflate(body).map(<[u8]>::to_vec));
    let empty = owned([b"\x78\x9c\x03\0\0\0\0\x01"]);
    streams.chain(empty).chain(of_pitaya()).collect()
}

/// Bodies of handshakes and of messages.
fn of_pitaya() -> impl Iterator<Item = Vec<u8>> {
    let messages = File::Pitaya.bodies(PackageType::Data);
    let messages = messages.into_iter().filter_map(|message| {
        let message = Message::decode(&message).ok()?;
        message.compressed.then(|| message.body.to_vec())
    });
    let handshakes = File::Pitaya.bodies(PackageType::Handshake);
    messages.chain(handshakes.into_iter().filter(|body| !body.starts_with(b"{")))
}
