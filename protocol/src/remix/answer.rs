//! How calls end.

use super::{Message, Payload, RemixError};

/// A call's result; `None` where the method returned nothing.
pub type Outcome = Result<Option<Payload>, RemixError>;

/// A call of one's own has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer<Id> {
    /// Which call.
    pub id: Id,
    /// How it ended.
    pub outcome: Outcome,
}

/// What a response says.
pub(super) fn outcome(response: Message) -> Outcome {
    match response.failure() {
        Some(text) => Err(RemixError::Remote(text)),
        None => Ok(response.payload),
    }
}

/// Puts a result into a response. An error always has a text: receivers take an
/// empty one for success.
pub(super) fn fill(response: &mut Message, result: Result<Option<Payload>, String>) {
    (response.payload, response.error) = match result {
        Ok(payload) => (payload, None),
        Err(text) if text.is_empty() => (None, Some(Payload::text("unknown error"))),
        Err(text) => (None, Some(Payload::text(&text))),
    };
}
