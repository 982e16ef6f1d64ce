//! How many messages a second a session may send.

use std::time::Duration;

use connector_protocol::Limit;

use crate::metrics;
use crate::session::Session;

/// Counts messages, and holds a session back once it has sent too many within
/// a second. Nothing is lost: what is not handled now is handled later.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// As many are allowed, which is more than the limit in a dry run.
    per_second: u32,
    handled: u32,
    renewal: Duration,
}

impl Throttle {
    pub(crate) fn new(per_second: u32, now: Duration) -> Self {
        Self { per_second, handled: 0, renewal: now + Duration::from_secs(1) }
    }

    pub(crate) fn allows(&self) -> bool {
        self.handled < self.per_second
    }

    pub(crate) fn count(&mut self) {
        self.handled = self.handled.saturating_add(1);
    }

    /// A new second allows the whole number again. What the last one brought is
    /// told, which is why a message by itself tells nothing.
    pub(crate) fn renew(&mut self, now: Duration, session: &Session) {
        if now >= self.renewal {
            if self.handled >= session.0.limits.messages_per_second {
                session.reached(Limit::MessagesPerSecond);
            }
            *self = Self::new(self.per_second, now);
        }
    }

    /// When a session that is held back may go on.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        (!self.allows()).then_some(self.renewal)
    }
}

impl Drop for Throttle {
    fn drop(&mut self) {
        if self.handled > 0 {
            metrics::received(self.handled);
        }
    }
}
