//! The body of an answer with an error: written and read in the form of the dialect.

use std::collections::HashMap;

use connector_protocol::format::Format;
use connector_protocol::message::{Head, RequestId};
use connector_protocol::pomelo::handshake::{Agreement, Dialect};
use connector_protocol::{json, schema};
use prost::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::HandlerError;
use crate::body::write_json;
use crate::codec::CodecError;

/// Codes of success. 200 is pomelo's; 0 is that of applications that number errors from 1.
const SUCCESS: [u64; 2] = [200, 0];

/// Pitaya's error, whose code is a text such as `PIT-404`.
#[derive(Clone, PartialEq, Message, Serialize, Deserialize)]
struct PitayaError {
    #[prost(string, tag = "1")]
    #[serde(default)]
    code: String,
    #[prost(string, tag = "2")]
    #[serde(default)]
    msg: String,
    #[prost(map = "string, string", tag = "3")]
    #[serde(default, skip_serializing_if = "HashMap::is_empty")]
    metadata: HashMap<String, String>,
}

impl HandlerError {
    /// Returns the head of an answer with an error.
    pub(crate) fn head(id: Option<RequestId>, agreement: &Agreement) -> Head<'static> {
        match agreement.dialect {
            Dialect::Pomelo => Head::Response(id),
            _ => Head::Error(id),
        }
    }

    /// Appends the body of an answer with an error.
    pub(crate) fn write(&self, agreement: &Agreement, out: &mut Vec<u8>) -> Result<(), CodecError> {
        match (agreement.dialect, agreement.format) {
            (_, Format::Custom(format)) => format.write_value(self, out)?,
            (Dialect::Pitaya, Format::Protobuf) => out.extend(self.to_pitaya().encode_to_vec()),
            (Dialect::Pitaya, _) => write_json(&self.to_pitaya(), out)?,
            (Dialect::Native, Format::Protobuf) => out.extend(self.to_schema().encode_to_vec()),
            _ => write_json(self, out)?,
        }
        Ok(())
    }

    /// Reads the body of an answer that is flagged as an error. If it cannot be read, the
    /// error is [`HandlerError::failed`].
    pub(crate) fn read(body: &[u8], agreement: &Agreement) -> Self {
        let read = match (agreement.dialect, agreement.format) {
            (_, Format::Custom(format)) => format.read_value(body).ok().and_then(Self::of_object),
            (Dialect::Native, Format::Protobuf) => {
                schema::connector::Error::decode(body).ok().map(Self::of_schema)
            }
            (_, Format::Protobuf) => PitayaError::decode(body).ok().map(Self::of_pitaya),
            (Dialect::Pitaya, _) => match json::read_bytes(body, json::NESTING) {
                Ok(error) => Some(Self::of_pitaya(error)),
                Err(_) => Self::of_json(body),
            },
            _ => Self::of_json(body),
        };
        read.unwrap_or_else(Self::failed)
    }

    /// Reads a JSON body as an error, if it has a `code` that is not one of success.
    pub(crate) fn of_json(body: &[u8]) -> Option<Self> {
        const KEY: &[u8] = br#""code""#;
        // Most answers lack this text, so they are parsed only once.
        if !body.windows(KEY.len()).any(|bytes| bytes == KEY) {
            return None;
        }
        Self::of_object(json::read_bytes(body, json::NESTING).ok()?)
    }

    /// Reads an object as an error, if it has a `code` that is not one of success.
    pub(crate) fn of_object(mut object: Map<String, Value>) -> Option<Self> {
        let mut error = Self::failed();
        match object.get("code")? {
            Value::Number(code) if code.as_u64().is_some_and(|code| SUCCESS.contains(&code)) => {
                return None;
            }
            Value::Number(code) => {
                // A number that does not fit into a code stays in the metadata.
                if let Some(code) = code.as_u64().and_then(|code| u16::try_from(code).ok()) {
                    error.code = code;
                    object.remove("code");
                }
            }
            Value::String(code) if object.get("msg").is_some_and(Value::is_string) => {
                error.code = pitaya_code(code).unwrap_or(error.code);
            }
            _ => return None,
        }
        let text = |key: &&str| object.get(*key).is_some_and(Value::is_string);
        let key = ["msg", "message"].into_iter().find(text);
        if let Some(Value::String(message)) = key.and_then(|key| object.remove(key)) {
            error.message = message.into();
        }
        error.metadata = object;
        Some(error)
    }

    fn of_schema(error: schema::connector::Error) -> Self {
        Self {
            code: u16::try_from(error.code).unwrap_or(Self::FAILED),
            message: error.message.into(),
            metadata: values(error.metadata),
        }
    }

    fn of_pitaya(error: PitayaError) -> Self {
        Self {
            code: pitaya_code(&error.code).unwrap_or(Self::FAILED),
            message: error.msg.into(),
            metadata: values(error.metadata),
        }
    }

    fn to_schema(&self) -> schema::connector::Error {
        schema::connector::Error {
            code: self.code.into(),
            message: self.message.clone().into_owned(),
            metadata: self.texts(),
        }
    }

    fn to_pitaya(&self) -> PitayaError {
        PitayaError {
            code: format!("PIT-{:03}", self.code),
            msg: self.message.clone().into_owned(),
            metadata: self.texts(),
        }
    }

    /// Returns the metadata as texts. Values that are not texts become JSON.
    fn texts(&self) -> HashMap<String, String> {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        self.metadata.iter().map(|(key, value)| (key.clone(), text(value))).collect()
    }
}

fn values(texts: HashMap<String, String>) -> Map<String, Value> {
    texts.into_iter().map(|(key, text)| (key, text.into())).collect()
}

/// Returns the number in a code of pitaya, such as `PIT-404`.
fn pitaya_code(code: &str) -> Option<u16> {
    code.rsplit(|char: char| !char.is_ascii_digit()).next()?.parse().ok()
}
