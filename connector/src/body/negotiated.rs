//! Bodies in the peer's format.

use connector_protocol::Limit;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{
    BodyError, BodyReader, BodyWriter, Format, FromBody, RawBody, ToBody, read_json, read_proto,
};
use crate::codec::CodecError;
use crate::handler::{Cx, FromCall, HandlerError};

/// A body in the format that the handshake agreed on: JSON, protobuf, or an application's
/// own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Body<T>(pub T);

/// A type with both forms: protobuf by prost, and JSON or another format by serde.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a message of both protobuf and JSON",
    note = "`connector_build::compile` generates such types from a `.proto` file; prost's derive together with serde's makes others",
    note = "`Json<T>` and `Proto<T>` carry types that have one form only"
)]
pub trait TwoForms: prost::Message + Default + Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: prost::Message + Default + Serialize + DeserializeOwned + 'static> TwoForms for T {}

impl<T: TwoForms> FromCall<'_, '_> for Body<T> {
    fn from_call(cx: &Cx<'_>, body: RawBody<'_>) -> Result<Self, HandlerError> {
        let bytes = body.bytes();
        let message = match *cx.body_format() {
            Format::Json => read_json(cx, body)?,
            Format::Protobuf => read_proto(cx, body)?,
            Format::Custom(format) => {
                check_values(cx, format.values(bytes))?;
                format.read_value(bytes).map_err(HandlerError::bad_request)?
            }
            format => return Err(HandlerError::bad_request(BodyError::unreadable(format))),
        };
        Ok(Self(message))
    }
}

/// Returns the answer to a body with more values than the limit.
fn check_values(cx: &Cx<'_>, values: usize) -> Result<(), HandlerError> {
    let limit = cx.session.0.limits.values;
    if values <= limit {
        return Ok(());
    }
    cx.session.report_limit(Limit::Values);
    Err(HandlerError::bad_request(format_args!(
        "the limit `values` allows {limit} values in a body"
    )))
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
