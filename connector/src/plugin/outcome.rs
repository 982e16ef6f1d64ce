//! The outcome of a call that this side made.

use connector_protocol::json;
use connector_protocol::remix::{Outcome, Payload};
use serde::de::DeserializeOwned;

use super::CallError;

/// Reads a result. A method that returned nothing returned `null`.
pub(super) fn read<T: DeserializeOwned>(outcome: Outcome) -> Result<T, CallError> {
    let payload = outcome?;
    let text = payload.as_ref().map_or("null", Payload::as_str);
    json::read(text, json::NESTING).map_err(CallError::Result)
}
