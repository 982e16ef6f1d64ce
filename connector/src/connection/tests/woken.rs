//! Wakers that count, and an executor that polls only what was woken.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// How often a task was woken.
#[derive(Debug, Default)]
pub(super) struct Woken(pub(super) AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Woken {
    /// The wake-ups since this was last asked.
    pub(super) fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

/// Polls once.
pub(super) fn poll_once<T>(
    woken: &Arc<Woken>,
    poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    let waker = Waker::from(woken.clone());
    poll(&mut Context::from_waker(&waker))
}

/// Runs two futures to their end, each with a waker of its own, and polls none
/// that was not woken. A wake-up that is missed is a panic and not a hang.
pub(super) fn run_both<A: Future, B: Future>(one: A, other: B) -> (A::Output, B::Output) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let woken = [Arc::<Woken>::default(), Arc::<Woken>::default()];
    woken.iter().for_each(|woken| woken.wake_by_ref());
    let (mut first, mut second) = (None, None);
    loop {
        let mut idle = true;
        if woken[0].take() > 0 && first.is_none() {
            idle = false;
            first = ready(poll_once(&woken[0], |cx| one.as_mut().poll(cx)));
        }
        if woken[1].take() > 0 && second.is_none() {
            idle = false;
            second = ready(poll_once(&woken[1], |cx| other.as_mut().poll(cx)));
        }
        match (first.take(), second.take()) {
            (Some(first), Some(second)) => return (first, second),
            (one, other) => (first, second) = (one, other),
        }
        assert!(!idle, "nobody wakes {} and {}", first.is_none(), second.is_none());
    }
}

fn ready<T>(poll: Poll<T>) -> Option<T> {
    match poll {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
