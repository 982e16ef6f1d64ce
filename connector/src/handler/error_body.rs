//! An error as an answer's body, both ways, in the form of the dialect.

use std::collections::HashMap;

use connector_protocol::format::Format;
use connector_protocol::message::{Head, RequestId};
use connector_protocol::pomelo::handshake::{Agreement, Dialect};
use connector_protocol::{schema, text};
use prost::Message;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::HandlerError;
use crate::body::write_json;
use crate::codec::CodecError;

/// Codes that tell of success: pomelo's, and that of those who count errors
/// from 1.
const SUCCESS: [u64; 2] = [200, 0];

/// Pitaya's error, which has texts where ours has a number.
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
    /// What an answer with an error begins with.
    pub(crate) fn head(id: Option<RequestId>, agreement: &Agreement) -> Head<'static> {
        match agreement.dialect {
            Dialect::Pomelo => Head::Response(id),
            _ => Head::Error(id),
        }
    }

    /// Appends the body of such an answer.
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

    /// Reads the body of an answer whose flag says that it is an error; what
    /// cannot be read is one of which nothing is known.
    pub(crate) fn read(body: &[u8], agreement: &Agreement) -> Self {
        let read = match (agreement.dialect, agreement.format) {
            (_, Format::Custom(format)) => format.read_value(body).ok().and_then(Self::of_object),
            (Dialect::Native, Format::Protobuf) => {
                schema::connector::Error::decode(body).ok().map(Self::of_schema)
            }
            (_, Format::Protobuf) => PitayaError::decode(body).ok().map(Self::of_pitaya),
            _ => Self::of_json(body),
        };
        read.unwrap_or_else(Self::failed)
    }

    /// Reads a JSON body, if it tells of an error: one with a `code` that is
    /// none of success.
    pub(crate) fn of_json(body: &[u8]) -> Option<Self> {
        const KEY: &[u8] = br#""code""#;
        // Most answers have no such text, and are read once only.
        if !body.windows(KEY.len()).any(|bytes| bytes == KEY) {
            return None;
        }
        Self::of_object(serde_json::from_str(&text::decode(body)).ok()?)
    }

    /// Reads an object in the same way.
    pub(crate) fn of_object(mut object: Map<String, Value>) -> Option<Self> {
        let mut error = Self::failed();
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

    /// The metadata as texts; what is none becomes JSON.
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

/// The number in a code of pitaya's, such as `PIT-404`.
fn pitaya_code(code: &str) -> Option<u16> {
    code.rsplit(|char: char| !char.is_ascii_digit()).next()?.parse().ok()
}
