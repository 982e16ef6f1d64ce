//! The limit on a peer's messages a second.

use std::time::Duration;

/// A counter of a peer's messages in the current second. Above the limit its messages wait
/// for the next second. None are dropped.
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

    /// Returns the messages of the current second.
    pub(crate) fn handled(&self) -> u32 {
        self.handled
    }

    pub(crate) fn count(&mut self) {
        // Only one that is allowed is counted.
        self.handled += 1;
    }

    /// Starts the next second if the current one is over. Returns the messages of that one.
    pub(crate) fn renew(&mut self, now: Duration) -> Option<u32> {
        if millis(now) < self.renewal {
            return None;
        }
        let handled = self.handled;
        *self = Self::new(self.per_second, now);
        Some(handled)
    }

    /// Returns the time at which a peer that has reached the limit may go on.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        (!self.allows()).then_some(Duration::from_millis(self.renewal))
    }
}

fn millis(time: Duration) -> u64 {
    let seconds = time.as_secs().saturating_mul(1_000);
    seconds.saturating_add(time.subsec_millis().into())
}
