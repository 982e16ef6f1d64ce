//! The bytes of messages whose calls run or wait.

use std::sync::atomic::{AtomicUsize, Ordering};

use connector_protocol::{Limit, Limits};

use crate::metrics;

/// The sum over all connections changes in steps of so many bytes, so that small messages
/// do not touch what all threads share.
const STEP: usize = 1024;

/// The bytes of messages whose calls run or wait, over all connections of a server, in
/// steps.
#[derive(Debug, Default)]
pub(super) struct HeldInAll(AtomicUsize);

/// The bytes of one connection's messages whose calls run or wait.
pub(super) struct Held<'a> {
    bytes: usize,
    all: &'a HeldInAll,
}

impl<'a> Held<'a> {
    pub(super) fn new(all: &'a HeldInAll) -> Self {
        Self { bytes: 0, all }
    }

    /// Returns `true` if no further message may be taken. A connection that holds nothing
    /// always takes one, so that each goes on, however much the others hold.
    #[inline]
    pub(super) fn is_full(&self, limits: &Limits) -> bool {
        self.bytes > 0
            && (self.bytes >= limits.call_bytes || self.all.get() >= limits.call_bytes_in_all)
    }

    /// Counts a message of this size, and calls `report` for each of the limits that it
    /// reaches.
    pub(super) fn add(&mut self, bytes: usize, limits: &Limits, report: impl Fn(Limit)) {
        let before = self.bytes;
        self.bytes += bytes;
        if (before..self.bytes).contains(&limits.call_bytes.saturating_sub(1)) {
            report(Limit::CallBytes);
        }
        let steps = steps(self.bytes) - steps(before);
        if steps > 0 {
            let in_all = self.all.0.fetch_add(steps, Ordering::Relaxed);
            metrics::call_bytes_changed(steps as f64);
            if (in_all..in_all + steps).contains(&limits.call_bytes_in_all.saturating_sub(1)) {
                report(Limit::CallBytesInAll);
            }
        }
    }

    /// Forgets a message of this size.
    pub(super) fn remove(&mut self, bytes: usize) {
        let before = self.bytes;
        self.bytes = self.bytes.saturating_sub(bytes);
        let steps = steps(before) - steps(self.bytes);
        if steps > 0 {
            self.all.0.fetch_sub(steps, Ordering::Relaxed);
            metrics::call_bytes_changed(-(steps as f64));
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.remove(self.bytes);
    }
}

impl HeldInAll {
    pub(super) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The part of a connection's bytes that is counted for all connections.
fn steps(bytes: usize) -> usize {
    bytes / STEP * STEP
}

/// Returns what a body counts for while its call runs: its bytes, or a quarter of the memory
/// that it may take as a JSON value, if that is more. Lists of short items and of small
/// objects take up to fifty times their bytes.
pub(super) fn weight(body: &[u8]) -> usize {
    /// The memory of the smallest object, of the smallest list, and of one more item.
    const OBJECT: usize = 640;
    const LIST: usize = 384;
    const ITEM: usize = 112;
    let sizes = body.iter().map(|byte| match byte {
        b'{' => OBJECT,
        b'[' => LIST,
        b',' => ITEM,
        _ => 0,
    });
    body.len().max(sizes.sum::<usize>() / 4)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn bytes_are_counted_for_each_connection_and_for_all() {
        let all = HeldInAll::default();
        let limits = Limits { call_bytes: 3_000, call_bytes_in_all: 4_096, ..Limits::default() };
        let reached = RefCell::new(Vec::new());
        let report = |limit| reached.borrow_mut().push(limit);
        let (mut one, mut other) = (Held::new(&all), Held::new(&all));
        one.add(2_999, &limits, report);
        assert!(!one.is_full(&limits) && reached.borrow().is_empty());
        one.add(1, &limits, report);
        assert!(one.is_full(&limits) && !other.is_full(&limits));
        other.add(2_048, &limits, report);
        assert!(other.is_full(&limits), "all together hold too much");
        assert!(!Held::new(&all).is_full(&limits), "one that holds nothing goes on");
        assert_eq!(*reached.borrow(), [Limit::CallBytes, Limit::CallBytesInAll]);
        one.remove(1_000);
        assert!(!one.is_full(&limits) && !other.is_full(&limits));
        drop((one, other));
        assert_eq!(all.get(), 0);
    }

    #[test]
    fn dense_json_counts_for_more() {
        let text = format!("\"{}\"", "x".repeat(998));
        assert_eq!(weight(text.as_bytes()), 1_000);
        assert_eq!(weight(&[]), 0);
        let lists = "[0],".repeat(1_000);
        assert_eq!(weight(lists.as_bytes()), 124_000);
    }
}
