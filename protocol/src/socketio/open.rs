//! The packet that opens a session.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The data of the packet that opens a session of Engine.IO.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Open {
    /// The session's id, which is as secret as a password: who has it can speak for the client.
    pub sid: String,
    /// The transports that the session may move to.
    #[serde(default)]
    pub upgrades: Vec<String>,
    /// The time between two pings, in milliseconds.
    pub ping_interval: u64,
    /// The time in which a ping has to be answered, in milliseconds.
    pub ping_timeout: u64,
    /// The most bytes of a request's body, which Engine.IO 4 knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_payload: Option<usize>,
}

/// The longest time that is announced: JavaScript's timers know 31 bits of milliseconds, for
/// interval and timeout together.
const LONGEST: u64 = 1_000_000_000;

impl Open {
    /// Returns a time as it is announced, in milliseconds, at most 11 days.
    #[must_use]
    pub fn milliseconds(time: Duration) -> u64 {
        u64::try_from(time.as_millis()).unwrap_or(LONGEST).min(LONGEST)
    }

    /// Returns the time between two pings, at least a millisecond.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.ping_interval.clamp(1, LONGEST))
    }

    /// Returns the time in which a ping has to be answered.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        Duration::from_millis(self.ping_timeout.min(LONGEST))
    }

    /// Writes the packet.
    #[must_use]
    pub fn to_packet(&self) -> Vec<u8> {
        let mut packet = vec![b'0'];
        // Texts and numbers can always be written.
        let _ = serde_json::to_writer(&mut packet, self);
        packet
    }
}
