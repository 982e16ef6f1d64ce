//! What can be wrong with a handshake.

/// A handshake that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// A response that is zlib or gzip, as pitaya sends once it is long enough.
    #[error("the handshake is compressed")]
    Compressed,
    /// Not JSON.
    #[error("the handshake is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A response without a code from 0 to 65535.
    #[error("the handshake response has no code")]
    NoCode,
    /// A request whose `sys` is missing or not an object.
    #[error("the handshake has no `sys` object")]
    NoSys,
}
