//! Calls that run concurrently.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, Stream};

use super::turn::{Place, Turn};

/// Futures that run concurrently. Most sessions never have any, so it is allocated by the
/// first one.
pub(crate) struct Concurrent<F>(Option<Box<Set<F>>>);

struct Set<F> {
    futures: FuturesUnordered<InTurn<F>>,
    turn: Arc<Turn>,
}

/// A future that goes on while the turn of all lasts.
struct InTurn<F> {
    future: F,
    place: Place,
}

impl<F> Concurrent<F> {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    /// Creates a set whose futures share a turn with other work.
    #[cfg(feature = "plugin")]
    pub(crate) fn sharing(turn: Arc<Turn>) -> Self {
        Self(Some(Box::new(Set { futures: FuturesUnordered::new(), turn })))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |set| set.futures.len())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Begins the turn of the futures in this poll.
    pub(crate) fn begin_turn(&mut self) {
        let several = self.len() > 1;
        if let Some(set) = &self.0 {
            set.turn.begin(several);
        }
    }

    /// Returns whether the turn is over. Then the task is woken for the next one.
    pub(crate) fn is_turn_over(&self) -> bool {
        self.0.as_ref().is_some_and(|set| set.turn.is_over())
    }
}

impl<F: Future + Unpin> Concurrent<F> {
    pub(crate) fn push(&mut self, future: F) {
        let Set { futures, turn } = &mut **self.0.get_or_insert_with(|| {
            Box::new(Set { futures: FuturesUnordered::new(), turn: Arc::new(Turn::new()) })
        });
        futures.push(InTurn { future, place: Place::new(turn) });
    }

    /// Returns the next result; `None` if no future runs.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        let Some(set) = &mut self.0 else { return Poll::Ready(None) };
        let next = Pin::new(&mut set.futures).poll_next(cx);
        if next.is_pending() {
            set.turn.wake_waiting();
        }
        next
    }

    /// Takes all futures out, so that they can be dropped one by one.
    #[cfg(feature = "plugin")]
    pub(crate) fn take(&mut self) -> impl Iterator<Item = F> + use<F> {
        let futures = self.0.as_mut().map(|set| std::mem::take(&mut set.futures));
        futures.into_iter().flatten().map(|in_turn| in_turn.future)
    }
}

impl<F: Future + Unpin> Future for InTurn<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { future, place } = &mut *self;
        if !place.is_on(cx.waker()) {
            return Poll::Pending;
        }
        let polled = Pin::new(future).poll(cx);
        if polled.is_pending() {
            place.look();
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::poll_fn;
    use std::rc::Rc;
    use std::task::Waker;
    use std::time::{Duration, Instant};

    use super::*;

    /// A future that takes a whole turn whenever it goes on, and counts that.
    fn busy(count: Rc<Cell<u32>>) -> impl Future<Output = ()> + Unpin {
        poll_fn(move |cx| {
            count.set(count.get() + 1);
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(1) {
                std::hint::spin_loop();
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }

    #[test]
    fn futures_that_take_whole_turns_go_on_one_after_the_other() {
        let cx = &mut Context::from_waker(Waker::noop());
        let mut calls = Concurrent::new();
        let counts = [(); 6].map(|()| Rc::<Cell<u32>>::default());
        counts.iter().for_each(|count| calls.push(busy(count.clone())));
        let mut went_on = Vec::new();
        for turn in 1..=30 {
            calls.begin_turn();
            assert!(calls.poll_next(cx).is_pending() && calls.is_turn_over());
            let all: Vec<u32> = counts.iter().map(|count| count.get()).collect();
            assert_eq!(all.iter().sum::<u32>(), turn, "one in a turn");
            went_on = all;
        }
        assert_eq!(went_on, [5; 6]);
    }

    #[test]
    fn futures_that_were_left_out_and_dropped_keep_no_others_waiting() {
        let cx = &mut Context::from_waker(Waker::noop());
        let turn = Arc::new(Turn::new());
        let count = Rc::<Cell<u32>>::default();
        let mut calls = Concurrent(Some(Box::new(Set {
            futures: FuturesUnordered::new(),
            turn: turn.clone(),
        })));
        let mut others = Concurrent(Some(Box::new(Set { futures: FuturesUnordered::new(), turn })));
        for _ in 0..2 {
            calls.push(busy(Rc::default()));
        }
        others.push(busy(count.clone()));
        calls.0.as_ref().unwrap().turn.begin(true);
        assert!(calls.poll_next(cx).is_pending(), "one is left out");
        drop(calls);
        others.0.as_ref().unwrap().turn.begin(true);
        assert!(others.poll_next(cx).is_pending());
        assert_eq!(count.get(), 1);
    }
}
