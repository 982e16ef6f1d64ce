//! Bodies in the peer's format.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{BodyError, BodyReader, BodyWriter, Format, FromBody, ToBody, from_json, misfit};
use crate::codec::CodecError;
use crate::handler::{Cx, FromCall, HandlerError};

/// A message in the format of the peer: JSON for one that writes JSON, protobuf
/// for one that writes protobuf, an application's own for one that agreed on that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body<T>(pub T);

/// A type that has two forms: protobuf by prost, and JSON or any other by serde.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message of both protobuf and JSON",
    note = "`connector_build::compile` generates such types from a `.proto` file; prost's derive together with serde's makes others",
    note = "`Json<T>` and `Proto<T>` carry types that have one form only"
)]
pub trait TwoForms: prost::Message + Default + Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: prost::Message + Default + Serialize + DeserializeOwned + 'static> TwoForms for T {}

impl<'a, T: TwoForms> FromCall<'a> for Body<T> {
    fn from_call(cx: &Cx<'a>, body: &[u8]) -> Result<Self, HandlerError> {
        let message = match *cx.body_format() {
            Format::Json => from_json(body).map_err(|error| misfit::<T>(body, &error))?,
            Format::Protobuf => T::decode(body).map_err(HandlerError::bad_request)?,
            Format::Custom(format) => format.read_value(body).map_err(HandlerError::bad_request)?,
            format => return Err(HandlerError::bad_request(BodyError::unreadable(format))),
        };
        Ok(Self(message))
    }
}

impl<T: TwoForms> ToBody for Body<T> {
    fn write(&self, body: &mut BodyWriter<'_>) -> Result<(), CodecError> {
        body.write_message(&self.0)
    }
}

impl<T: TwoForms> FromBody for Body<T> {
    fn read(body: &BodyReader<'_>) -> Result<Self, BodyError> {
        body.read_message().map(Self)
    }
}
