//! From an answer's bytes to what the caller wanted, or to the server's error.

use std::cell::Cell;

use connector_protocol::text;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::RequestError;
use crate::body::from_json;
use crate::handler::HandlerError;

/// Codes that tell of success: pomelo's, and that of those who count errors
/// from 1.
const SUCCESS: [u64; 2] = [200, 0];

/// Reads an answer.
///
/// Servers tell errors in the same form as answers, as a `code` in the body. A
/// type that reads `code` wants to see it; for any other one, a code that tells
/// of no success is an error, also if all fields of the type are optional.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, RequestError> {
    let Some(error) = failure(body) else { return read_body(body).map_err(RequestError::Decode) };
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

/// The server's error, if the body tells of one.
pub(crate) fn failure(body: &[u8]) -> Option<HandlerError> {
    const KEY: &[u8] = br#""code""#;
    // Most answers have no such text, and are read once only.
    if !body.windows(KEY.len()).any(|bytes| bytes == KEY) {
        return None;
    }
    let mut object: Map<String, Value> = serde_json::from_str(&text::decode(body)).ok()?;
    let mut error = HandlerError::failed();
    match object.get("code")? {
        Value::Number(code) if code.as_u64().is_some_and(|code| SUCCESS.contains(&code)) => {
            return None;
        }
        Value::Number(code) => {
            // One that is no code of ours stays with the metadata.
            if let Some(code) = code.as_u64().and_then(|code| u16::try_from(code).ok()) {
                error.code = code;
                object.remove("code");
            }
        }
        // Pitaya's codes are texts such as `PIT-404`, beside a message.
        Value::String(code) if object.get("msg").is_some_and(Value::is_string) => {
            let digits = code.rsplit(|char: char| !char.is_ascii_digit()).next();
            error.code = digits.and_then(|digits| digits.parse().ok()).unwrap_or(error.code);
        }
        _ => return None,
    }
    let key =
        ["msg", "message"].into_iter().find(|key| object.get(*key).is_some_and(Value::is_string));
    if let Some(Value::String(message)) = key.and_then(|key| object.remove(key)) {
        error.message = message.into();
    }
    error.metadata = object;
    Some(error)
}
