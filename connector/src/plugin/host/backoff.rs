//! The waits between the attempts to connect to a plugin again.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use crate::plugin::PluginOptions;

/// The waits between attempts to connect again. Each is twice the last one, and a random
/// part longer, so that the engines of a plugin that restarts do not come all at once.
#[derive(Debug)]
pub(super) struct Backoff {
    first: Duration,
    longest: Duration,
    attempts: u32,
    /// The attempts since the last success.
    failed: u32,
}

impl Backoff {
    pub(super) fn new(options: &PluginOptions) -> Self {
        Self {
            first: options.reconnect_delay,
            longest: options.longest_reconnect_delay.max(options.reconnect_delay),
            attempts: options.reconnect_attempts,
            failed: 0,
        }
    }

    /// Begins anew, since an attempt has succeeded.
    pub(super) fn reset(&mut self) {
        self.failed = 0;
    }

    /// Returns whether all attempts have failed.
    pub(super) fn is_spent(&self) -> bool {
        self.failed >= self.attempts
    }

    /// Counts an attempt, and returns the wait before it.
    pub(super) fn attempt(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(self.failed).unwrap_or(u32::MAX));
        self.failed = self.failed.saturating_add(1);
        let wait = doubled.min(self.longest);
        // From 0 to 255 parts of 512.
        let random = RandomState::new().hash_one(()) as u8;
        wait.saturating_add(wait / 512 * u32::from(random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backoff(attempts: u32) -> Backoff {
        let options = PluginOptions::new()
            .reconnect_delay(Duration::from_secs(1))
            .longest_reconnect_delay(Duration::from_secs(10))
            .reconnect_attempts(attempts);
        Backoff::new(&options)
    }

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew() {
        let mut backoff = backoff(u32::MAX);
        for wait in [1, 2, 4, 8, 10, 10].map(Duration::from_secs) {
            let waited = backoff.attempt();
            assert!(waited >= wait && waited < wait * 3 / 2, "{waited:?} for {wait:?}");
        }
        backoff.reset();
        assert!(backoff.attempt() < Duration::from_millis(1_500));
        backoff.failed = u32::MAX;
        assert!(backoff.attempt() >= Duration::from_secs(10));
    }

    #[test]
    fn waits_are_not_all_the_same() {
        let waits = (0..100).map(|_| backoff(1).attempt());
        assert!(waits.collect::<std::collections::HashSet<_>>().len() > 1);
    }

    #[test]
    fn attempts_are_counted() {
        let mut backoff = backoff(2);
        assert!(!backoff.is_spent());
        backoff.attempt();
        assert!(!backoff.is_spent());
        backoff.attempt();
        assert!(backoff.is_spent());
        backoff.reset();
        assert!(!backoff.is_spent());
        assert!(super::tests::backoff(0).is_spent());
    }
}
