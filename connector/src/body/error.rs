//! The error of reading a body.

use std::fmt;

use super::Format;
use crate::handler::HandlerError;

/// The error of reading a body.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BodyError {
    /// The body does not fit the type, for this reason.
    Misfit(String),
    /// The body is an answer with the server's error.
    Server(HandlerError),
}

impl BodyError {
    /// Creates the error of a body that does not fit its type, with the reason.
    pub fn misfit(reason: impl fmt::Display) -> Self {
        Self::Misfit(reason.to_string())
    }

    /// Creates the error of a type that its format cannot express.
    pub(super) fn unreadable(format: Format) -> Self {
        Self::Misfit(format!("the format `{}` cannot express the type", format.name()))
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misfit(reason) => f.write_str(reason),
            Self::Server(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BodyError {}
