//! From an answer's bytes to what the caller wanted, or to the server's error.

use std::cell::Cell;

use connector_protocol::text;
use serde::de::DeserializeOwned;

use super::RequestError;
use crate::body::from_json;
use crate::handler::HandlerError;

/// Reads an answer.
///
/// Servers tell errors in the same form as answers, as a `code` in the body. A
/// type that reads `code` wants to see it; for any other one, a code that tells
/// of no success is an error, also if all fields of the type are optional.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, RequestError> {
    let Some(error) = HandlerError::of_json(body) else {
        return read_body(body).map_err(RequestError::Decode);
    };
    let code_ignored = Cell::new(false);
    let text = text::decode(body);
    let read = serde_ignored::deserialize(
        &mut serde_json::Deserializer::from_str(&text),
        |path: serde_ignored::Path<'_>| {
            // `?` stands for an `Option` or a newtype around the rest.
            if path.to_string().trim_start_matches("?.") == "code" {
                code_ignored.set(true);
            }
        },
    );
    match read {
        Ok(value) if !code_ignored.get() => Ok(value),
        _ => Err(RequestError::Server(error)),
    }
}

/// Reads a body. Pomelo's `{}` says nothing, so it fits `()` and `None` too.
pub(super) fn read_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    from_json(body).or_else(|error| match body.trim_ascii() {
        b"" | b"{}" => serde_json::from_str("null").map_err(|_| error),
        _ => Err(error),
    })
}
