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

/// Returns the number of fields in what may be a message, `most` at most, those of the
/// messages in it included. Without a schema, whatever can be read as a message counts as
/// one. What cannot has no fields.
pub(crate) fn fields(bytes: &[u8], most: usize) -> usize {
    message(bytes, most, NESTING).unwrap_or_default()
}

fn message(mut bytes: &[u8], most: usize, depth: usize) -> Option<usize> {
    let mut fields = 0;
    while !bytes.is_empty() && fields < most {
        let tag = varint(&mut bytes)?;
        if tag >> 3 == 0 {
            return None;
        }
        fields += 1;
        let skipped = match tag & 7 {
            0 => {
                varint(&mut bytes)?;
                0
            }
            1 => 8,
            5 => 4,
            2 => usize::try_from(varint(&mut bytes)?).ok()?,
            _ => return None,
        };
        let (value, rest) = bytes.split_at_checked(skipped)?;
        if tag & 7 == 2 && depth > 0 {
            fields += message(value, most - fields, depth - 1).unwrap_or_default();
        }
        bytes = rest;
    }
    Some(fields)
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
            // Not a message: cut off, a group, a field without a number, an endless number.
            (b"\x08", 0),
            (b"\x0a\x05ab", 0),
            (b"{\"n\":1}", 0),
            (b"\x02\x01a", 0),
            (&[0x80; 20], 0),
        ] {
            assert_eq!(fields(bytes, 100), expected, "{bytes:02x?}");
        }
        assert_eq!(fields(&b"\x0a\0".repeat(1_000), 100), 100);
        assert_eq!(fields(&nested(&b"\x0a\0".repeat(60)), 50), 50);
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
    }
}
