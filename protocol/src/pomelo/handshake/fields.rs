//! Members of JSON objects, read leniently.

use serde_json::{Map, Value};

use super::HandshakeError;
use crate::json;

/// Returns the members of a JSON object, or none for any other JSON.
pub(super) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, HandshakeError> {
    if matches!(bytes, [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] | [0x1f, 0x8b, ..]) {
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
    match object.remove(key)? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// Removes a string, or a number, which is returned as a string.
pub(super) fn take_text(object: &mut Map<String, Value>, key: &str) -> Option<String> {
    match object.remove(key)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
