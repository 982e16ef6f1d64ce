//! Bodies in the peer's format.

use super::Message;
use super::{Format, RawBody, misfit, read_json, write_json};
use crate::codec::CodecError;
use crate::handler::{Cx, FromCall, HandlerError, Reply, ReplyBody};

/// A message in the format of the peer: JSON for one that writes JSON, protobuf
/// for one that writes protobuf.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body<T>(pub T);

impl<T: Message> FromCall<'_, '_> for Body<T> {
    fn from_call(cx: &Cx<'_>, body: RawBody<'_>) -> Result<Self, HandlerError> {
        match cx.format {
            Format::Json => read_json(body).map(Body).map_err(|error| misfit::<T>(body, &error)),
            Format::Protobuf => {
                T::decode(body.bytes()).map(Body).map_err(HandlerError::bad_request)
            }
        }
    }
}

impl<T: Message> Reply for Body<T> {
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        match body.format() {
            Format::Json => body.write_json(&self.0),
            Format::Protobuf => {
                body.write_proto(&self.0);
                Ok(())
            }
        }
    }
}

/// Appends a message in some format.
pub(crate) fn write<T: Message>(
    message: &T,
    format: Format,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    match format {
        Format::Json => write_json(message, out),
        Format::Protobuf => {
            message.encode_raw(out);
            Ok(())
        }
    }
}
