//! Protobuf bodies, whose sender is not trusted.

use connector_protocol::Limit;

use super::RawBody;
use crate::handler::{Cx, HandlerError};

/// The levels of messages in one another that prost reads.
const NESTING: usize = 100;

/// Reads a protobuf body.
///
/// # Errors
/// Returns the answer for a body that is not a `T`, or has more fields than half of
/// [`Limits::values`](crate::Limits::values): an empty message of two bytes may take hundreds.
pub(crate) fn read_proto<T: prost::Message + Default>(
    cx: &Cx<'_>,
    body: RawBody<'_>,
) -> Result<T, HandlerError> {
    body.note_proto();
    let bytes = body.bytes();
    let limit = cx.session.0.limits.values / 2;
    // Each field takes two bytes at least.
    if bytes.len() / 2 > limit && fields(bytes, limit + 1) > limit {
        cx.session.report_limit(Limit::Values);
        return Err(HandlerError::bad_request(format!(
            "the limit `values` allows {limit} fields in a protobuf body"
        )));
    }
    T::decode(bytes).map_err(HandlerError::bad_request)
}

/// Returns the most fields, `most` at most, that are read of what may be a message, those of
/// the messages in it included. Without a schema, whatever can be read as a message counts as
/// one. What turns out not to be one may have been read up to there.
pub(crate) fn fields(bytes: &[u8], most: usize) -> usize {
    let mut count = Count { fields: 0, peak: 0, most };
    let _ = count.message(bytes, NESTING);
    count.peak.max(count.fields)
}

struct Count {
    /// Those so far, without the messages that turned out not to be such.
    fields: usize,
    /// The most that were read up to the end of something that is not a message.
    peak: usize,
    most: usize,
}

impl Count {
    /// Counts what is in a message, or returns `None` if it is not one.
    fn message(&mut self, mut bytes: &[u8], depth: usize) -> Option<()> {
        let mut groups = 0;
        while !bytes.is_empty() && self.fields < self.most {
            let tag = varint(&mut bytes)?;
            if tag >> 3 == 0 {
                return None;
            }
            let skipped = match tag & 7 {
                0 => {
                    varint(&mut bytes)?;
                    0
                }
                1 => 8,
                5 => 4,
                2 => usize::try_from(varint(&mut bytes)?).ok()?,
                3 if groups < depth => {
                    groups += 1;
                    0
                }
                4 if groups > 0 => {
                    groups -= 1;
                    continue;
                }
                _ => return None,
            };
            let (value, rest) = bytes.split_at_checked(skipped)?;
            self.fields += 1;
            if tag & 7 == 2 && groups < depth {
                self.part(value, depth - groups - 1);
            }
            bytes = rest;
        }
        (groups == 0).then_some(())
    }

    /// Counts what is in a field: a message, or bytes.
    fn part(&mut self, value: &[u8], depth: usize) {
        let before = self.fields;
        if self.message(value, depth).is_none() {
            self.peak = self.peak.max(self.fields);
            self.fields = before;
        }
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nested(bytes: &[u8]) -> Vec<u8> {
        let len = u8::try_from(bytes.len()).unwrap();
        [&[0x0a, len], bytes].concat()
    }

    #[test]
    fn fields_are_counted_in_messages_of_messages() {
        for (bytes, expected) in [
            (&b""[..], 0),
            (b"\x08\x96\x01", 1),
            (b"\x0a\0\x0a\0\x0a\0", 3),
            (b"\x09\0\0\0\0\0\0\0\0\x0d\0\0\0\0", 2),
            // A text that is no message, and one that could be.
            (b"\x0a\x03abc", 1),
            (b"\x0a\x02\x08\x01", 2),
            (&nested(&nested(b"\x0a\0\x0a\0")), 4),
            // Groups, empty and not, in one another.
            (b"\x0b\x0c\x08\x01", 2),
            (b"\x0b\x13\x0a\0\x14\x0c\x0a\0", 4),
            // Not a message: cut off, a field without a number, an endless number, a group
            // without its end, an end without its group.
            (b"\x08", 0),
            (b"\x0a\x05ab", 0),
            (b"\x02\x01a", 0),
            (&[0x80; 20], 0),
            (b"{\"n\":1}", 1),
            (b"\x0c", 0),
            // Read up to what is not a message.
            (b"\x0a\0\x0a\0\x0f", 2),
            (&nested(b"\x0a\0\x0a\0\x0f"), 3),
            // Of two that are not messages only one can be read as such.
            (&nested(b"\x0a\0\x0a\0\x0f").repeat(2), 4),
        ] {
            assert_eq!(fields(bytes, 100), expected, "{bytes:02x?}");
        }
        assert_eq!(fields(&b"\x0a\0".repeat(1_000), 100), 100);
        assert_eq!(fields(&nested(&b"\x0a\0".repeat(60)), 50), 50);
        assert_eq!(fields(&[b"\x0b\x0c", &b"\x0a\0".repeat(1_000)[..]].concat(), 100), 100);
    }

    #[test]
    fn what_is_nested_without_end_ends() {
        let mut bytes = b"\x08\x01".to_vec();
        for _ in 0..1_000 {
            let mut outer = vec![0x0a];
            prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
            outer.append(&mut bytes);
            bytes = outer;
        }
        assert_eq!(fields(&bytes, usize::MAX), NESTING + 1);
        let groups = [b"\x0b".repeat(1_000), b"\x0c".repeat(1_000)].concat();
        assert_eq!(fields(&groups, usize::MAX), NESTING);
    }
}
