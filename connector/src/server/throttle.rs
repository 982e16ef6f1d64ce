//! How many messages a second a session may send.

use std::time::Duration;

/// Counts messages, and holds a session back once it has sent too many within
/// a second. Nothing is lost: what is not handled now is handled later.
#[derive(Debug)]
pub(super) struct Throttle {
    per_second: u32,
    left: u32,
    renewal: Duration,
}

impl Throttle {
    pub(super) fn new(per_second: u32, now: Duration) -> Self {
        Self { per_second, left: per_second, renewal: now + Duration::from_secs(1) }
    }

    pub(super) fn allows(&self) -> bool {
        self.left > 0
    }

    pub(super) fn count(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    /// A new second allows the whole number again.
    pub(super) fn renew(&mut self, now: Duration) {
        if now >= self.renewal {
            *self = Self::new(self.per_second, now);
        }
    }

    /// When a session that is held back may go on.
    pub(super) fn deadline(&self) -> Option<Duration> {
        (!self.allows()).then_some(self.renewal)
    }
}
