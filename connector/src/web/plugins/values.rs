//! Messages as JavaScript's values, and back.

use connector_protocol::CloseReason;
use connector_protocol::json::check_nesting;
use connector_protocol::remix::{Action, Message, Payload};
use connector_protocol::text::escaped;
use js_sys::{JSON, JsString, Object, Reflect};
use wasm_bindgen::JsValue;

use super::plain::{NESTING, NoJson, stringify};
use crate::web::error::text;

/// Something that was posted.
pub(super) enum Posted {
    /// A message.
    Message(Message),
    /// The answer to a request whose values cannot be read.
    Answer(Message),
    /// Something else, which is skipped.
    Other,
}

/// Returns a message as an object that can be posted.
///
/// # Errors
/// Returns the reason that it cannot be one: too deep values, at which a platform's own copy ends.
pub(super) fn object(message: &Message) -> Result<JsValue, String> {
    let mut json = Vec::new();
    message.encode(&mut json);
    // It is UTF-8, as all JSON is.
    let json = String::from_utf8_lossy(&json);
    check_nesting(&json, NESTING).map_err(|error| error.to_string())?;
    JSON::parse(&json).map_err(|exception| text(&exception))
}

/// Reads what was posted.
///
/// # Errors
/// Returns [`CloseReason::TooLarge`] for one whose JSON has more than `limit` characters. It is
/// not copied.
pub(super) fn read(data: &JsValue, limit: usize) -> Result<Posted, CloseReason> {
    // Pages post all kinds of things to each other.
    if !data.is_object() || field(data, "action").is_none_or(|action| !action.is_string()) {
        return Ok(Posted::Other);
    }
    match stringify(data, limit) {
        Ok(json) => Ok(decode(&json).map_or(Posted::Other, Posted::Message)),
        Err(NoJson::TooLong) => Err(too_large(limit)),
        Err(NoJson::Exception(exception)) => unreadable(data, &exception, limit),
    }
}

/// Returns the answer to a request, or the result of one, that cannot be carried.
pub(super) fn failure(mut message: Message, error: &str) -> Message {
    message.action = Action::Response;
    message.payload = None;
    message.error = Some(Payload::text(error));
    message
}

fn decode(json: &JsString) -> Option<Message> {
    match Message::decode(String::from(json).as_bytes()) {
        Ok(message) => Some(message),
        Err(error) => {
            tracing::debug!(error = %escaped(&error), "a posted value that is not a message");
            None
        }
    }
}

/// Returns what becomes of a message that has no JSON: whoever waits for it is told why.
fn unreadable(data: &JsValue, exception: &JsValue, limit: usize) -> Result<Posted, CloseReason> {
    let bare = Object::new();
    for name in ["action", "name", "key", "id"] {
        if let Some(value) = field(data, name).filter(|value| !value.is_object()) {
            // A plain object takes every field.
            let _ = Reflect::set(&bare, &name.into(), &value);
        }
    }
    let error = format!("the values cannot be JSON: {}", text(exception));
    tracing::debug!(error = %escaped(&error), "a posted message cannot be read");
    let json = match stringify(&bare, limit) {
        Ok(json) => json,
        Err(NoJson::TooLong) => return Err(too_large(limit)),
        Err(NoJson::Exception(_)) => return Ok(Posted::Other),
    };
    let Some(message) = decode(&json) else { return Ok(Posted::Other) };
    Ok(match message.action {
        Action::Response => Posted::Message(failure(message, &error)),
        Action::Request => Posted::Answer(failure(message, &error)),
        _ => Posted::Other,
    })
}

/// Returns the reason to end a connection. How long the message is, is not known.
fn too_large(limit: usize) -> CloseReason {
    CloseReason::TooLarge { size: limit + 1, limit }
}

fn field(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok()
}
