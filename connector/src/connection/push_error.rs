//! The error of a push.

use crate::codec::CodecError;

/// The error of a push that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The session is closed.
    #[error("the session is closed")]
    Closed,
    /// The peer does not read. Its connection is closed for that, see
    /// [`Limits::queued`](crate::Limits::queued).
    #[error("{queued} bytes are queued for a peer that does not read, the limit is {limit}")]
    Full {
        /// The queued bytes.
        queued: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The message cannot be written.
    #[error("the message cannot be written: {0}")]
    Codec(#[from] CodecError),
}
