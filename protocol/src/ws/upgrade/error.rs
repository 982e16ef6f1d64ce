//! What can be wrong with an upgrade, seen from either end.

use crate::http::HeadError;

/// Why a server refuses a request; [`refusal`](super::refusal) is the answer to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UpgradeError {
    /// The request cannot be read at all.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// Only a GET can be upgraded.
    #[error("a WebSocket upgrade must be a GET request")]
    Method,
    /// HTTP/1.0 knows no upgrade.
    #[error("a WebSocket upgrade needs HTTP/1.1")]
    HttpVersion,
    /// HTTP/1.1 demands a host.
    #[error("the Host header is missing")]
    MissingHost,
    /// There are `Sec-WebSocket` headers but no `Upgrade`: mostly the work of a proxy.
    #[error("the header 'Upgrade: websocket' is missing (a proxy may have removed it)")]
    MissingUpgrade,
    /// `Connection` does not name the upgrade.
    #[error("the header 'Connection: Upgrade' is missing (a proxy may have removed it)")]
    MissingConnection,
    /// Not the version of RFC 6455, 13.
    #[error("Sec-WebSocket-Version must be 13")]
    UnsupportedVersion,
    /// No `Sec-WebSocket-Key`.
    #[error("the Sec-WebSocket-Key header is missing")]
    MissingKey,
    /// The key is not 16 bytes in base64, or there are several.
    #[error("Sec-WebSocket-Key must be 16 bytes in base64, given once")]
    InvalidKey,
}

impl UpgradeError {
    /// The HTTP status of the refusal.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Head(HeadError::TooLong | HeadError::TooManyHeaders) => 431,
            Self::Method => 405,
            Self::UnsupportedVersion => 426,
            _ => 400,
        }
    }
}

/// Why a client cannot open the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The host or the path holds characters that would break the request apart, or the path
    /// does not start with a slash.
    #[error("the host or the path cannot be written in an HTTP request")]
    InvalidTarget,
    /// A header of the caller holds characters that would break the request apart.
    #[error("a header name or value cannot be written in an HTTP request")]
    InvalidHeader,
    /// A header of the caller belongs to the handshake itself.
    #[error("a header is given that the WebSocket handshake writes by itself")]
    ReservedHeader,
    /// The key is not 16 bytes in base64.
    #[error("the key must be 16 bytes in base64")]
    InvalidKey,
    /// The answer cannot be read at all.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The server answered, but not with 101.
    #[error("the server answered with HTTP status {0} instead of 101")]
    Status(u16),
    /// The answer lacks `Upgrade: websocket` or `Connection: Upgrade`.
    #[error("the server's answer does not name the WebSocket upgrade")]
    NotUpgraded,
    /// `Sec-WebSocket-Accept` is missing or belongs to another key.
    #[error("Sec-WebSocket-Accept does not belong to the key that was sent")]
    AcceptMismatch,
    /// The server wants an extension; none was offered.
    #[error("the server uses a WebSocket extension that was not offered")]
    UnexpectedExtension,
}
