//! The limit on a session's messages a second.

use std::time::Duration;

use connector_protocol::Limit;

use crate::metrics;
use crate::session::Session;

/// A counter of a session's messages in the current second. Above the limit the session's
/// messages wait for the next second. None are dropped.
#[derive(Debug)]
pub(crate) struct Throttle {
    /// The enforced limit, which is raised in a dry run.
    per_second: u32,
    handled: u32,
    /// The end of the second, in milliseconds.
    renewal: u64,
}

impl Throttle {
    pub(crate) fn new(per_second: u32, now: Duration) -> Self {
        Self { per_second, handled: 0, renewal: millis(now).saturating_add(1_000) }
    }

    pub(crate) fn allows(&self) -> bool {
        self.handled < self.per_second
    }

    pub(crate) fn count(&mut self) {
        // Only one that is allowed is counted.
        self.handled += 1;
    }

    /// Starts the next second if the current one is over. Its count goes to the metrics
    /// then, in one update instead of one for each message.
    pub(crate) fn renew(&mut self, now: Duration, session: &Session) {
        if millis(now) >= self.renewal {
            self.begin_second(now, session);
        }
    }

    #[cold]
    fn begin_second(&mut self, now: Duration, session: &Session) {
        if self.handled >= session.0.limits.messages_per_second {
            session.report_limit(Limit::MessagesPerSecond);
        }
        *self = Self::new(self.per_second, now);
    }

    /// Returns the time at which a session that has reached the limit may go on.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        (!self.allows()).then_some(Duration::from_millis(self.renewal))
    }
}

fn millis(time: Duration) -> u64 {
    let seconds = time.as_secs().saturating_mul(1_000);
    seconds.saturating_add(time.subsec_millis().into())
}

impl Drop for Throttle {
    fn drop(&mut self) {
        if self.handled > 0 {
            metrics::received(self.handled);
        }
    }
}
