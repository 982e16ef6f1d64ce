//! The outcomes of calls.

use super::{Message, Payload, RemixError};

/// The result of a call. `None` is the result of a method that returned nothing.
pub type Outcome = Result<Option<Payload>, RemixError>;

/// The answer to a call that this side made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<Id> {
    /// The call that is answered.
    pub id: Id,
    /// The result, or the reason of the failure.
    pub outcome: Outcome,
}

/// Returns the outcome that a response carries.
pub(super) fn outcome(response: Message) -> Outcome {
    match response.failure() {
        Some(text) => Err(RemixError::Remote(text)),
        None => Ok(response.payload),
    }
}

/// Writes a result into a response. An error always gets a text, since receivers
/// take an empty one for success.
pub(super) fn fill(response: &mut Message, result: Result<Option<Payload>, String>) {
    (response.payload, response.error) = match result {
        Ok(payload) => (payload, None),
        Err(text) if text.is_empty() => (None, Some(Payload::text("unknown error"))),
        Err(text) => (None, Some(Payload::text(&text))),
    };
}
