//! JSON bodies, read with pomelo's latitude.

use std::borrow::Cow;
use std::fmt;

use connector_protocol::format::Format;
use connector_protocol::text;
use serde::Serialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::codec::CodecError;

/// Reads a JSON body as pomelo does: bytes that are no JSON count as `{}`.
///
/// # Errors
/// What does not fit `T`, with the field's name.
pub(crate) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    // One check of the whole text is cheaper than one of each string in it.
    if let Ok(text) = std::str::from_utf8(body)
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    from_odd_json(body)
}

/// Reads what is no JSON, or JSON in odd UTF-8, or does not fit.
#[cold]
fn from_odd_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_str(&text::decode(body)).or_else(|error: serde_json::Error| {
        if error.is_data() { Err(error) } else { serde_json::from_str("{}").map_err(|_| error) }
    })
}

/// Reads a JSON body that may say nothing: no bytes, `null`, or pomelo's `{}`
/// where that does not fit `T`.
///
/// # Errors
/// As [`from_json`].
pub(crate) fn from_optional_json<T: DeserializeOwned>(
    body: &[u8],
) -> Result<Option<T>, serde_json::Error> {
    match body.trim_ascii() {
        b"" | b"null" => Ok(None),
        b"{}" => Ok(from_json(body).ok()),
        _ => from_json(body).map(Some),
    }
}

/// The value of a field in a JSON body; `null` if there is none, as in a body
/// of another format.
pub(crate) fn field(body: &[u8], name: &str, format: Format) -> Value {
    if format != Format::Json {
        return Value::Null;
    }
    let text = text::decode(body);
    let mut reader = serde_json::Deserializer::from_str(&text);
    reader.deserialize_map(Field(name)).unwrap_or_default()
}

/// Reads one field of an object and passes over all others.
struct Field<'n>(&'n str);

impl<'de> Visitor<'de> for Field<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut found = Value::Null;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            if key == self.0 {
                found = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

/// Appends a JSON body.
///
/// # Errors
/// A value that JSON cannot express, such as a map with keys that are no text.
pub(crate) fn write_json<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    Ok(serde_json::to_writer(out, value)?)
}
