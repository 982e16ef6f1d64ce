//! From an answer's bytes to what the caller wanted, or to the server's error.

use std::cell::Cell;
use std::marker::PhantomData;

use connector_protocol::format::BodyFormat;
use connector_protocol::text;
use serde::Deserializer;
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::{Map, Value};

use super::{BodyError, from_json};
use crate::handler::HandlerError;

/// Reads a JSON body. Pomelo's `{}` says nothing, so it fits `()` and `None` too.
pub(super) fn read_plain_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, BodyError> {
    let read = from_json(body).or_else(|error| match body.trim_ascii() {
        b"" | b"{}" => serde_json::from_str("null").map_err(|_| error),
        _ => Err(error),
    });
    read.map_err(BodyError::misfit)
}

/// Reads a JSON answer.
///
/// Servers tell errors in the same form as answers, as a `code` in the body. A
/// type that reads `code` wants to see it; for any other one, a code that tells
/// of no success is an error, also if all fields of the type are optional.
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

/// The value, unless it was an error that the caller has not looked at.
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

/// Reads a `T`, and notices whether that has no field `code`.
struct Noticing<'c, T> {
    code_ignored: &'c Cell<bool>,
    of: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Noticing<'_, T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        serde_ignored::deserialize(deserializer, |path: serde_ignored::Path<'_>| {
            // `?` stands for an `Option` or a newtype around the rest.
            if path.to_string().trim_start_matches("?.") == "code" {
                self.code_ignored.set(true);
            }
        })
    }
}
