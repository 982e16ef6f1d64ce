//! Bodies: what a message carries, in one of several formats.

use bytes::Bytes;
use connector_protocol::text;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::CodecError;

/// How a peer writes bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// JSON text.
    #[default]
    Json,
    /// Google's protobuf.
    Protobuf,
}

/// A body in JSON, whatever the peer's format is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A body in protobuf, whatever the peer's format is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proto<T>(pub T);

/// A body as the bytes that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Raw(pub Bytes);

/// Reads a JSON body as pomelo does: bytes that are no JSON count as `{}`.
///
/// # Errors
/// What does not fit `T`, with the field's name.
pub(crate) fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    serde_json::from_str(&text::decode(body)).or_else(|error: serde_json::Error| {
        if error.is_data() { Err(error) } else { serde_json::from_str("{}").map_err(|_| error) }
    })
}

/// Appends a JSON body.
///
/// # Errors
/// A value that JSON cannot express, such as a map with keys that are no text.
pub(crate) fn write_json<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    Ok(serde_json::to_writer(out, value)?)
}
