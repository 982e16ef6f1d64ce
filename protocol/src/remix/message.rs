//! One message of the protocol.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::fields::{Field, Fields, Layout};
use super::{Action, Payload};

/// The key of the request that opens a connection.
const HANDSHAKE: &str = "handshake";
/// The most of an unknown action that an error repeats, in characters.
const SHOWN: usize = 40;

/// One message: a flat JSON object, of which only the action is required.
///
/// Reading is patient. A known field of an unexpected type, a `name` that is
/// `null` say, counts as absent and moves to [`Message::extra`]. Writing leaves
/// absent fields out and keeps the order that the real programs write, or, for
/// a message that was read, the order it had.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Fields")]
pub struct Message {
    /// What the message wants.
    pub action: Action,
    /// The plugin that is called, listened to, or answered for.
    pub name: Option<String>,
    /// The method or the event.
    pub key: Option<String>,
    /// Arguments (an array) or a result (anything).
    pub payload: Option<Payload>,
    /// Tells a request's answer from others'. Plugins ask for a handshake with
    /// −1; both sides count upwards from there.
    pub id: Option<i64>,
    /// Who calls; in an engine's requests only.
    pub request_info: Option<RequestInfo>,
    /// Why there is no result. See [`Message::failure`].
    pub error: Option<Payload>,
    /// Everything else. An engine's answer echoes it.
    pub extra: BTreeMap<String, Payload>,
    pub(super) layout: Layout,
}

/// Who calls, and by which path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestInfo {
    /// The calling plugin.
    pub from: String,
    /// The path in the call: the called plugin's name, then its services,
    /// divided by dots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Message {
    /// A message with nothing but an action.
    pub fn new(action: Action) -> Self {
        Self {
            action,
            name: None,
            key: None,
            payload: None,
            id: None,
            request_info: None,
            error: None,
            extra: BTreeMap::new(),
            layout: Layout::PLAIN,
        }
    }

    /// Reads a message from a whole package.
    ///
    /// # Errors
    /// [`MessageError`]. Skip the package and go on: the connection is sound.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        let fields: Fields =
            serde_json::from_slice(bytes).map_err(|error| MessageError::Json(error.to_string()))?;
        Self::try_from(fields)
    }

    /// Appends the message as JSON in one line.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let written = serde_json::to_writer(out, self);
        debug_assert!(written.is_ok(), "texts, numbers and JSON always serialize");
    }

    /// Whether this is a request for a handshake, from either side.
    pub fn is_handshake(&self) -> bool {
        self.action == Action::Request && self.key.as_deref() == Some(HANDSHAKE)
    }

    /// The error as a text, if it is one by JavaScript's truthiness: absent,
    /// `null`, `false`, `0` and `""` are success. An error that is no text is
    /// shown as its JSON.
    pub fn failure(&self) -> Option<String> {
        let error = self.error.as_ref().filter(|error| error.is_truthy())?;
        Some(error.parse().unwrap_or_else(|_| error.to_string()))
    }

    /// What a plugin asks the engine first.
    pub(super) fn ask_handshake() -> Self {
        Self { key: Some(HANDSHAKE.to_owned()), id: Some(-1), ..Self::new(Action::Request) }
    }

    /// What an engine asks a plugin first: its methods.
    pub(super) fn handshake(id: i64, name: &str, engine: Option<&str>) -> Self {
        Self {
            name: Some(name.to_owned()),
            key: Some(HANDSHAKE.to_owned()),
            payload: Some(Payload::of_texts(&(name, engine))),
            id: Some(id),
            layout: Layout::ENGINE,
            ..Self::new(Action::Request)
        }
    }
}

impl TryFrom<Fields> for Message {
    type Error = MessageError;

    fn try_from(mut fields: Fields) -> Result<Self, MessageError> {
        let action = fields.take(Field::Action).ok_or(MessageError::NoAction)?;
        let action: String = action.parse().map_err(|_| MessageError::NoAction)?;
        let Some(action) = Action::parse(&action) else {
            return Err(MessageError::UnknownAction(action.chars().take(SHOWN).collect()));
        };
        Ok(Self {
            action,
            name: fields.take_as(Field::Name),
            key: fields.take_as(Field::Key),
            payload: fields.take(Field::Payload),
            id: fields.take_as(Field::Id),
            request_info: fields.take_as(Field::RequestInfo),
            error: fields.take(Field::Error),
            layout: fields.layout,
            extra: fields.extra,
        })
    }
}

impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for field in self.layout.0 {
            match field {
                Field::Action => map.serialize_entry(field.as_str(), self.action.as_str())?,
                Field::Name => entry(&mut map, field, self.name.as_ref())?,
                Field::Key => entry(&mut map, field, self.key.as_ref())?,
                Field::Payload => entry(&mut map, field, self.payload.as_ref())?,
                Field::Id => entry(&mut map, field, self.id.as_ref())?,
                Field::RequestInfo => entry(&mut map, field, self.request_info.as_ref())?,
                Field::Error => entry(&mut map, field, self.error.as_ref())?,
            }
        }
        for (key, value) in &self.extra {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// A package that is no message. The connection survives it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// No JSON, or no object.
    #[error("no JSON object: {0}")]
    Json(String),
    /// An object without an action, or with one that is no text.
    #[error("a message without an action")]
    NoAction,
    /// An action that nobody knows.
    #[error("unknown action {0:?}")]
    UnknownAction(String),
}

fn entry<M: SerializeMap, T: Serialize>(
    map: &mut M,
    field: Field,
    value: Option<&T>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(field.as_str(), value))
}
