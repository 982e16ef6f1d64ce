//! The errors of handshakes.

/// The error of a handshake that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The response is zlib or gzip, which pitaya uses for long ones.
    #[error(
        "the handshake is compressed, which is not supported: turn the server's compression off"
    )]
    Compressed,
    /// The handshake is not JSON.
    #[error("the handshake is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The response has no code from 0 to 65535.
    #[error("the handshake response has no `code` from 0 to 65535")]
    NoCode,
    /// The request has no `sys`, or one that is not an object.
    #[error("the handshake has no `sys` object")]
    NoSys,
}
