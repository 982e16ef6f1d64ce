//! What a method may return.

use serde::Serialize;
use serde_json::Value;

use super::{HandlerError, RouteError};
use crate::MaybeSend;
use crate::body::{self, Format, Json, Proto, Raw};

/// A type that a method of a handler may return. It is written straight into
/// the connection's out buffer.
#[diagnostic::on_unimplemented(
    message = "a method of a handler cannot return `{Self}`",
    note = "it can return `()`, `Json<T>`, `Proto<T>`, `Body<T>`, `Raw`, and a `Result` of these whose error is or becomes a `HandlerError`",
    note = "for `Json<T>`, `T` implements `serde::Serialize`; for `Proto<T>` it is a `prost::Message`; for `Body<T>` both"
)]
pub trait Reply: MaybeSend {
    /// Writes the answer's body.
    ///
    /// # Errors
    /// What is answered instead; whatever was written is taken back.
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError>;
}

/// Where an answer's body goes.
#[derive(Debug)]
pub struct ReplyBody<'a> {
    format: Format,
    out: &'a mut Vec<u8>,
}

impl<'a> ReplyBody<'a> {
    pub(crate) fn new(format: Format, out: &'a mut Vec<u8>) -> Self {
        Self { format, out }
    }

    /// How the peer writes bodies.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Appends bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends JSON.
    ///
    /// # Errors
    /// A value that JSON cannot express.
    pub fn write_json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), HandlerError> {
        body::write_json(value, self.out)
            .map_err(|error| HandlerError::new(HandlerError::FAILED, error.to_string()))
    }

    /// Appends protobuf.
    pub fn write_proto<T: prost::Message>(&mut self, value: &T) {
        value.encode_raw(self.out);
    }
}

impl Reply for () {
    /// Pomelo's answer of a handler that has nothing to say.
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        if body.format() == Format::Json {
            body.write(b"{}");
        }
        Ok(())
    }
}

impl<T: Serialize + MaybeSend> Reply for Json<T> {
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        body.write_json(&self.0)
    }
}

impl<T: prost::Message> Reply for Proto<T> {
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        body.write_proto(&self.0);
        Ok(())
    }
}

impl Reply for Raw {
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        body.write(&self.0);
        Ok(())
    }
}

impl Reply for Value {
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        body.write_json(&self)
    }
}

impl Reply for HandlerError {
    fn reply(self, _: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        Err(self)
    }
}

impl<T: Reply, E: RouteError> Reply for Result<T, E> {
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        self.map_err(E::into_answer)?.reply(body)
    }
}
