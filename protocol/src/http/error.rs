//! Heads that cannot be read.

use super::{MAX_HEAD, MAX_HEADERS};

/// The head of an HTTP message cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeadError {
    /// Not HTTP/1.
    #[error("not a well-formed HTTP/1 head: {0}")]
    Malformed(httparse::Error),
    /// No end within [`MAX_HEAD`] bytes.
    #[error("the HTTP head is longer than {MAX_HEAD} bytes")]
    TooLong,
    /// More than [`MAX_HEADERS`] headers.
    #[error("the HTTP head has more than {MAX_HEADERS} headers")]
    TooManyHeaders,
}

impl From<httparse::Error> for HeadError {
    fn from(error: httparse::Error) -> Self {
        match error {
            httparse::Error::TooManyHeaders => Self::TooManyHeaders,
            other => Self::Malformed(other),
        }
    }
}
