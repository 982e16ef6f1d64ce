//! The errors of handshakes.

use crate::json::JsonError;
#[cfg(feature = "zlib")]
use crate::zlib::InflateError;

/// The error of a handshake that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The handshake is zlib or gzip, and not a response to a client with the feature `zlib`.
    #[error(
        "the handshake is compressed, which only clients with the feature `zlib` read: turn it \
         on, or the sender's compression off"
    )]
    Compressed,
    /// The handshake is compressed, and cannot be inflated.
    #[cfg(feature = "zlib")]
    #[error("the handshake cannot be inflated: {0}")]
    Inflate(#[from] InflateError),
    /// The handshake is not JSON, or is nested too deeply.
    #[error("the handshake cannot be read as JSON: {0}")]
    Json(#[from] JsonError),
    /// The response has no code from 0 to 65535.
    #[error("the handshake response has no `code` from 0 to 65535")]
    NoCode,
    /// The request has no `sys`, or one that is not an object.
    #[error("the handshake has no `sys` object")]
    NoSys,
}
