//! The settings of sessions, whatever their protocol.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Details;
use crate::format::Format;
use crate::pomelo::handshake::Dictionary;

/// The settings that all sessions of a server share.
#[derive(Clone, Debug, Default)]
pub struct ServerSettings {
    /// The interval of a client's heartbeats. Without it, or with zero, neither
    /// side sends any.
    pub heartbeat: Option<Duration>,
    /// The time that a client may go without a heartbeat. Default: twice
    /// [`heartbeat`](Self::heartbeat), and forever without one.
    pub timeout: Option<Duration>,
    /// The longest handshake that is read, in bytes. Default: 64 KiB. JSON of an
    /// unknown peer takes many times its length while it is read.
    pub longest_handshake: Option<usize>,
    /// The codes of routes, for clients that know such.
    pub dictionary: Option<Arc<Dictionary>>,
    /// The formats of bodies that clients of the native dialect may choose from.
    /// Default: none, and that dialect is not spoken.
    pub formats: Vec<Format>,
    /// Settings that one protocol alone has: pomelo's
    /// [`ServerExtras`](crate::pomelo::ServerExtras).
    pub details: Details,
}

/// The settings of one session of a client.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// The kind of client that the server is told of. Default: `connector`.
    pub kind: String,
    /// The version that the server is told of. Default: this crate's.
    pub version: String,
    /// The words of the application's client: a token, a name.
    pub user: Option<Value>,
    /// The formats of bodies, the best first. Without any, the native dialect is
    /// not spoken.
    pub formats: Vec<Format>,
    /// The number of heartbeat intervals that the server may be silent, at least
    /// 1. Default: 2.
    pub silent_intervals: u32,
    /// Settings that one protocol alone has. A pomelo
    /// [`Request`](crate::pomelo::handshake::Request) is sent as it is, in the
    /// place of kind, version, user and formats.
    pub details: Details,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            kind: "connector".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            user: None,
            formats: Vec::new(),
            silent_intervals: 2,
            details: Details::default(),
        }
    }
}
