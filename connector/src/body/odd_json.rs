//! JSON bodies that serde_json refuses at first.

use std::borrow::Cow;

use connector_protocol::Limit;
use connector_protocol::json::{self, Depth, TooDeep};
use serde::Deserialize;
use serde_json::Error;

use super::{RawBody, misfit};
use crate::handler::HandlerError;
use crate::session::Session;

/// Reads a text as the type of a body, and keeps the value. Behind it are no types, so that
/// what follows is compiled once.
pub(super) type Read<'a, 'b> = &'a mut dyn FnMut(&'b str, Depth) -> Result<(), Error>;

/// Reads a body that may be no JSON, no UTF-8, long, nested deeply, or not fit, see
/// [`json`].
///
/// As in pomelo, an empty body counts as `{}`, and so does one that is not JSON where any
/// JSON would do. A type with a shape of its own is never made of such a body.
///
/// # Errors
/// Returns the answer with the reason and, in JSON, the place.
#[cold]
pub(super) fn read<'b, T: Deserialize<'b>>(
    session: &Session,
    body: RawBody<'b>,
) -> Result<T, HandlerError> {
    let mut value = None;
    again(session, body, &mut |text, depth| {
        value = Some(json::parse(text, depth)?);
        Ok(())
    })?;
    // It was read, or there was an error.
    value.ok_or_else(HandlerError::failed)
}

/// Reads a body, and mends it if need be. The value that was kept last counts.
fn again<'b>(session: &Session, body: RawBody<'b>, read: Read<'_, 'b>) -> Result<(), HandlerError> {
    let limit = session.0.limits.nesting;
    let too_deep = |error: TooDeep| {
        session.report_limit(Limit::Nesting);
        HandlerError::bad_request(error)
    };
    let text = body.text();
    let values = session.0.limits.values;
    if text.len() / 2 >= values {
        json::check_values(text, values).map_err(|error| {
            session.report_limit(Limit::Values);
            HandlerError::bad_request(error)
        })?;
    }
    if limit < json::SHALLOW {
        json::check_nesting(text, limit).map_err(too_deep)?;
    }
    let Err(error) = read(text, Depth::Shallow) else { return Ok(()) };
    let mended = match json::mend(text, limit) {
        // What is too deep may be passed over.
        Err(_) if error.is_data() => None,
        mended => mended.map_err(too_deep)?,
    };
    let Some(mended) = mended else {
        if counts_as_empty(text, read) && read("{}", Depth::Shallow).is_ok() {
            return Ok(());
        }
        return Err(misfit(body, text, &error, read));
    };
    let text = match mended {
        Cow::Borrowed(text) => text,
        Cow::Owned(text) => body.keep(text),
    };
    read(text, Depth::Any).map_err(|error| misfit(body, text, &error, read))
}

fn counts_as_empty(text: &str, read: Read<'_, '_>) -> bool {
    text.trim_ascii().is_empty() || (!json::is_json(text) && is_untyped(read))
}

/// Returns whether a type is read from any JSON, as `serde_json::Value` is.
fn is_untyped(read: Read<'_, '_>) -> bool {
    let kinds = ["null", "true", "-1", "0.5", r#""-""#, "[0]", r#"{"-":[]}"#];
    kinds.iter().all(|text| read(text, Depth::Shallow).is_ok())
}
