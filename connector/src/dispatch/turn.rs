//! The time of one poll in which calls go on.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use crate::runtime::{Instant, yield_now};

/// The time of one poll in which calls go on that do not return, as for a poll's messages.
const TIME: Duration = Duration::from_millis(1);

/// The turn of the futures in one poll. A set of futures polls each that was woken, and so all
/// of them that wake themselves, before it returns. Those for which no time is left come first
/// in the next turns.
pub(crate) struct Turn {
    epoch: Instant,
    /// In microseconds since the epoch. 0 when the turn is over.
    end: AtomicU64,
    /// The number of futures for which no time was left.
    left_out: AtomicUsize,
    /// The wakers of those that did not go on.
    waiting: Mutex<Vec<Waker>>,
}

/// The place of a future in the turns.
pub(super) struct Place {
    turn: Arc<Turn>,
    is_left_out: bool,
}

impl Turn {
    /// Creates a turn that has no end until it begins.
    pub(crate) fn new() -> Self {
        Self {
            epoch: Instant::now(),
            end: AtomicU64::new(u64::MAX),
            left_out: AtomicUsize::new(0),
            waiting: Mutex::default(),
        }
    }

    /// Begins anew, with those that did not go on. The clock is not looked at for a single
    /// future.
    pub(crate) fn begin(&self, several: bool) {
        let end =
            if several { self.now().saturating_add(TIME.as_micros() as u64) } else { u64::MAX };
        self.end.store(end, Ordering::Relaxed);
        self.wake_waiting();
    }

    /// Wakes the futures that did not go on, behind other tasks and what has arrived for them.
    /// It is called between polls of their set, which ends a poll at the second future that is
    /// woken in it.
    pub(super) fn wake_waiting(&self) {
        let waiting = std::mem::take(&mut *self.waiting());
        for waker in waiting {
            yield_now(&mut Context::from_waker(&waker));
        }
    }

    /// Looks at the clock, behind each future that went on.
    pub(crate) fn look(&self) {
        let end = self.end.load(Ordering::Relaxed);
        if end != u64::MAX && self.now() >= end {
            self.end.store(0, Ordering::Relaxed);
        }
    }

    /// Returns whether the others have to wait for the next poll.
    pub(crate) fn is_over(&self) -> bool {
        self.end.load(Ordering::Relaxed) == 0
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64
    }
}

impl Place {
    pub(super) fn new(turn: &Arc<Turn>) -> Self {
        Self { turn: turn.clone(), is_left_out: false }
    }

    /// Returns whether the future goes on now. If not, it is woken for the next turn.
    pub(super) fn is_on(&mut self, waker: &Waker) -> bool {
        if self.turn.is_over() {
            if !self.is_left_out {
                self.is_left_out = true;
                self.turn.left_out.fetch_add(1, Ordering::Relaxed);
            }
        } else if self.is_left_out || self.turn.left_out.load(Ordering::Relaxed) == 0 {
            self.take();
            return true;
        }
        self.turn.waiting().push(waker.clone());
        false
    }

    /// Looks at the clock, behind the future.
    pub(super) fn look(&self) {
        self.turn.look();
    }

    fn take(&mut self) {
        if std::mem::take(&mut self.is_left_out) {
            self.turn.left_out.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.take();
    }
}
