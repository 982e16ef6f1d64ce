//! The errors of HTTP heads and bodies.

use super::{MAX_HEAD, MAX_HEADERS};

/// The error of an HTTP head, or of a body in chunks, that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The head is not HTTP/1.
    #[error("not a well-formed HTTP/1 head: {0}")]
    Malformed(httparse::Error),
    /// The head does not end within [`MAX_HEAD`] bytes.
    #[error("the HTTP head is longer than {MAX_HEAD} bytes")]
    TooLong,
    /// The head has more than [`MAX_HEADERS`] headers.
    #[error("the HTTP head has more than {MAX_HEADERS} headers")]
    TooManyHeaders,
    /// A chunk of the body does not begin with its size, or does not end with its line end.
    #[error("a chunk of the HTTP body is not of the size that it tells")]
    ChunkSize,
}

impl From<httparse::Error> for HeadError {
    fn from(error: httparse::Error) -> Self {
        match error {
            httparse::Error::TooManyHeaders => Self::TooManyHeaders,
            other => Self::Malformed(other),
        }
    }
}
