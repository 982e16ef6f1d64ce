//! The errors of upgrades, on both sides.

use crate::http::HeadError;

/// The error of an upgrade request. [`refusal`](super::refusal) is the response to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The head of the request cannot be read.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The method is not GET.
    #[error("a WebSocket upgrade must be a GET request")]
    Method,
    /// The request is HTTP/1.0, which has no upgrades.
    #[error("a WebSocket upgrade needs HTTP/1.1")]
    HttpVersion,
    /// There is no `Host`, which HTTP/1.1 requires.
    #[error("the Host header is missing")]
    MissingHost,
    /// There are several `Host` headers (RFC 9112 3.2).
    #[error("the Host header is given more than once")]
    ManyHosts,
    /// There are several `Origin` headers, of which a check could see the wrong one.
    #[error("the Origin header is given more than once")]
    ManyOrigins,
    /// The request has a body, whose bytes could be taken for frames.
    #[error("a WebSocket upgrade cannot have a body")]
    Body,
    /// There are `Sec-WebSocket` headers but no `Upgrade`, which a proxy may have removed.
    #[error("the header 'Upgrade: websocket' is missing (a proxy may have removed it)")]
    MissingUpgrade,
    /// `Connection` does not list `Upgrade`.
    #[error("the header 'Connection: Upgrade' is missing (a proxy may have removed it)")]
    MissingConnection,
    /// The version is not 13, the one of RFC 6455.
    #[error("Sec-WebSocket-Version must be 13")]
    UnsupportedVersion,
    /// There is no `Sec-WebSocket-Key`.
    #[error("the Sec-WebSocket-Key header is missing")]
    MissingKey,
    /// The key is not 16 bytes in base64, or there are several.
    #[error("Sec-WebSocket-Key must be 16 bytes in base64, given once")]
    InvalidKey,
    /// `Sec-WebSocket-Extensions` is not a list of extensions (RFC 6455 9.1).
    #[cfg(feature = "deflate")]
    #[error("the Sec-WebSocket-Extensions header is malformed: write `name; parameter=value, ...`")]
    Extensions,
}

impl UpgradeError {
    /// Returns the HTTP status of the refusal.
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

/// The error of a client that cannot open a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The host or the path contains characters that are not allowed in a request, or the path
    /// does not start with a slash.
    #[error(
        "the host or the path has characters that are not allowed in an HTTP request, or the path does not start with `/`"
    )]
    InvalidTarget,
    /// A header of the caller contains characters that are not allowed in a request.
    #[error("a header has characters that are not allowed in an HTTP request")]
    InvalidHeader,
    /// A header of the caller is one that the request writes by itself, or cannot have.
    #[error(
        "a header is one that the WebSocket request writes by itself or cannot have: leave it out"
    )]
    ReservedHeader,
    /// The key is not 16 bytes in base64.
    #[error("the key must be 16 bytes in base64")]
    InvalidKey,
    /// The head of the response cannot be read.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The response lacks `Upgrade: websocket` or `Connection: Upgrade`.
    #[error("the server's response lacks `Upgrade: websocket` or `Connection: Upgrade`")]
    NotUpgraded,
    /// `Sec-WebSocket-Accept` is missing or belongs to another key.
    #[error("Sec-WebSocket-Accept does not belong to the key that was sent")]
    AcceptMismatch,
    /// The server uses an extension that was not offered, or one twice.
    #[error("the server uses a WebSocket extension that was not offered")]
    UnexpectedExtension,
    /// `Sec-WebSocket-Extensions` is not a list of extensions (RFC 6455 9.1).
    #[cfg(feature = "deflate")]
    #[error("the server's Sec-WebSocket-Extensions header is malformed")]
    Extensions,
    /// The server's answer to permessage-deflate does not fit the offer (RFC 7692 7.1).
    #[cfg(feature = "deflate")]
    #[error("the server's answer to permessage-deflate does not fit the offer: {0}")]
    Deflate(#[from] crate::ws::deflate::ParameterError),
}
