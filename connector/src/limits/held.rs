//! The bytes that all connections of a server, a plugin or an engine hold together.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::metrics;

/// The sum changes in steps of so many bytes, so that small messages do not touch what all
/// threads share.
const STEP: usize = 1024;
/// The least bytes that a connection may hold, however much all hold.
const LEAST: usize = 4 * 1024;

/// The bytes of messages whose calls run or wait, of what has arrived and is not handled, and
/// of what has not left, over all connections, in steps.
#[derive(Debug, Default)]
pub(crate) struct HeldInAll(AtomicUsize);

impl HeldInAll {
    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One holder's part of the sum, which is given back when it is dropped.
pub(crate) struct HeldPart<A: Deref<Target = HeldInAll>> {
    bytes: usize,
    all: A,
}

impl<A: Deref<Target = HeldInAll>> HeldPart<A> {
    pub(crate) fn new(all: A) -> Self {
        Self { bytes: 0, all }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns the bytes that all hold.
    pub(crate) fn in_all(&self) -> usize {
        self.all.get()
    }

    /// Sets the bytes of this holder. Returns `true` if the sum has reached `limit` by that.
    pub(crate) fn set(&mut self, bytes: usize, limit: usize) -> bool {
        let (before, after) = (steps(self.bytes), steps(bytes));
        self.bytes = bytes;
        if after < before {
            self.all.0.fetch_sub(before - after, Ordering::Relaxed);
            metrics::call_bytes_changed(-((before - after) as f64));
        } else if after > before {
            let more = after - before;
            let in_all = self.all.0.fetch_add(more, Ordering::Relaxed);
            metrics::call_bytes_changed(more as f64);
            return (in_all..in_all + more).contains(&limit.saturating_sub(1));
        }
        false
    }
}

impl<A: Deref<Target = HeldInAll>> Drop for HeldPart<A> {
    fn drop(&mut self) {
        self.set(0, usize::MAX);
    }
}

impl<A: Deref<Target = HeldInAll>> fmt::Debug for HeldPart<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HeldPart").field(&self.bytes).finish()
    }
}

/// The sum of what connections hold, and how much it may be for those of one connector.
#[derive(Clone, Debug)]
pub(crate) struct HeldLimit {
    all: Arc<HeldInAll>,
    limit: usize,
}

impl HeldLimit {
    /// `limit` is [`Limits::call_bytes_in_all`](crate::Limits::call_bytes_in_all), as it is
    /// enforced.
    pub(crate) fn new(all: &Arc<HeldInAll>, limit: usize) -> Self {
        Self { all: all.clone(), limit }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn part(&self) -> HeldPart<Arc<HeldInAll>> {
        HeldPart::new(self.all.clone())
    }

    /// Returns `true` if all hold as much as they may.
    pub(crate) fn is_reached(&self) -> bool {
        self.all.get() >= self.limit
    }

    /// Returns how many of `most` bytes a connection may hold, if all hold as much as they may:
    /// fewer the more they hold, and little once they hold a quarter more than that.
    pub(crate) fn share(&self, most: usize) -> Option<usize> {
        /// The steps in which a share shrinks.
        const PARTS: usize = 64;
        let over = self.all.get().checked_sub(self.limit)?;
        let reserve = self.limit / 4;
        let left = reserve.saturating_sub(over) / (reserve / PARTS).max(1);
        Some((most / PARTS * left.min(PARTS)).max(LEAST))
    }

    /// Returns `true` if all hold half of what they may, so that slow peers make room.
    pub(crate) fn is_near(&self) -> bool {
        self.all.get() >= self.limit / 2
    }
}

/// The part of a holder's bytes that is counted for all.
fn steps(bytes: usize) -> usize {
    bytes / STEP * STEP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_in_steps_and_are_given_back() {
        let limit = HeldLimit::new(&Arc::default(), 4 * STEP);
        let (mut one, mut other) = (limit.part(), limit.part());
        assert!(!one.set(STEP - 1, limit.limit()));
        assert_eq!((one.bytes(), one.in_all()), (STEP - 1, 0));
        assert!(!one.set(2 * STEP + 1, limit.limit()));
        assert!(limit.is_near() && !limit.is_reached());
        assert!(other.set(3 * STEP, limit.limit()), "the limit is reached");
        assert!(!other.set(4 * STEP, limit.limit()), "it was reached before");
        assert!(limit.is_reached());
        drop(other);
        assert!(!limit.is_reached() && one.in_all() == 2 * STEP);
        drop(one);
        assert!(!limit.is_near());
    }

    #[test]
    fn shares_shrink_once_the_limit_is_reached() {
        let limit = HeldLimit::new(&Arc::default(), 1 << 20);
        let mut part = limit.part();
        for (held, share) in [
            ((1 << 20) - STEP, None),
            (1 << 20, Some(256 << 10)),
            ((1 << 20) + (128 << 10), Some(128 << 10)),
            ((1 << 20) + (252 << 10), Some(4 << 10)),
            (5 << 18, Some(4 << 10)),
            (1 << 30, Some(4 << 10)),
        ] {
            part.set(held, usize::MAX);
            assert_eq!(limit.share(256 << 10), share, "{held}");
        }
        let tiny = HeldLimit::new(&Arc::default(), 0);
        assert_eq!(tiny.share(16 << 10), Some(4 << 10));
    }
}
