//! The waits between attempts to connect again.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use super::Instant;

/// The waits between attempts to connect again. Each is about twice the last one, up to the
/// longest. A random part of up to a third is left out of it, so that the peers of a program
/// that restarts do not come all at once.
#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    attempts: u32,
    jitter: bool,
    /// The attempts since the last reset.
    made: u32,
}

impl Backoff {
    /// Creates the waits before so many attempts: the first lasts from `first` to one and a
    /// half of it, later ones at most `longest`.
    pub(crate) fn new(first: Duration, longest: Duration, attempts: u32) -> Self {
        Self { first, longest: longest.max(first), attempts, jitter: true, made: 0 }
    }

    /// Makes the waits exactly the first one and its doubles.
    pub(crate) fn without_jitter(self) -> Self {
        Self { jitter: false, ..self }
    }

    /// Begins anew, since an attempt has succeeded.
    pub(crate) fn reset(&mut self) {
        self.made = 0;
    }

    /// Returns whether all attempts have been made.
    pub(crate) fn is_spent(&self) -> bool {
        self.made >= self.attempts
    }

    /// Returns the number of attempts since the last reset.
    pub(crate) fn made(&self) -> u32 {
        self.made
    }

    /// Counts an attempt, and returns the wait before it.
    pub(crate) fn attempt(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(self.made).unwrap_or(u32::MAX));
        self.made = self.made.saturating_add(1);
        if !self.jitter {
            return doubled.min(self.longest);
        }
        let wait = doubled.saturating_add(doubled / 2).min(self.longest);
        // From 0 to 255 parts of 768. The clock is for browsers, where all pages have the
        // same random state.
        let random = RandomState::new().hash_one(Instant::now()) as u8;
        wait - wait / 768 * u32::from(random)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_double_up_to_the_longest_and_begin_anew() {
        let mut backoff = Backoff::new(SECOND, 12 * SECOND, u32::MAX);
        for wait in [1, 2, 4, 8, 8, 8].map(Duration::from_secs) {
            let waited = backoff.attempt();
            assert!(waited >= wait && waited <= wait * 3 / 2, "{waited:?} for {wait:?}");
        }
        assert_eq!(backoff.made(), 6);
        backoff.reset();
        assert!(backoff.attempt() <= Duration::from_millis(1_500));
        backoff.made = u32::MAX;
        let waited = backoff.attempt();
        assert!(waited >= 8 * SECOND && waited <= 12 * SECOND, "{waited:?}");
    }

    #[test]
    fn waits_are_not_all_the_same() {
        let waits = (0..100).map(|_| Backoff::new(SECOND, SECOND, 1).attempt());
        assert!(waits.collect::<std::collections::HashSet<_>>().len() > 1);
    }

    #[test]
    fn waits_without_jitter_are_exact() {
        let mut backoff = Backoff::new(5 * SECOND, Duration::MAX, 10).without_jitter();
        let waits: Vec<_> = (0..10).map(|_| backoff.attempt().as_secs()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560]);
        assert!(backoff.is_spent());
    }

    #[test]
    fn the_longest_wait_is_not_shorter_than_the_first() {
        let mut backoff = Backoff::new(3 * SECOND, SECOND, 1);
        let waited = backoff.attempt();
        assert!(waited >= 2 * SECOND && waited <= 3 * SECOND, "{waited:?}");
        assert_eq!(Backoff::new(Duration::ZERO, Duration::ZERO, 1).attempt(), Duration::ZERO);
    }

    #[test]
    fn attempts_are_counted() {
        let mut backoff = Backoff::new(SECOND, SECOND, 2);
        assert!(!backoff.is_spent());
        backoff.attempt();
        assert!(!backoff.is_spent());
        backoff.attempt();
        assert!(backoff.is_spent());
        backoff.reset();
        assert!(!backoff.is_spent());
        assert!(Backoff::new(SECOND, SECOND, 0).is_spent());
    }
}
