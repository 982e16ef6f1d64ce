//! MessagePack, as a format of bodies.

use std::io::Cursor;

use connector_protocol::format::{BodyFormat, BodySlot, BodyValue, Format, FormatError};
use rmp_serde::{Deserializer, Serializer};
use serde::Serialize;

/// [MessagePack](https://msgpack.org) as a format of bodies: structs are maps with the names of
/// their fields, as in JSON, and so are the messages of `.proto` files.
///
/// A server that has it offers it to clients of ours, and each chooses by itself:
///
/// ```
/// use connector::MSGPACK;
/// use connector::prelude::*;
///
/// let server = Server::builder().format(MSGPACK);
/// let client = Client::builder().prefer(MSGPACK);
/// # drop((server, client));
/// ```
///
/// A body has at most 128 arrays and maps in one another, and as many values as
/// [`Limits::values`](crate::Limits::values) allows.
pub const MSGPACK: Format = Format::Custom(&MessagePack);

/// As many as serde_json allows.
const NESTING: usize = 128;

struct MessagePack;

impl BodyFormat for MessagePack {
    fn name(&self) -> &'static str {
        "msgpack"
    }

    fn write(&self, value: BodyValue<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        let mut serializer = Serializer::new(out).with_struct_map();
        value.serialize(&mut serializer).map_err(FormatError::new)
    }

    fn read(&self, body: &[u8], slot: BodySlot<'_>) -> Result<(), FormatError> {
        let mut deserializer = Deserializer::new(Cursor::new(body));
        deserializer.set_max_depth(NESTING);
        slot.fill(&mut deserializer)?;
        match body.len() as u64 - deserializer.position() {
            0 => Ok(()),
            more => Err(FormatError::new(format_args!("{more} bytes are behind the value"))),
        }
    }

    /// Counts the values, each of which has a marker.
    fn values(&self, body: &[u8]) -> usize {
        let mut rest = body;
        let mut values = 0;
        while let Some((&marker, behind)) = rest.split_first() {
            values += 1;
            rest = match content(marker, behind) {
                Some(bytes) => behind.get(bytes..).unwrap_or_default(),
                // What is not MessagePack is found when it is read.
                None => break,
            };
        }
        values
    }
}

/// Returns the number of bytes that a value has behind its marker, without the values in it.
fn content(marker: u8, behind: &[u8]) -> Option<usize> {
    // A length of so many bytes, and that many bytes besides.
    let sized = |bytes: usize, more: usize| {
        let length =
            behind.get(..bytes)?.iter().fold(0, |length, byte| length << 8 | *byte as usize);
        Some(length.saturating_add(bytes + more))
    };
    match marker {
        // Integers of one byte, and the starts of short maps and arrays.
        0x00..=0x9f | 0xe0.. => Some(0),
        0xa0..=0xbf => Some(usize::from(marker & 0x1f)),
        0xc0 | 0xc2 | 0xc3 => Some(0),
        0xc1 => None,
        0xc4 | 0xd9 => sized(1, 0),
        0xc5 | 0xda => sized(2, 0),
        0xc6 | 0xdb => sized(4, 0),
        0xc7 => sized(1, 1),
        0xc8 => sized(2, 1),
        0xc9 => sized(4, 1),
        0xcc | 0xd0 => Some(1),
        0xcd | 0xd1 | 0xd4 | 0xdc | 0xde => Some(2),
        0xd5 => Some(3),
        0xca | 0xce | 0xd2 | 0xdd | 0xdf => Some(4),
        0xd6 => Some(5),
        0xcb | 0xcf | 0xd3 => Some(8),
        0xd7 => Some(9),
        0xd8 => Some(17),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn written<T: Serialize>(value: &T) -> Vec<u8> {
        let mut out = Vec::new();
        <dyn BodyFormat>::write_value(&MessagePack, value, &mut out).unwrap();
        out
    }

    fn read(body: &[u8]) -> Result<Value, FormatError> {
        <dyn BodyFormat>::read_value(&MessagePack, body)
    }

    #[test]
    fn structs_are_maps_with_names() {
        #[derive(Serialize)]
        struct Line {
            text: &'static str,
            at: Option<u32>,
        }
        let line = written(&Line { text: "hi", at: None });
        assert_eq!(line, b"\x82\xa4text\xa2hi\xa2at\xc0");
        assert_eq!(read(&line).unwrap(), json!({ "text": "hi", "at": null }));
    }

    #[test]
    fn what_is_cut_off_or_goes_on_is_not_a_body() {
        let body = written(&json!({ "a": [1, -1, 70_000, "text", 1.5], "b": null }));
        for end in 0..body.len() {
            assert!(read(&body[..end]).is_err(), "{end}");
        }
        let more = [&body[..], b"\x01\x02"].concat();
        assert_eq!(read(&more).unwrap_err().to_string(), "2 bytes are behind the value");
        assert!(read(b"\xc1").is_err());
    }

    #[test]
    fn nesting_has_a_limit() {
        let nested = |levels: usize| [&b"\x91".repeat(levels - 1)[..], b"\x90"].concat();
        assert!(read(&nested(NESTING - 1)).is_ok());
        let error = read(&nested(100_000)).unwrap_err();
        assert!(error.to_string().contains("depth"), "{error}");
    }

    #[test]
    fn lengths_that_are_not_there_take_no_memory() {
        for head in [&b"\xdd\xff\xff\xff\xff"[..], b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff"]
        {
            assert!(read(head).is_err());
        }
    }

    #[test]
    fn values_are_counted_in_every_form() {
        let count = |body: &[u8]| BodyFormat::values(&MessagePack, body);
        for (value, values) in [
            (json!(null), 1),
            (json!([true, false, -1, -33, -200, -40_000, -3_000_000_000_i64]), 8),
            (json!([1, 200, 40_000, 3_000_000_000_u64, u64::MAX, 1.5]), 7),
            (json!({ "a": "b", "c": { "d": [] } }), 7),
            (json!(vec!["x"; 20]), 21),
            (json!(vec![0; 70_000]), 70_001),
            (json!(["x".repeat(31), "x".repeat(32), "x".repeat(300), "x".repeat(70_000)]), 5),
        ] {
            assert_eq!(count(&written(&value)), values, "{value:.40}");
        }
        let long: std::collections::BTreeMap<_, _> = (0..40).map(|n| (format!("{n}"), n)).collect();
        assert_eq!(count(&written(&long)), 81);
        assert_eq!(count(b"\xc4\x02ab\xc7\x02\x01ab\xd4\x01a\xd8\x01aaaaaaaaaaaaaaaa\x01"), 5);
        assert_eq!(
            count(b"\xc5\x00\x01a\xc8\x00\x01\x01a\xd5\x01aa\xd6\x01aaaa\xd7\x01aaaaaaaa"),
            5
        );
        assert_eq!(count(b"\xc6\x00\x00\x00\x01a\xc9\x00\x00\x00\x01\x01a\xca\x00\x00\x00\x00"), 3);
        assert_eq!(count(b"\xdb\xff\xff\xff\xff\x01\x01"), 1);
        assert_eq!((count(b""), count(b"\xc1\x01"), count(b"\xda\x01")), (0, 1, 1));
    }
}
