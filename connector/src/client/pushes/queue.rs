//! The queue of a subscription.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;

use super::Push;

/// The limits of a queue.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) struct QueueLimits {
    pub(in crate::client) pushes: usize,
    pub(in crate::client) bytes: usize,
}

/// Pushes in the order of arrival. Above the limits the oldest are dropped.
#[derive(Debug)]
pub(super) struct Queued {
    pushes: VecDeque<Push>,
    bytes: usize,
    limits: QueueLimits,
    dropped: u64,
}

/// The queue of one reader, which it wakes.
#[derive(Debug)]
pub(super) struct PushQueue {
    state: Mutex<State>,
    reader: AtomicWaker,
}

#[derive(Debug)]
struct State {
    queued: Queued,
    ended: bool,
}

impl Queued {
    pub(super) fn new(limits: QueueLimits) -> Self {
        Self { pushes: VecDeque::new(), bytes: 0, limits, dropped: 0 }
    }

    /// Adds a push. The newest is kept, whatever its size.
    pub(super) fn put(&mut self, push: Push) {
        self.bytes += push.body.len();
        self.pushes.push_back(push);
        let QueueLimits { pushes, bytes } = self.limits;
        while self.pushes.len() > 1 && (self.pushes.len() > pushes || self.bytes > bytes) {
            self.take();
            self.dropped += 1;
        }
    }

    fn take(&mut self) -> Option<Push> {
        let push = self.pushes.pop_front()?;
        self.bytes -= push.body.len();
        Some(push)
    }

    /// Removes the pushes of a route, or all.
    pub(super) fn split_off(&mut self, route: Option<&str>) -> VecDeque<Push> {
        let wanted = |push: &Push| route.is_none_or(|route| *push.route == *route);
        let (wanted, others): (VecDeque<_>, _) = self.pushes.drain(..).partition(wanted);
        self.pushes = others;
        self.bytes = self.pushes.iter().map(|push| push.body.len()).sum();
        wanted
    }
}

impl PushQueue {
    pub(super) fn new(limits: QueueLimits) -> Self {
        let state = State { queued: Queued::new(limits), ended: false };
        Self { state: Mutex::new(state), reader: AtomicWaker::new() }
    }

    pub(super) fn put(&self, push: Push) {
        self.lock().queued.put(push);
        self.reader.wake();
    }

    /// Ends the queue. Queued pushes can still be read.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.reader.wake();
    }

    pub(super) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Push>> {
        // Registered before the check, so that a push in between wakes the reader.
        self.reader.register(cx.waker());
        let mut state = self.lock();
        match state.queued.take() {
            None if !state.ended => Poll::Pending,
            push => Poll::Ready(push),
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.lock().queued.dropped
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
