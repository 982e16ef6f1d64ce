//! The messages of the protocol.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::fields::{Field, Fields, Layout, Raw};
use super::{Action, Payload};
use crate::text::utf8;

/// The key of the request that opens a connection.
const HANDSHAKE: &str = "handshake";
/// The most characters of an unknown action that an error repeats.
const SHOWN: usize = 40;

/// A message: a flat JSON object, in which only the action is required.
///
/// Reading is lenient. A known field of an unexpected type, such as a `name` that
/// is `null`, counts as absent and moves to [`Message::extra`]. Writing leaves
/// absent fields out. It uses the order of the released programs or, for a message
/// that was read, its original order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Fields<Box<RawValue>>")]
pub struct Message {
    /// The purpose of the message.
    pub action: Action,
    /// The plugin that is called, subscribed to, or answered for.
    pub name: Option<String>,
    /// The method or the event.
    pub key: Option<String>,
    /// The arguments, which are an array, or a result, which is any JSON.
    pub payload: Option<Payload>,
    /// The id of a request and its answer. Plugins ask for a handshake with −1. Both
    /// sides count upwards from there.
    pub id: Option<i64>,
    /// The caller, in an engine's requests only.
    pub request_info: Option<RequestInfo>,
    /// The error of a failed call. See [`Message::failure`].
    pub error: Option<Payload>,
    /// All other fields. An engine's answer repeats them. A message that is read has at
    /// most 64.
    pub extra: BTreeMap<String, Payload>,
    pub(super) layout: Layout,
}

/// The caller of a method, and the path it called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestInfo {
    /// The calling plugin.
    pub from: String,
    /// The path of the call: the called plugin's name, then its services, separated
    /// by dots.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

impl Message {
    /// Creates a message about a method or an event of a plugin.
    pub(super) fn about(action: Action, name: &str, key: &str) -> Self {
        Self { name: Some(name.to_owned()), key: Some(key.to_owned()), ..Self::new(action) }
    }

    /// Creates a message that has only an action.
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
    /// Returns [`MessageError`] for a package that is not a message. Skip it and go on:
    /// it does not end the connection.
    pub fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        // Bytes would be read by a second copy of the parser, which browsers would load too.
        let text = utf8(bytes).ok_or_else(|| MessageError::Json("it is not UTF-8".to_owned()))?;
        let fields: Fields<&RawValue> =
            serde_json::from_str(text).map_err(|error| MessageError::Json(error.to_string()))?;
        Self::try_from(fields)
    }

    /// Appends the message to `out`, as JSON in one line.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let written = serde_json::to_writer(out, self);
        debug_assert!(written.is_ok(), "texts, numbers and JSON always serialize");
    }

    /// Returns the number of bytes of its texts, which is about the memory that it takes.
    pub fn size(&self) -> usize {
        let texts = [self.name.as_deref(), self.key.as_deref()];
        let payloads = [self.payload.as_ref(), self.error.as_ref()];
        let info = self
            .request_info
            .iter()
            .map(|info| info.from.len() + info.path.as_ref().map_or(0, String::len));
        let extra = self.extra.iter().map(|(key, value)| key.len() + value.as_str().len());
        texts.into_iter().flatten().map(str::len).sum::<usize>()
            + payloads.into_iter().flatten().map(|payload| payload.as_str().len()).sum::<usize>()
            + info.sum::<usize>()
            + extra.sum::<usize>()
    }

    /// Returns whether this is a request for a handshake, from either side.
    pub fn is_handshake(&self) -> bool {
        self.action == Action::Request && self.key.as_deref() == Some(HANDSHAKE)
    }

    /// Returns the text of the error if JavaScript considers it true. No error,
    /// `null`, `false`, `0` and `""` are success. An error that is not a string is
    /// returned as JSON.
    pub fn failure(&self) -> Option<String> {
        let error = self.error.as_ref().filter(|error| error.is_truthy())?;
        Some(error.read().unwrap_or_else(|_| error.to_string()))
    }

    /// Returns the request with which a plugin asks the engine for a handshake.
    pub(super) fn ask_handshake() -> Self {
        Self { key: Some(HANDSHAKE.to_owned()), id: Some(-1), ..Self::new(Action::Request) }
    }

    /// Returns the handshake of an engine, which asks a plugin for its methods.
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

impl<R: Raw> TryFrom<Fields<R>> for Message {
    type Error = MessageError;

    fn try_from(mut fields: Fields<R>) -> Result<Self, MessageError> {
        let action = fields.take(Field::Action).ok_or(MessageError::NoAction)?;
        // Without escapes it is read where it lies.
        let borrowed = serde_json::from_str(action.text()).map(Cow::Borrowed);
        let action = borrowed.or_else(|_| serde_json::from_str(action.text()).map(Cow::Owned));
        let action: Cow<'_, str> = action.map_err(|_| MessageError::NoAction)?;
        let Some(action) = Action::parse(&action) else {
            return Err(MessageError::UnknownAction(action.chars().take(SHOWN).collect()));
        };
        Ok(Self {
            action,
            name: fields.take_as(Field::Name),
            key: fields.take_as(Field::Key),
            payload: fields.take_payload(Field::Payload),
            id: fields.take_as(Field::Id),
            request_info: fields.take_as(Field::RequestInfo),
            error: fields.take_payload(Field::Error),
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

/// The error of a package that is not a message. It does not end the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The package is not a JSON object.
    #[error("the package is not a JSON object: {0}")]
    Json(String),
    /// The object has no action, or one that is not a string.
    #[error("the message has no `action`, which must be a string")]
    NoAction,
    /// The action is unknown.
    #[error("the message has the unknown action {0:?}")]
    UnknownAction(String),
}

fn entry<M: SerializeMap, T: Serialize>(
    map: &mut M,
    field: Field,
    value: Option<&T>,
) -> Result<(), M::Error> {
    value.map_or(Ok(()), |value| map.serialize_entry(field.as_str(), value))
}
