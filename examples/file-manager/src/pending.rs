//! Paths that were touched, until it is quiet.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time without an event after which the paths are looked at.
const QUIET: Duration = Duration::from_millis(100);
/// The longest time that they wait for that.
const LONGEST: Duration = Duration::from_secs(1);
/// The most paths that wait. With more of them everything is looked at.
const MOST: usize = 10_000;

/// Touched paths, each once. They are taken when nothing was touched for 100 milliseconds,
/// or after a second, so that a program that saves a file in several steps is one change.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    touched: Mutex<Touched>,
    is_touched: Condvar,
}

#[derive(Debug, Default)]
struct Touched {
    paths: BTreeSet<String>,
    events: u64,
}

impl Pending {
    /// Adds a path. The empty one is the root, and stands for everything.
    pub(crate) fn touch(&self, path: &str) {
        let mut touched = self.lock();
        touched.events += 1;
        if path.is_empty() || touched.paths.len() >= MOST {
            touched.paths.clear();
            touched.paths.insert(String::new());
        } else if !touched.paths.contains("") {
            touched.paths.insert(path.to_owned());
        }
        self.is_touched.notify_all();
    }

    /// Waits until it is quiet behind an event, and takes the paths.
    pub(crate) fn take(&self) -> BTreeSet<String> {
        let mut touched = self.lock();
        while touched.paths.is_empty() {
            touched = self.is_touched.wait(touched).unwrap_or_else(PoisonError::into_inner);
        }
        let latest = Instant::now() + LONGEST;
        loop {
            let events = touched.events;
            let left = latest.saturating_duration_since(Instant::now());
            let waited = self
                .is_touched
                .wait_timeout_while(touched, QUIET.min(left), |touched| touched.events == events);
            let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            touched = guard;
            if timeout.timed_out() {
                return std::mem::take(&mut touched.paths);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Touched> {
        self.touched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn paths_are_taken_once_and_together() {
        let pending = Pending::default();
        ["b", "a", "b"].into_iter().for_each(|path| pending.touch(path));
        assert_eq!(pending.take(), ["a", "b"].map(str::to_owned).into());
        pending.touch("c");
        assert_eq!(pending.take(), ["c".to_owned()].into());
    }

    #[test]
    fn too_many_paths_are_everything() {
        let pending = Pending::default();
        (0..=MOST).for_each(|path| pending.touch(&path.to_string()));
        pending.touch("later");
        assert_eq!(pending.take(), [String::new()].into());
        pending.touch("a");
        pending.touch("");
        assert_eq!(pending.take(), [String::new()].into());
    }

    #[test]
    fn what_never_rests_is_taken_too() {
        let pending = Pending::default();
        let is_taken = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_taken.load(Ordering::Relaxed) {
                    pending.touch("a");
                    thread::yield_now();
                }
            });
            assert_eq!(pending.take(), ["a".to_owned()].into());
            is_taken.store(true, Ordering::Relaxed);
        });
    }
}
