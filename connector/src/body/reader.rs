//! The bodies that a client reads.

use bytes::Bytes;
use connector_protocol::pomelo::handshake::Dialect;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{BodyError, Format, Json, Proto, Raw, answer};
use crate::handler::HandlerError;

/// A body that a client reads: of an answer, or of a push.
///
/// | type | format |
/// |---|---|
/// | `Json<T>` | JSON, read by serde |
/// | `Proto<T>` | protobuf, read by prost |
/// | `Body<T>` | the connection's |
/// | a message of a `.proto` file | the connection's |
/// | `Raw` | its bytes, as they are |
/// | `serde_json::Value` | JSON |
/// | `()` | the connection's; an empty body |
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `FromBody`",
    label = "not a body that can be read",
    note = "a serde value is read as `Json<{Self}>`, bytes as `Raw`, a prost message as `Proto<{Self}>`",
    note = "`Body<{Self}>` follows the connection's format and carries types of both serde and prost; messages of a `.proto` file are bodies by themselves"
)]
pub trait FromBody: Sized {
    /// Reads the body.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the body does not fit, or is an answer with an error.
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError>;
}

/// A received body and its format.
///
/// Pomelo's servers send errors like other answers, with a `code` in the body. In an
/// answer, a code other than success is [`BodyError::Server`] for any type that does not
/// read `code`.
#[derive(Clone, Copy, Debug)]
pub struct BodyReader<'a> {
    format: &'a Format,
    body: &'a Bytes,
    /// The dialect of an answer's errors. `None` for a push.
    answer: Option<Dialect>,
}

impl<'a> BodyReader<'a> {
    /// Creates a reader for the body of a push.
    pub fn new(format: &'a Format, body: &'a Bytes) -> Self {
        Self { format, body, answer: None }
    }

    /// Creates a reader for the body of an answer.
    pub(crate) fn of_answer(format: &'a Format, body: &'a Bytes, dialect: Dialect) -> Self {
        Self { format, body, answer: Some(dialect) }
    }

    /// Returns the format that the peer writes.
    pub fn format(&self) -> Format {
        *self.format
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &'a Bytes {
        self.body
    }

    /// Reads JSON. Pomelo's empty body `{}` is also read as `()` and `None`.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the body does not fit, or is an answer with an error.
    pub fn read_json<T: DeserializeOwned>(&self) -> Result<T, BodyError> {
        match self.answer {
            Some(_) => answer::read_json(self.body),
            None => answer::read_plain_json(self.body),
        }
    }

    /// Reads protobuf.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the body does not fit, or is an answer with an error.
    pub fn read_proto<T: prost::Message + Default>(&self) -> Result<T, BodyError> {
        // In dialects without an error flag, errors are JSON here too. A message cannot begin
        // with `{`, which would start a group, and proto3 has none.
        if self.answer.is_some()
            && self.body.starts_with(b"{")
            && let Some(error) = HandlerError::of_json(self.body)
        {
            return Err(BodyError::Server(error));
        }
        T::decode(&**self.body).map_err(BodyError::misfit)
    }

    /// Reads a message in the peer's format.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the body does not fit, or is an answer with an error.
    pub fn read_message<T>(&self) -> Result<T, BodyError>
    where
        T: prost::Message + Default + DeserializeOwned,
    {
        match self.format {
            Format::Protobuf => self.read_proto(),
            _ => self.deserialize(),
        }
    }

    /// Reads a value in the peer's format.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the body does not fit, is an answer with an error, or is
    /// protobuf, which has messages only: see [`BodyReader::read_message`].
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, BodyError> {
        match (*self.format, self.answer) {
            (Format::Json, _) => self.read_json(),
            // The other dialects have a flag for errors.
            (Format::Custom(format), Some(Dialect::Pomelo)) => {
                answer::read_custom(format, self.body)
            }
            (Format::Custom(format), _) => format.read_value(self.body).map_err(BodyError::misfit),
            (format, _) => Err(BodyError::unreadable(format)),
        }
    }
}

impl<T: DeserializeOwned> FromBody for Json<T> {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        body.read_json().map(Self)
    }
}

impl<T: prost::Message + Default> FromBody for Proto<T> {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        body.read_proto().map(Self)
    }
}

impl FromBody for Raw {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        Ok(Self(body.bytes().clone()))
    }
}

impl FromBody for Value {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        body.read_json()
    }
}

/// An object whose fields are ignored.
#[derive(Clone, PartialEq, prost::Message, Deserialize)]
struct Empty {}

impl FromBody for () {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        match body.format {
            Format::Protobuf => body.read_proto::<Empty>().map(drop),
            _ if body.body.is_empty() => Ok(()),
            _ => body.deserialize::<Option<Empty>>().map(drop),
        }
    }
}
