//! The errors of methods and calls.

use std::fmt;

use connector_protocol::json::JsonError;
use connector_protocol::remix::{ArgumentsError, RemixError};

/// The error of a method: a text, since the protocol carries nothing else.
///
/// `?` converts every error to it, and [`PluginError::new`] a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginError(String);

impl PluginError {
    /// Creates an error with a text that is sent to the caller.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn into_text(self) -> String {
        self.0
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

// `PluginError` is not an `Error` itself, so that this does not overlap with `From<T> for T`.
impl<E: std::error::Error> From<E> for PluginError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// The error of a call that this side made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The call was not sent, not answered, or answered with an error.
    #[error(transparent)]
    Failed(#[from] RemixError),
    /// The arguments cannot be sent.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// The result is not of the expected type.
    #[error("the result is not of the expected type: {0}")]
    Result(JsonError),
}

impl CallError {
    /// Returns whether the method ran longer than the queue's timeout. A plugin knows it by
    /// the engine's text about its own call, and not about one that the called plugin made.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Failed(RemixError::Timeout { .. }))
    }

    /// Returns whether the call was cancelled. A plugin knows it as it knows a timeout.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Failed(RemixError::Canceled { .. }))
    }
}
