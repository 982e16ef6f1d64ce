//! The reasons for which connections end.

use std::fmt;
use std::io;

use crate::http::Response;
use crate::{ProcessExit, TlsError};

/// The reason for which a connection ended, written for the operators of both
/// sides.
///
/// Every connection ends with one of these: session machines and links return it
/// as their error, the close hook receives it, and logs print it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// A plain HTTP request on a port that also speaks WebSocket was answered.
    Answered,
    /// The process at the other end has ended.
    Exited(ProcessExit),
    /// The link or the handshake took too long to open.
    HandshakeTimeout,
    /// No heartbeat, or nothing at all, arrived in time.
    HeartbeatTimeout,
    /// The session was kicked, with the given reason, if there was one.
    Kicked(Option<String>),
    /// The transport failed, such as with a reset or a broken pipe.
    Lost {
        /// The kind of the failure.
        kind: io::ErrorKind,
        /// The description of the failure.
        message: String,
    },
    /// The peer broke the protocol, in the way that the text describes.
    Malformed(String),
    /// The peer ended the connection in the regular way.
    PeerClosed,
    /// The peer ended the connection and said why, in a way of the transport's own: over
    /// WebSocket with a close code other than 1000, or with a text.
    PeerClosedWith {
        /// The code, such as 1001 for a server that stops or a browser that leaves the page.
        code: u16,
        /// The text, which may be empty.
        reason: String,
    },
    /// All peers together made this side hold as many bytes as the limit allows, and this one
    /// was in the middle of a large package, or much waited for it.
    Overloaded {
        /// Bytes of its package that had arrived, or that waited for it.
        held: usize,
        /// Bytes that may be held for all peers together.
        limit: usize,
    },
    /// The application's code panicked while it served the session.
    Panicked,
    /// The handshake was refused with this code: 500, 501, or one of the application.
    Refused(u16),
    /// This side ended the connection in the regular way.
    Requested,
    /// The peer sent a package more slowly than the limit allows.
    SlowPackage {
        /// Bytes that arrived in 10 seconds.
        received: usize,
        /// The fewest bytes that have to arrive in that time.
        expected: usize,
    },
    /// The peer did not read, and more bytes waited for it than the limit allows.
    SlowPeer {
        /// Bytes that were waiting.
        queued: usize,
        /// Bytes that may wait.
        limit: usize,
    },
    /// The peer read none of the bytes that wait for it for too long.
    Stalled {
        /// Bytes that were waiting.
        unsent: usize,
    },
    /// The server is shutting down.
    Stopping,
    /// TLS did not come about, or broke off.
    Tls(Box<TlsError>),
    /// A package, message or head was larger than allowed.
    TooLarge {
        /// Its size in bytes, as announced or as received so far.
        size: usize,
        /// The most bytes that are allowed.
        limit: usize,
    },
    /// This side has as many connections as it may.
    TooManyConnections,
    /// The server answered a WebSocket upgrade with an HTTP status, such as 401, 503 or a
    /// redirect.
    UpgradeRefused(Box<Response>),
}

impl CloseReason {
    /// Creates a [`CloseReason::Malformed`] with this text.
    pub fn malformed(what: impl fmt::Display) -> Self {
        Self::Malformed(what.to_string())
    }

    /// Creates the reason of a transport's error: the [`CloseReason`] that it holds,
    /// [`CloseReason::Tls`] if it holds a [`TlsError`], [`CloseReason::Exited`] if it holds a
    /// [`ProcessExit`], otherwise [`CloseReason::Lost`].
    pub fn lost(error: &io::Error) -> Self {
        if let Some(inner) = error.get_ref() {
            if let Some(reason) = inner.downcast_ref::<Self>() {
                return reason.clone();
            }
            if let Some(tls) = inner.downcast_ref::<TlsError>() {
                return Self::Tls(Box::new(tls.clone()));
            }
            if let Some(exit) = inner.downcast_ref::<ProcessExit>() {
                return Self::Exited(*exit);
            }
        }
        Self::Lost { kind: error.kind(), message: error.to_string() }
    }

    /// Returns whether the reason can still be sent to the peer: not if the
    /// transport failed, the peer's process is gone, or it took nothing for long.
    pub fn can_be_sent(&self) -> bool {
        !matches!(self, Self::Exited(_) | Self::Lost { .. } | Self::Stalled { .. })
    }

    /// Returns whether the peer ended the connection in a regular way, with a code or without.
    pub fn is_peer_closed(&self) -> bool {
        matches!(self, Self::PeerClosed | Self::PeerClosedWith { .. })
    }

    /// Returns a short name without details, for metrics and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Exited(_) => "exited",
            Self::HandshakeTimeout => "handshake_timeout",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::Kicked(_) => "kicked",
            Self::Lost { .. } => "lost",
            Self::Malformed(_) => "malformed",
            Self::Overloaded { .. } => "overloaded",
            Self::Panicked => "panicked",
            Self::PeerClosed | Self::PeerClosedWith { .. } => "peer_closed",
            Self::Refused(_) => "refused",
            Self::Requested => "requested",
            Self::SlowPackage { .. } => "slow_package",
            Self::SlowPeer { .. } => "slow_peer",
            Self::Stalled { .. } => "stalled",
            Self::Stopping => "stopping",
            Self::Tls(_) => "tls",
            Self::TooLarge { .. } => "too_large",
            Self::TooManyConnections => "too_many_connections",
            Self::UpgradeRefused(_) => "upgrade_refused",
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered => f.write_str("a plain HTTP request was answered"),
            Self::Exited(exit) => exit.fmt(f),
            Self::HandshakeTimeout => f.write_str("the handshake did not finish in time"),
            Self::HeartbeatTimeout => f.write_str("no heartbeat arrived in time"),
            Self::Kicked(Some(reason)) => write!(f, "kicked: {reason}"),
            Self::Kicked(None) => f.write_str("kicked"),
            Self::Lost { message, .. } => write!(f, "the connection was lost: {message}"),
            Self::Malformed(what) => write!(f, "the peer broke the protocol: {what}"),
            Self::Overloaded { held, limit } => {
                write!(
                    f,
                    "too much is held at once: all may hold {limit} bytes, and {held} of this \
                     peer's were among them"
                )
            }
            Self::Panicked => f.write_str("the application panicked"),
            Self::PeerClosed => f.write_str("the peer closed the connection"),
            Self::PeerClosedWith { code, reason } if reason.is_empty() => {
                write!(f, "the peer closed the connection with code {code}")
            }
            Self::PeerClosedWith { code, reason } => {
                write!(f, "the peer closed the connection with code {code}: {reason:?}")
            }
            Self::Refused(code) => write!(f, "the handshake was refused with code {code}"),
            Self::Requested => f.write_str("this side closed the connection"),
            Self::SlowPackage { received, expected } => {
                write!(
                    f,
                    "a package arrives too slowly: {received} bytes in 10 seconds, at least \
                     {expected} are expected"
                )
            }
            Self::SlowPeer { queued, limit } => {
                write!(
                    f,
                    "the peer does not read: {queued} bytes wait for it, the limit is {limit}"
                )
            }
            Self::Stalled { unsent } => {
                write!(f, "the peer read nothing for too long: {unsent} bytes wait for it")
            }
            Self::Stopping => f.write_str("the server is stopping"),
            Self::Tls(error) => error.fmt(f),
            Self::TooLarge { size, limit } => {
                write!(f, "a package has {size} bytes, the limit is {limit}")
            }
            Self::TooManyConnections => f.write_str("there are too many connections already"),
            Self::UpgradeRefused(response) => {
                write!(f, "the server refused the WebSocket upgrade with {response}")
            }
        }
    }
}

impl std::error::Error for CloseReason {}

// Every poll of a link may return one.
const _: () = assert!(size_of::<CloseReason>() <= 32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peers_words_stay_in_their_line() {
        let reason = CloseReason::PeerClosedWith { code: 1001, reason: "a\nb".into() };
        assert_eq!(reason.to_string(), r#"the peer closed the connection with code 1001: "a\nb""#);
        let reason = CloseReason::PeerClosedWith { code: 4000, reason: String::new() };
        assert_eq!(reason.to_string(), "the peer closed the connection with code 4000");
        assert!(reason.is_peer_closed() && reason.name() == CloseReason::PeerClosed.name());
    }

    #[test]
    fn a_lost_connection_keeps_the_kind_and_the_text_of_its_error() {
        let error = io::Error::new(io::ErrorKind::ConnectionReset, "reset by peer");
        let reason = CloseReason::lost(&error);
        let CloseReason::Lost { kind, message } = &reason else { panic!("{reason:?}") };
        assert_eq!((*kind, &**message), (io::ErrorKind::ConnectionReset, "reset by peer"));
        assert_eq!(reason.to_string(), "the connection was lost: reset by peer");
        assert!(!reason.can_be_sent());
    }

    #[test]
    fn the_end_of_a_process_keeps_its_code_and_its_signal() {
        let reason = |code, signal| {
            CloseReason::lost(&io::Error::other(ProcessExit { code, signal })).to_string()
        };
        assert_eq!(reason(Some(3), None), "the process exited with code 3");
        assert_eq!(reason(None, Some(9)), "the process was ended by signal 9");
    }

    #[test]
    fn a_reason_passes_through_an_error_of_a_stream() {
        let reason = CloseReason::PeerClosedWith { code: 1001, reason: "bye".into() };
        assert_eq!(CloseReason::lost(&io::Error::other(reason.clone())), reason);
    }

    #[test]
    fn an_error_of_tls_keeps_its_kind() {
        let error = io::Error::new(io::ErrorKind::InvalidData, TlsError::UnknownIssuer);
        let reason = CloseReason::lost(&error);
        assert_eq!(
            (&reason, reason.name()),
            (&CloseReason::Tls(Box::new(TlsError::UnknownIssuer)), "tls")
        );
        assert_eq!(reason.to_string(), TlsError::UnknownIssuer.to_string());
    }
}
