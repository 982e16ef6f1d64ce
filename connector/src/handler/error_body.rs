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

/// The beginning of pitaya's own codes.
const PREFIX: &str = "PIT-";
/// The key in the metadata of an error for a code that is a text of the application's.
const CODE: &str = "code";

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
        let code = u16::try_from(error.code).unwrap_or(Self::FAILED);
        Self { metadata: values(error.metadata), ..Self::new(code, error.message) }
    }

    fn of_pitaya(error: PitayaError) -> Self {
        let mut metadata = values(error.metadata);
        let code = pitaya_code(&error.code).unwrap_or_else(|| {
            // A code of the application's own.
            metadata.insert(CODE.to_owned(), error.code.into());
            Self::FAILED
        });
        Self { metadata, ..Self::new(code, error.msg) }
    }

    fn to_schema(&self) -> schema::connector::Error {
        schema::connector::Error {
            code: self.code.into(),
            message: self.message.clone().into_owned(),
            metadata: self.texts(),
        }
    }

    fn to_pitaya(&self) -> PitayaError {
        let mut metadata = self.texts();
        let own = self.metadata.get(CODE).is_some_and(Value::is_string);
        let own = own.then(|| metadata.remove(CODE)).flatten();
        PitayaError {
            code: own.unwrap_or_else(|| format!("{PREFIX}{:03}", self.code)),
            msg: self.message.clone().into_owned(),
            metadata,
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

/// Returns the number in a code of pitaya's own, such as `PIT-404`. `PIT-000` has none, since
/// it stands for errors without a code.
fn pitaya_code(code: &str) -> Option<u16> {
    let number = code.strip_prefix(PREFIX)?.parse().ok()?;
    (number > 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_pitayas_applications_are_texts() {
        for (code, expected, kept) in [
            ("PIT-404", 404, None),
            ("PIT-000", 500, Some("PIT-000")),
            ("ROOM-FULL", 500, Some("ROOM-FULL")),
            ("GAME-404", 500, Some("GAME-404")),
            ("PIT-70000", 500, Some("PIT-70000")),
        ] {
            let pitaya = PitayaError {
                code: code.to_owned(),
                msg: "no room".to_owned(),
                metadata: HashMap::from([("room".to_owned(), "7".to_owned())]),
            };
            let error = HandlerError::of_pitaya(pitaya.clone());
            assert_eq!((error.code, &*error.message), (expected, "no room"), "{code}");
            assert_eq!(error.metadata.get("code").and_then(Value::as_str), kept, "{code}");
            assert_eq!(error.metadata["room"], "7");
            // An application answers with a code of its own the same way.
            assert_eq!(error.to_pitaya(), pitaya);
        }
        let number = HandlerError::new(409, "taken").with("code", 7);
        assert_eq!(number.to_pitaya().code, "PIT-409");
        assert_eq!(number.to_pitaya().metadata["code"], "7");
    }
}
