//! The reading of answers, which carry a value or the server's error.

use std::cell::Cell;
use std::marker::PhantomData;

use connector_protocol::format::BodyFormat;
use connector_protocol::text;
use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::{Map, Value};

use super::{BodyError, from_json};
use crate::handler::HandlerError;

/// Reads a JSON body. Pomelo's empty body `{}` is also read as `()` and `None`.
pub(super) fn read_plain_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    let read = from_json(body).or_else(|error| match body.trim_ascii() {
        b"" | b"{}" => serde_json::from_str("null").map_err(|_| error),
        _ => Err(error),
    });
    read.map_err(BodyError::misfit)
}

/// Reads a JSON answer.
///
/// Servers send errors like other answers, with a `code` in the body. A type with a field
/// `code` reads it. For other types, a code other than success is an error, also if all
/// fields of the type are optional.
pub(super) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    let Some(error) = HandlerError::of_json(body) else { return read_plain_json(body) };
    let text = text::decode(body);
    let code_ignored = Cell::new(false);
    let seed = Noticing { code_ignored: &code_ignored, of: PhantomData };
    let read = seed.deserialize(&mut serde_json::Deserializer::from_str(&text));
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
