//! The error of binding a session to a user.

use std::sync::Arc;

/// The error of binding a session to a user.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The session is bound to another user.
    #[error("the session is bound to `{0}` already: unbind it first")]
    Bound(Arc<str>),
    /// The session is closed.
    #[error("the session is closed")]
    Closed,
    /// The user id is empty, or longer than
    /// [`Limits::uid`](crate::Limits::uid).
    #[error("the user id has {len} bytes, expected 1 to {limit}")]
    Length {
        /// The length of the user id in bytes.
        len: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The user has another session, and the server's
    /// [`SingleSession`](crate::server::SingleSession) refuses a second one.
    #[error("the user `{0}` has another session, and may have one only")]
    Taken(Arc<str>),
}
