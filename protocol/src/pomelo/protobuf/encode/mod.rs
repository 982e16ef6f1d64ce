//! JSON text, as it is read, to pomelo-protobuf.

mod list;
mod members;
mod value;

use std::fmt::Display;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error};

use self::value::FieldValue;

use super::types::{Kind, MessageType, Types};
use super::{EncodeError, EncodeFault, RouteSchema};
use crate::json::{self, JsonError, NESTING};
use crate::text;

/// What is done about a required field that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Refused,
    Allowed,
}

/// Appends a JSON text.
pub(super) fn encode(
    schema: &RouteSchema<'_>,
    json: &[u8],
    missing: Missing,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let before = out.len();
    let text = text::decode(json);
    let read = |text: &str, depth_limited: bool, out: &mut Vec<u8>| {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        if !depth_limited {
            deserializer.disable_recursion_limit();
        }
        let mut error = None;
        let mut encoder = Encoder { types: schema.types, missing, out, error: &mut error };
        let body = Body { encoder: &mut encoder, message: schema.message };
        let result = body.deserialize(&mut deserializer).and_then(|()| deserializer.end());
        result.map_err(|json| (error, json))
    };
    let result = match read(&text, true, out) {
        Ok(()) => Ok(()),
        Err((Some(error), _)) => Err(error),
        Err((None, error)) => {
            out.truncate(before);
            match json::mend(&text, NESTING) {
                Ok(Some(mended)) => read(&mended, false, out)
                    .map_err(|(known, json)| known.unwrap_or_else(|| JsonError::from(json).into())),
                Ok(None) => Err(JsonError::from(error).into()),
                Err(deep) => Err(JsonError::from(deep).into()),
            }
        }
    };
    if result.is_err() {
        out.truncate(before);
    }
    result
}

/// The output, and the first error. Errors of serde have no place for a path.
struct Encoder<'e> {
    types: &'e Types,
    missing: Missing,
    out: &'e mut Vec<u8>,
    error: &'e mut Option<EncodeError>,
}

impl Encoder<'_> {
    fn fail<E: Error>(&mut self, fault: EncodeFault) -> E {
        *self.error = Some(EncodeError { path: String::new(), fault });
        E::custom("the value does not fit its schema")
    }

    fn misfit<E: Error>(&mut self, found: impl Display, kind: Kind) -> E {
        self.fail(EncodeFault::Type { found: found.to_string(), expected: kind.noun() })
    }

    /// Makes room for a number that is not known yet, and returns its place.
    fn reserve(&mut self) -> usize {
        self.out.push(0);
        self.out.len() - 1
    }

    /// Adds a part in front of the path of the error, if there is one.
    fn locate<T, E>(&mut self, result: Result<T, E>, part: impl Display) -> Result<T, E> {
        if result.is_err()
            && let Some(error) = self.error
        {
            let separator =
                if error.path.is_empty() || error.path.starts_with('[') { "" } else { "." };
            error.path = format!("{part}{separator}{}", error.path);
        }
        result
    }
}

/// A whole body: an object, or `null`, which has no fields.
struct Body<'a, 'e> {
    encoder: &'a mut Encoder<'e>,
    message: &'a MessageType,
}

impl<'de> DeserializeSeed<'de> for Body<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let Self { encoder, message } = self;
        let written =
            FieldValue { encoder, kind: Kind::Message(0), message: Some(message), key: b"" }
                .deserialize(deserializer)?;
        if !written && message.required > 0 && encoder.missing == Missing::Refused {
            let required = message.fields.iter().find(|field| field.is_required());
            let failed = Err(encoder.fail(EncodeFault::Missing));
            return encoder.locate(failed, required.map_or("", |field| &field.name));
        }
        Ok(())
    }
}
