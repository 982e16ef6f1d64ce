//! Members of JSON objects, read leniently.

use serde_json::{Map, Value};

use super::HandshakeError;
use crate::text;

/// Returns the members of a JSON object, or none for any other JSON.
pub(super) fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, HandshakeError> {
    match serde_json::from_str(&text::decode(bytes))? {
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
