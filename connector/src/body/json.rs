//! JSON bodies, read as leniently as pomelo does.

use std::borrow::Cow;
use std::fmt;

use connector_protocol::format::Format;
use connector_protocol::text;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Lent, RawBody};
use crate::codec::CodecError;

/// Reads a JSON body as pomelo does: bytes that are not JSON count as `{}`.
///
/// # Errors
/// Returns serde_json's error if the body is not a `T`.
pub(crate) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    read_json(Lent::new(body).body())
}

/// Reads a JSON body like [`from_json`], for a value that may borrow from it.
///
/// # Errors
/// See [`from_json`].
pub(crate) fn read_json<'b, T: Deserialize<'b>>(body: RawBody<'b>) -> Result<T, serde_json::Error> {
    // One check of the whole text is cheaper than one of each string in it.
    if let Some(text) = body.utf8()
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    from_odd_json(body)
}

/// Reads a body that is not JSON, is not valid UTF-8, or does not fit.
#[cold]
fn from_odd_json<'b, T: Deserialize<'b>>(body: RawBody<'b>) -> Result<T, serde_json::Error> {
    serde_json::from_str(body.text()).or_else(|error: serde_json::Error| {
        if error.is_data() { Err(error) } else { serde_json::from_str("{}").map_err(|_| error) }
    })
}

/// Reads a JSON body that may be empty: no bytes, `null`, or pomelo's `{}` if that is not
/// a `T`.
///
/// # Errors
/// See [`from_json`].
pub(crate) fn read_optional_json<'b, T: Deserialize<'b>>(
    body: RawBody<'b>,
) -> Result<Option<T>, serde_json::Error> {
    match body.bytes().trim_ascii() {
        b"" | b"null" => Ok(None),
        b"{}" => Ok(read_json(body).ok()),
        _ => read_json(body).map(Some),
    }
}

/// Returns the value of a field in a JSON body, or `null` without one and in other
/// formats.
pub(crate) fn field(body: &[u8], name: &str, format: Format) -> Value {
    if format != Format::Json {
        return Value::Null;
    }
    let text = text::decode(body);
    let mut reader = serde_json::Deserializer::from_str(&text);
    reader.deserialize_map(Field(name)).unwrap_or_default()
}

/// Reads one field of an object and skips the others.
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
/// Returns [`CodecError`] for a value that JSON cannot express, such as a map with keys that
/// are not text.
pub(crate) fn write_json<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    Ok(serde_json::to_writer(out, value)?)
}
