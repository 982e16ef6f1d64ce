//! The bodies that are sent.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Format, Json, Proto, Raw, write_json};
use crate::codec::CodecError;

/// A body that can be sent: of an answer, a push, a request or a notify.
///
/// | type | format |
/// |---|---|
/// | `Json<T>` | JSON, written by serde |
/// | `Proto<T>` | protobuf, written by prost |
/// | `Body<T>` | the peer's |
/// | a message of a `.proto` file | the peer's |
/// | `Raw` | its bytes, as they are |
/// | `serde_json::Value` | JSON |
/// | `()` | the peer's; in JSON it is `{}`, as pomelo answers |
///
/// A reference to a body is a body.
///
/// ```
/// use connector::codec::CodecError;
/// use connector::{BodyWriter, ToBody};
///
/// /// A body that is a line of text, whatever the peer's format is.
/// struct Line(String);
///
/// impl ToBody for Line {
///     fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
///         body.write(self.0.as_bytes());
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `ToBody`",
    label = "not a body that can be sent",
    note = "a serde value is sent as `Json(..)`, bytes as `Raw(..)`, a prost message as `Proto(..)`",
    note = "`Body(..)` follows the peer's format and carries types of both serde and prost; messages of a `.proto` file are bodies by themselves"
)]
pub trait ToBody {
    /// Appends the body.
    ///
    /// # Errors
    /// Returns [`CodecError`] for a value that the format cannot express. The appended bytes
    /// are removed then.
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError>;
}

/// The output of a body, and its format.
#[derive(Debug)]
pub struct BodyWriter<'a> {
    format: &'a Format,
    out: &'a mut Vec<u8>,
}

impl<'a> BodyWriter<'a> {
    /// Creates a writer that appends to `out`, for a peer that reads `format`.
    #[inline]
    pub fn new(format: &'a Format, out: &'a mut Vec<u8>) -> Self {
        Self { format, out }
    }

    /// Returns the format that the peer reads.
    pub fn format(&self) -> Format {
        *self.format
    }

    /// Appends bytes as they are.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Appends JSON.
    ///
    /// # Errors
    /// Returns [`CodecError`] for a value that JSON cannot express.
    #[inline]
    pub fn write_json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        write_json(value, self.out)
    }

    /// Appends protobuf.
    #[inline]
    pub fn write_proto<T: prost::Message>(&mut self, message: &T) {
        message.encode_raw(self.out);
    }

    /// Appends a message in the peer's format.
    ///
    /// # Errors
    /// Returns [`CodecError`] for a value that the format cannot express.
    pub fn write_message<T>(&mut self, message: &T) -> Result<(), CodecError>
    where
        T: prost::Message + Serialize,
    {
        match self.format {
            Format::Protobuf => {
                self.write_proto(message);
                Ok(())
            }
            _ => self.serialize(message),
        }
    }

    /// Appends a value in the peer's format.
    ///
    /// # Errors
    /// Returns [`CodecError`] for a value that the format cannot express, and for any value
    /// in protobuf, which has messages only: see [`BodyWriter::write_message`].
    pub fn serialize<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CodecError> {
        match *self.format {
            Format::Json => self.write_json(value),
            Format::Custom(format) => Ok(format.write_value(value, self.out)?),
            format => Err(CodecError::unwritable(format)),
        }
    }
}

const _: () = assert!(size_of::<BodyWriter<'_>>() == 2 * size_of::<usize>());

#[diagnostic::do_not_recommend]
impl<T: ToBody + ?Sized> ToBody for &T {
    #[inline]
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        (**self).write(body)
    }
}

impl<T: Serialize> ToBody for Json<T> {
    #[inline]
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        body.write_json(&self.0)
    }
}

impl<T: prost::Message> ToBody for Proto<T> {
    #[inline]
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        body.write_proto(&self.0);
        Ok(())
    }
}

impl ToBody for Raw {
    #[inline]
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        body.write(&self.0);
        Ok(())
    }
}

impl ToBody for Value {
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        body.write_json(self)
    }
}

impl ToBody for () {
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        match body.format {
            Format::Protobuf => Ok(()),
            Format::Json => {
                body.write(b"{}");
                Ok(())
            }
            _ => body.serialize(&BTreeMap::<&str, ()>::new()),
        }
    }
}
