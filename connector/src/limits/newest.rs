//! Queues that drop the oldest values rather than to grow.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;

use crate::link::queue::Weigh;

/// The limits of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewestLimits {
    pub(crate) number: usize,
    pub(crate) bytes: usize,
}

/// Values in the order of arrival. Above the limits the oldest are dropped.
#[derive(Debug)]
pub(crate) struct Newest<T> {
    values: VecDeque<T>,
    bytes: usize,
    limits: NewestLimits,
    dropped: u64,
}

/// The queue of one reader, which it wakes.
#[derive(Debug)]
pub(crate) struct NewestQueue<T> {
    state: Mutex<State<T>>,
    reader: AtomicWaker,
}

#[derive(Debug)]
struct State<T> {
    queued: Newest<T>,
    ended: bool,
}

impl<T: Weigh> Newest<T> {
    pub(crate) fn new(limits: NewestLimits) -> Self {
        Self { values: VecDeque::new(), bytes: 0, limits, dropped: 0 }
    }

    /// Adds a value. The newest is kept, whatever its size.
    pub(crate) fn put(&mut self, value: T) {
        self.bytes += value.size();
        self.values.push_back(value);
        let NewestLimits { number, bytes } = self.limits;
        while self.values.len() > 1 && (self.values.len() > number || self.bytes > bytes) {
            self.take();
            self.dropped += 1;
        }
    }

    fn take(&mut self) -> Option<T> {
        let value = self.values.pop_front()?;
        self.bytes -= value.size();
        Some(value)
    }

    /// Removes the values that are wanted.
    pub(crate) fn split_off(&mut self, wanted: impl Fn(&T) -> bool) -> VecDeque<T> {
        let (wanted, others): (VecDeque<_>, _) = self.values.drain(..).partition(wanted);
        self.values = others;
        self.bytes = self.values.iter().map(Weigh::size).sum();
        wanted
    }
}

impl<T: Weigh> NewestQueue<T> {
    pub(crate) fn new(limits: NewestLimits) -> Self {
        let state = State { queued: Newest::new(limits), ended: false };
        Self { state: Mutex::new(state), reader: AtomicWaker::new() }
    }

    pub(crate) fn put(&self, value: T) {
        self.lock().queued.put(value);
        self.reader.wake();
    }

    /// Ends the queue. Queued values can still be read.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.reader.wake();
    }

    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        // Registered before the check, so that a value in between wakes the reader.
        self.reader.register(cx.waker());
        let mut state = self.lock();
        match state.queued.take() {
            None if !state.ended => Poll::Pending,
            value => Poll::Ready(value),
        }
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.lock().queued.dropped
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
