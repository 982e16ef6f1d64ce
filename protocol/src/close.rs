//! Why a connection ended.

use std::fmt;

/// Why a connection ended, as both its peer's operator and its own would want
/// to read it.
///
/// Every way out of a connection is one of these: session machines and links
/// return it as their error, the close hook receives it, logs print it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// A plain HTTP request on a port that also speaks WebSocket was answered.
    Answered,
    /// The handshake or the open of the link did not finish in time.
    HandshakeTimeout,
    /// Nothing that keeps the connection alive arrived in time.
    HeartbeatTimeout,
    /// The session was kicked, with the reason that was given.
    Kicked(Option<String>),
    /// The transport failed: reset, broken pipe, TLS error.
    Lost(String),
    /// The peer broke the protocol; the text says how.
    Malformed(String),
    /// The peer ended the connection in the regular way.
    PeerClosed,
    /// The application's code panicked while it served the session.
    Panicked,
    /// The handshake was refused with this code (500, 501, or a user's own).
    Refused(u16),
    /// This side ended the connection in the regular way.
    Requested,
    /// The peer did not read: more bytes waited for it than it may have.
    SlowPeer {
        /// Bytes that were waiting.
        queued: usize,
        /// Bytes that may wait.
        limit: usize,
    },
    /// The peer took nothing of what waits for it for too long.
    Stalled {
        /// Bytes that were waiting.
        unsent: usize,
    },
    /// The server is going down.
    Stopping,
    /// A package, message or head was larger than allowed.
    TooLarge {
        /// Bytes announced or seen.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

impl CloseReason {
    /// A [`CloseReason::Malformed`] with a text.
    pub fn malformed(what: impl fmt::Display) -> Self {
        Self::Malformed(what.to_string())
    }

    /// Whether the peer can still be told: not if the transport failed, nor if
    /// it does not read.
    pub fn can_be_told(&self) -> bool {
        !matches!(self, Self::Lost(_) | Self::SlowPeer { .. } | Self::Stalled { .. })
    }

    /// A short name without details, for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::HandshakeTimeout => "handshake_timeout",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::Kicked(_) => "kicked",
            Self::Lost(_) => "lost",
            Self::Malformed(_) => "malformed",
            Self::Panicked => "panicked",
            Self::PeerClosed => "peer_closed",
            Self::Refused(_) => "refused",
            Self::Requested => "requested",
            Self::SlowPeer { .. } => "slow_peer",
            Self::Stalled { .. } => "stalled",
            Self::Stopping => "stopping",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered => f.write_str("a plain HTTP request was answered"),
            Self::HandshakeTimeout => f.write_str("the handshake did not finish in time"),
            Self::HeartbeatTimeout => f.write_str("no heartbeat arrived in time"),
            Self::Kicked(Some(reason)) => write!(f, "kicked: {reason}"),
            Self::Kicked(None) => f.write_str("kicked"),
            Self::Lost(error) => write!(f, "the connection was lost: {error}"),
            Self::Malformed(what) => write!(f, "the peer broke the protocol: {what}"),
            Self::Panicked => f.write_str("the application panicked"),
            Self::PeerClosed => f.write_str("the peer closed the connection"),
            Self::Refused(code) => write!(f, "the handshake was refused with code {code}"),
            Self::Requested => f.write_str("this side closed the connection"),
            Self::SlowPeer { queued, limit } => {
                write!(f, "the peer does not read: {queued} bytes wait, {limit} may")
            }
            Self::Stalled { unsent } => {
                write!(f, "the peer took nothing for too long: {unsent} bytes wait")
            }
            Self::Stopping => f.write_str("the server is stopping"),
            Self::TooLarge { size, limit } => {
                write!(f, "{size} bytes in one package, {limit} are allowed")
            }
        }
    }
}

impl std::error::Error for CloseReason {}
