//! Members of JSON objects, read leniently.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::HandshakeError;
use crate::json;

/// The most bytes of a compressed handshake once it is inflated: room for 65,535 codes of
/// routes with 60 bytes each.
#[cfg(feature = "zlib")]
const MOST_INFLATED: usize = 4 << 20;

/// Returns a handshake as it was before pitaya compressed it.
#[cfg(feature = "zlib")]
pub(super) fn inflated(bytes: &[u8]) -> Result<Cow<'_, [u8]>, HandshakeError> {
    if !is_compressed(bytes) {
        return Ok(bytes.into());
    }
    Ok(crate::zlib::Inflater::new().inflate(bytes, MOST_INFLATED)?.into())
}

#[cfg(not(feature = "zlib"))]
pub(super) fn inflated(bytes: &[u8]) -> Result<Cow<'_, [u8]>, HandshakeError> {
    Ok(bytes.into())
}

/// Returns whether bytes begin as zlib streams of common programs or gzip files do. No JSON
/// text does.
fn is_compressed(bytes: &[u8]) -> bool {
    matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] | [0x1f, 0x8b, ..])
}

/// Returns the members of a JSON object, or none for any other JSON.
pub(super) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, HandshakeError> {
    if is_compressed(bytes) {
        return Err(HandshakeError::Compressed);
    }
    match json::read_bytes(bytes, json::NESTING)? {
        Value::Object(object) => Ok(object),
        _ => Ok(Map::new()),
    }
}

pub(super) fn take_object(
    object: &mut Map<String, Value>,
    key: &str,
) -> Option<Map<String, Value>> {
    match object.shift_remove(key)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Removes a string, or a number, which is returned as a string.
pub(super) fn take_text(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match object.shift_remove(key)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Removes a text of at most `most` bytes. A longer one counts as absent.
pub(super) fn take_short_text(
    object: &mut Map<String, Value>,
    key: &str,
    most: usize,
) -> Option<String> {
    take_text(object, key).filter(|text| text.len() <= most)
}

/// Drops the members that do not fit into `most` bytes of memory, of all members in
/// their order those that come too late.
pub(super) fn keep_first(object: Map<String, Value>, most: usize) -> Map<String, Value> {
    let mut left = most;
    let fits = |(key, value): &(String, Value)| {
        let size = key.len().saturating_add(memory(value));
        if size > left {
            return false;
        }
        left -= size;
        true
    };
    object.into_iter().filter(fits).collect()
}

/// Returns about how many bytes of memory a value takes.
fn memory(value: &Value) -> usize {
    /// The size of a value's own place, with the one behind it.
    const PLACE: usize = 64;
    /// The size of the smallest object that has a member.
    const OBJECT: usize = 640;
    PLACE
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(memory).sum(),
            Value::Object(members) if members.is_empty() => 0,
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| key.len() + memory(value);
                OBJECT + members.iter().map(member).sum::<usize>()
            }
        }
}
