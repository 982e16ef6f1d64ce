//! The reading of answers, which carry a value or the server's error.

use std::cell::Cell;
use std::marker::PhantomData;

use connector_protocol::format::BodyFormat;
use connector_protocol::{json, text};
use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::{Map, Value};

use super::BodyError;
use crate::handler::HandlerError;

/// Reads a JSON body. No bytes count as `{}`, and both are also read as `()` and `None`.
pub(super) fn read_plain_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    json::read_bytes(body, json::NESTING).or_else(|error| {
        let others: &[&str] = match body.trim_ascii() {
            b"" => &["{}", "null"],
            b"{}" => &["null"],
            _ => &[],
        };
        let read = others.iter().find_map(|text| serde_json::from_str(text).ok());
        read.ok_or_else(|| BodyError::misfit(error))
    })
}

/// Reads a JSON answer.
///
/// Servers send errors like other answers, with a `code` in the body. A type with a field
/// `code` reads it. For other types, a code other than success is an error, also if all
/// fields of the type are optional.
pub(super) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    let Some(error) = HandlerError::of_json(body) else { return read_plain_json(body) };
    let text = text::decode(body);
    // It is JSON, and not too deep: the error was read from it.
    let mended = json::mend(&text, json::NESTING).ok().flatten();
    let code_ignored = Cell::new(false);
    let seed = Noticing { code_ignored: &code_ignored, of: PhantomData };
    let mut deserializer = serde_json::Deserializer::from_str(mended.as_deref().unwrap_or(&text));
    deserializer.disable_recursion_limit();
    let read = seed.deserialize(&mut deserializer);
    wanted(read, &code_ignored, error)
}

/// Reads an answer in a format of the application's own, in the same way.
pub(super) fn read_custom<T: DeserializeOwned>(
    format: &'static dyn BodyFormat,
    body: &[u8],
) -> Result<T, BodyError> {
    let object = format.read_value::<Map<String, Value>>(body);
    let Some(error) = object.ok().and_then(HandlerError::of_object) else {
        return format.read_value(body).map_err(BodyError::misfit);
    };
    let code_ignored = Cell::new(false);
    let seed = Noticing { code_ignored: &code_ignored, of: PhantomData };
    wanted(format.read_seed(body, seed), &code_ignored, error)
}

/// Returns the value, or the error if the type did not read the code.
fn wanted<T, E>(
    read: Result<T, E>,
    code_ignored: &Cell<bool>,
    error: HandlerError,
) -> Result<T, BodyError> {
    match read {
        Ok(value) if !code_ignored.get() => Ok(value),
        _ => Err(BodyError::Server(error)),
    }
}

/// Reads a `T`, and notices if it ignores the field `code`.
struct Noticing<'c, T> {
    code_ignored: &'c Cell<bool>,
    of: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Noticing<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        serde_ignored::deserialize(deserializer, |path: serde_ignored::Path<'_>| {
            // `?` is an `Option` or a newtype in the path.
            if path.to_string().trim_start_matches("?.") == "code" {
                self.code_ignored.set(true);
            }
        })
    }
}
