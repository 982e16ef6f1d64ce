//! The search for leaks.

use super::alone::is_alone;
use super::resources::{descriptors, memory, tasks};

/// The fewest rounds after which there is a verdict.
pub(super) const ROUNDS: usize = 8;
/// The bytes a connection by which the memory grows if there is a leak.
const LEAK: usize = 4 * 1024;

/// The growth of something that connections take, over rounds in which as many connections
/// come as go.
///
/// Other tests in the process open descriptors too, but do not have more of them in three
/// rounds of four, twice in sequence.
pub(super) struct Ledger {
    what: &'static str,
    count: fn() -> Option<usize>,
    /// The growth of a round that is a leak.
    leak: usize,
    first: usize,
    before: usize,
    growths: Vec<usize>,
    suspected: bool,
}

impl Ledger {
    /// Creates the ledgers of this system. Half of a task or descriptor for each connection is
    /// a leak. A process that runs other tests needs more memory for a long time, so there it
    /// is not counted.
    pub(super) fn all(connections: usize) -> Vec<Self> {
        let tasks = Self::new("tasks", || Some(tasks()), connections / 2);
        let descriptors = Self::new("descriptors", descriptors, connections / 2);
        let memory = || Self::new("bytes of memory", memory, LEAK * connections);
        let memory = is_alone().then(memory).flatten();
        [tasks, descriptors, memory].into_iter().flatten().collect()
    }

    /// Creates a ledger, unless the system does not tell the count.
    fn new(what: &'static str, count: fn() -> Option<usize>, leak: usize) -> Option<Self> {
        let first = count()?;
        Some(Self {
            what,
            count,
            leak,
            first,
            before: first,
            growths: Vec::new(),
            suspected: false,
        })
    }

    /// Begins a round.
    pub(super) fn begin_round(&mut self) {
        self.before = self.now();
    }

    /// Ends a round. Returns `true` if there is a leak.
    pub(super) fn end_round(&mut self) -> bool {
        self.record(self.now().saturating_sub(self.before))
    }

    fn record(&mut self, growth: usize) -> bool {
        self.growths.push(growth);
        if self.growths.len() < ROUNDS {
            return false;
        }
        self.growths.sort_unstable();
        let grows = self.growths[self.growths.len() / 4] >= self.leak;
        let is_leak = grows && self.suspected;
        if grows != self.suspected {
            // A suspicion is confirmed or ends after the same number of rounds.
            self.growths.clear();
            self.suspected = grows;
        }
        is_leak
    }

    /// Returns `true` if further rounds have to show whether there is a leak.
    pub(super) fn is_suspected(&self) -> bool {
        self.suspected
    }

    /// Forgets the rounds, since what was left is gone.
    pub(super) fn clear(&mut self) {
        self.growths.clear();
        self.suspected = false;
    }

    /// Returns how much is left, and of what.
    pub(super) fn left(&self) -> (usize, &'static str) {
        (self.now().saturating_sub(self.first), self.what)
    }

    fn now(&self) -> usize {
        (self.count)().unwrap_or(self.first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        Ledger::new("stones", || Some(0), 10).unwrap()
    }

    #[test]
    fn a_leak_grows_in_most_rounds_and_is_confirmed() {
        let mut ledger = ledger();
        let growths = (0..2 * ROUNDS).map(|round| if round % 4 == 0 { 0 } else { 10 });
        let verdicts: Vec<_> = growths.map(|growth| ledger.record(growth)).collect();
        assert_eq!(verdicts.iter().position(|&leaks| leaks), Some(2 * ROUNDS - 1));
    }

    #[test]
    fn a_growth_that_ends_is_not_a_leak() {
        let mut ledger = ledger();
        for _ in 0..ROUNDS {
            assert!(!ledger.record(1_000));
        }
        assert!(ledger.is_suspected());
        for _ in 0..ROUNDS {
            assert!(!ledger.record(9));
        }
        assert!(!ledger.is_suspected());
    }

    #[test]
    fn what_the_system_does_not_tell_has_no_ledger() {
        assert!(Ledger::new("stones", || None, 1).is_none());
    }
}
