//! Calls that run concurrently.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, Stream};

use crate::runtime::{Instant, yield_now};

/// The time of one poll in which calls go on that do not return, as for a poll's messages.
const TIME: Duration = Duration::from_millis(1);

/// Futures that run concurrently. Most sessions never have any, so it is allocated by the
/// first one.
pub(super) struct Concurrent<F>(Option<Box<Set<F>>>);

struct Set<F> {
    futures: FuturesUnordered<InTurn<F>>,
    turn: Arc<Turn>,
}

/// A future that goes on while the turn of all lasts.
struct InTurn<F> {
    future: F,
    turn: Arc<Turn>,
}

/// The turn of the futures in one poll. The set of futures polls each that was woken, and so
/// all of them that wake themselves, before it returns.
struct Turn {
    epoch: Instant,
    /// In microseconds since the epoch. 0 when the turn is over.
    end: AtomicU64,
}

impl<F> Concurrent<F> {
    pub(super) fn new() -> Self {
        Self(None)
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |set| set.futures.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins the turn of the futures in this poll.
    pub(super) fn begin_turn(&mut self) {
        let several = self.len() > 1;
        if let Some(set) = &self.0 {
            set.turn.begin(several);
        }
    }

    /// Returns whether the turn is over. Then the task is woken for the next one.
    pub(super) fn is_turn_over(&self) -> bool {
        self.0.as_ref().is_some_and(|set| set.turn.is_over())
    }
}

impl<F: Future + Unpin> Concurrent<F> {
    pub(super) fn push(&mut self, future: F) {
        let Set { futures, turn } = &mut **self.0.get_or_insert_with(|| {
            let turn = Turn { epoch: Instant::now(), end: AtomicU64::new(u64::MAX) };
            Box::new(Set { futures: FuturesUnordered::new(), turn: Arc::new(turn) })
        });
        futures.push(InTurn { future, turn: turn.clone() });
    }

    /// Returns the next result; `None` if no future runs.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match &mut self.0 {
            Some(set) => Pin::new(&mut set.futures).poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}

impl<F: Future + Unpin> Future for InTurn<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        if self.turn.is_over() {
            yield_now(cx);
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.future).poll(cx);
        if polled.is_pending() {
            self.turn.look();
        }
        polled
    }
}

impl Turn {
    /// Begins anew. The clock is not looked at for a single future.
    fn begin(&self, several: bool) {
        let end =
            if several { self.now().saturating_add(TIME.as_micros() as u64) } else { u64::MAX };
        self.end.store(end, Ordering::Relaxed);
    }

    fn look(&self) {
        let end = self.end.load(Ordering::Relaxed);
        if end != u64::MAX && self.now() >= end {
            self.end.store(0, Ordering::Relaxed);
        }
    }

    fn is_over(&self) -> bool {
        self.end.load(Ordering::Relaxed) == 0
    }

    fn now(&self) -> u64 {
        self.epoch.elapsed().as_micros() as u64
    }
}
