//! The settings of sessions, in every protocol.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Details;
use super::hidden::Hidden;
use crate::format::Format;
use crate::pomelo::handshake::{Cached, Dictionary};

/// The settings that all sessions of a server share.
#[derive(Clone, Debug, Default)]
pub struct ServerSettings {
    /// The interval of a client's heartbeats. Default: none. Without it, or with
    /// zero, neither side sends any.
    pub heartbeat: Option<Duration>,
    /// The time after a client's last heartbeat at which the session closes.
    /// Default: twice the [`heartbeat`](Self::heartbeat), and never without one.
    pub timeout: Option<Duration>,
    /// The time after a client's last byte at which the session closes while there are no
    /// heartbeats. Default: never.
    pub idle: Option<Duration>,
    /// The most bytes of a handshake. Default: 64 KiB. It is small because reading
    /// JSON takes many times its length in memory, and the peer is unknown. For the same
    /// reason pomelo's handshake may have only one JSON value for each 32 bytes of it, 256
    /// at least.
    pub longest_handshake: Option<usize>,
    /// The codes of routes, for clients that support them.
    pub dictionary: Option<Arc<Dictionary>>,
    /// The formats of bodies that clients of the native dialect may choose from.
    /// Default: none, so that the native dialect is not spoken.
    pub formats: Vec<Format>,
    /// Settings that only one protocol has: for pomelo
    /// [`ServerExtras`](crate::pomelo::ServerExtras).
    pub details: Details,
}

/// The settings of one session of a client. `Debug` does not show its data.
#[derive(Clone)]
pub struct ClientSettings {
    /// The kind of client that is sent to the server. Default: `connector`.
    pub kind: String,
    /// The version that is sent to the server. Default: the version of this crate.
    pub version: String,
    /// The data of the application's client, such as a name or a token.
    pub user: Option<Value>,
    /// The formats of bodies, the preferred one first. Default: none, so that the
    /// native dialect is not spoken.
    pub formats: Vec<Format>,
    /// The number of heartbeat intervals that the server may be silent. At least 1.
    /// Default: 2.
    pub silent_intervals: u32,
    /// The remains of an earlier handshake with the same server.
    pub cached: Cached,
    /// Settings that only one protocol has. A pomelo
    /// [`Request`](crate::pomelo::handshake::Request) is sent as it is, instead of
    /// the kind, version, user and formats.
    pub details: Details,
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, version, user, formats, silent_intervals, cached, details } = self;
        f.debug_struct("ClientSettings")
            .field("kind", kind)
            .field("version", version)
            .field("user", &Hidden(user))
            .field("formats", formats)
            .field("silent_intervals", silent_intervals)
            .field("cached", cached)
            .field("details", details)
            .finish()
    }
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            kind: "connector".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            user: None,
            formats: Vec::new(),
            silent_intervals: 2,
            cached: Cached::default(),
            details: Details::default(),
        }
    }
}
