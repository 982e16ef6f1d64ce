//! How calls fail.

use std::fmt;

use connector_protocol::remix::{ArgumentsError, RemixError};

/// Why a method failed: a text, which is all that the wire has room for.
///
/// `?` makes one of every error; [`PluginError::new`] makes one of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginError(String);

impl PluginError {
    /// A failure that the caller gets to read.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
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

// It is no `Error` itself, so that every error can become one.
impl<E: std::error::Error> From<E> for PluginError {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Why a call of one's own has no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// It was not sent, or not answered, or answered with an error: the text is
    /// the other side's.
    #[error(transparent)]
    Failed(#[from] RemixError),
    /// What it was to be called with cannot be sent.
    #[error(transparent)]
    Arguments(#[from] ArgumentsError),
    /// It returned something else than was expected.
    #[error("unexpected result: {0}")]
    Result(serde_json::Error),
}

impl CallError {
    /// Whether the method took longer than the queue's timeout; only an
    /// engine's own calls tell.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Self::Failed(RemixError::Timeout { .. }))
    }

    /// Whether the call was cancelled; only an engine's own calls tell.
    pub fn is_canceled(&self) -> bool {
        matches!(self, Self::Failed(RemixError::Canceled { .. }))
    }
}
