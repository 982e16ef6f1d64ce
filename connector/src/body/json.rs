//! JSON bodies.

use connector_protocol::json::{self, Depth};
use serde::{Deserialize, Serialize};

use super::{RawBody, odd_json};
use crate::codec::CodecError;
use crate::handler::{Cx, HandlerError};

/// Reads the JSON body of a call.
///
/// # Errors
/// Returns the answer to a body that is not JSON, is nested too deeply or is not a `T`.
pub(crate) fn read_json<'b, T: Deserialize<'b>>(
    cx: &Cx<'_>,
    body: RawBody<'b>,
) -> Result<T, HandlerError> {
    // One check of the whole text is cheaper than one of each string in it.
    let limits = &cx.session.0.limits;
    if limits.nesting >= json::SHALLOW
        // Each value takes two bytes at least.
        && body.bytes().len() / 2 < limits.values
        && let Some(text) = body.utf8()
        && let Ok(value) = json::parse(text, Depth::Shallow)
    {
        return Ok(value);
    }
    odd_json::read(cx.session, body)
}

/// Reads a JSON body that may be empty: no bytes, `null`, or pomelo's `{}` if that is not
/// a `T`.
///
/// # Errors
/// See [`read_json`].
pub(crate) fn read_optional_json<'b, T: Deserialize<'b>>(
    cx: &Cx<'_>,
    body: RawBody<'b>,
) -> Result<Option<T>, HandlerError> {
    match body.bytes().trim_ascii() {
        b"" | b"null" => Ok(None),
        b"{}" => Ok(read_json(cx, body).ok()),
        _ => read_json(cx, body).map(Some),
    }
}

/// Appends a JSON body.
///
/// # Errors
/// Returns [`CodecError`] for a value that JSON cannot express, such as a map with keys that
/// are not text.
pub(crate) fn write_json<T: Serialize + ?Sized>(
    value: &T,
    out: &mut Vec<u8>,
) -> Result<(), CodecError> {
    Ok(serde_json::to_writer(out, value)?)
}
