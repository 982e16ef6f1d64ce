//! A body that cannot be read.

use std::fmt;

use super::Format;
use crate::handler::HandlerError;

/// A body that cannot be read as what was wanted.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum BodyError {
    /// It does not fit, for this reason.
    Misfit(String),
    /// It is the body of an answer, and tells of an error.
    Server(HandlerError),
}

impl BodyError {
    /// A body that does not fit, with the reason.
    pub fn misfit(reason: impl fmt::Display) -> Self {
        Self::Misfit(reason.to_string())
    }

    /// A body whose type has no form in its format.
    pub(super) fn unreadable(format: Format) -> Self {
        Self::Misfit(format!("the type has no form in the format `{}`", format.name()))
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
