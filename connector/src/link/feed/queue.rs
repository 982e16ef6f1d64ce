//! A bounded queue between callbacks and a task, with an end on both sides.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use atomic_waker::AtomicWaker;
use bytes::Bytes;
use connector_protocol::CloseReason;
use tokio::sync::Notify;

use super::{FeedError, FeedLimits};

/// A value whose bytes are counted while it waits.
pub(crate) trait Weigh {
    /// Returns the number of bytes.
    fn size(&self) -> usize;
}

impl Weigh for Bytes {
    fn size(&self) -> usize {
        self.len()
    }
}

/// The side that callbacks put values into. The queue ends when the last clone is dropped.
pub(crate) struct Entrance<T: Weigh>(Arc<Guard<T>>);

/// The side that a task takes values from.
pub(crate) struct Exit<T: Weigh>(Arc<Shared<T>>);

/// The share of all entrances: the queue ends with it.
struct Guard<T: Weigh>(Arc<Shared<T>>);

struct Shared<T> {
    state: Mutex<State<T>>,
    limits: FeedLimits,
    /// The task that receives.
    receiver: AtomicWaker,
    /// Notified when there is room, or at the end.
    room: Notify,
}

struct State<T> {
    waiting: VecDeque<T>,
    bytes: usize,
    /// The end of the queue behind what waits.
    ended: Option<CloseReason>,
    /// Nobody receives any more.
    gone: bool,
}

/// Creates both sides.
pub(crate) fn queue<T: Weigh>(limits: FeedLimits) -> (Entrance<T>, Exit<T>) {
    let state = State { waiting: VecDeque::new(), bytes: 0, ended: None, gone: false };
    let shared = Arc::new(Shared {
        state: Mutex::new(state),
        limits,
        receiver: AtomicWaker::new(),
        room: Notify::new(),
    });
    (Entrance(Arc::new(Guard(shared.clone()))), Exit(shared))
}

impl<T: Weigh> Entrance<T> {
    /// Puts a value in. Too many end the queue behind those that wait.
    pub(crate) fn push(&self, value: T) -> Result<(), FeedError> {
        let shared = self.shared();
        let mut state = shared.lock();
        let put = state.put(value, shared.limits);
        if let Err((FeedError::Full { messages, bytes }, _)) = put {
            let flood = format!("{messages} messages of {bytes} bytes wait to be handled");
            state.ended = Some(CloseReason::Malformed(flood));
        }
        drop(state);
        shared.receiver.wake();
        if put.is_err() {
            shared.room.notify_waiters();
        }
        put.map_err(|(error, _)| error)
    }

    /// Puts a value in, and waits while there is no room. Fails only if the queue has ended.
    pub(crate) async fn send(&self, mut value: T) -> Result<(), FeedError> {
        let shared = self.shared();
        loop {
            let mut room = std::pin::pin!(shared.room.notified());
            // Registered before the check, so that room in between is noticed.
            room.as_mut().enable();
            let put = shared.lock().put(value, shared.limits);
            match put {
                Ok(()) => break,
                Err((FeedError::Full { .. }, rejected)) => value = rejected,
                Err((ended, _)) => return Err(ended),
            }
            room.await;
        }
        shared.receiver.wake();
        Ok(())
    }

    /// Ends the queue for this reason, behind what waits. An earlier reason is kept.
    pub(crate) fn end(&self, reason: CloseReason) {
        self.shared().end(reason);
    }

    pub(crate) fn is_ended(&self) -> bool {
        let state = self.shared().lock();
        state.gone || state.ended.is_some()
    }

    /// Waits until the queue has ended.
    pub(crate) async fn ended(&self) {
        loop {
            let mut changed = std::pin::pin!(self.shared().room.notified());
            changed.as_mut().enable();
            if self.is_ended() {
                return;
            }
            changed.await;
        }
    }

    fn shared(&self) -> &Shared<T> {
        &self.0.0
    }
}

impl<T: Weigh> Exit<T> {
    /// Returns a function that tells whether the queue ends, behind what waits.
    pub(crate) fn watch_end(&self) -> impl Fn() -> bool + use<T> {
        let shared = self.0.clone();
        move || shared.lock().ended.is_some()
    }

    /// Takes the next value, or the reason of the end.
    pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Result<T, CloseReason>> {
        // Registered before the check, so that a value in between wakes the task.
        self.0.receiver.register(cx.waker());
        let mut state = self.0.lock();
        if let Some(value) = state.waiting.pop_front() {
            state.bytes -= value.size();
            drop(state);
            self.0.room.notify_waiters();
            return Poll::Ready(Ok(value));
        }
        match &state.ended {
            None => Poll::Pending,
            Some(reason) => Poll::Ready(Err(reason.clone())),
        }
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.0.lock().waiting.len()
    }
}

impl<T> Shared<T> {
    fn end(&self, reason: CloseReason) {
        self.lock().ended.get_or_insert(reason);
        self.receiver.wake();
        self.room.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fmt_as(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct(name)
            .field("waiting", &state.waiting.len())
            .field("bytes", &state.bytes)
            .field("ended", &state.ended)
            .finish()
    }
}

impl<T: Weigh> State<T> {
    fn put(&mut self, value: T, limits: FeedLimits) -> Result<(), (FeedError, T)> {
        if self.gone || self.ended.is_some() {
            return Err((FeedError::Ended, value));
        }
        let (messages, bytes) = (self.waiting.len(), self.bytes);
        let fits = messages < limits.messages && bytes.saturating_add(value.size()) <= limits.bytes;
        if !fits && messages > 0 {
            return Err((FeedError::Full { messages, bytes }, value));
        }
        self.bytes += value.size();
        self.waiting.push_back(value);
        Ok(())
    }
}

impl<T: Weigh> Clone for Entrance<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Weigh> Drop for Guard<T> {
    fn drop(&mut self) {
        self.0.end(CloseReason::PeerClosed);
    }
}

impl<T: Weigh> Drop for Exit<T> {
    fn drop(&mut self) {
        let waiting = {
            let mut state = self.0.lock();
            state.gone = true;
            state.bytes = 0;
            std::mem::take(&mut state.waiting)
        };
        drop(waiting);
        self.0.room.notify_waiters();
    }
}

impl<T: Weigh> fmt::Debug for Entrance<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared().fmt_as("Entrance", f)
    }
}

impl<T: Weigh> fmt::Debug for Exit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt_as("Exit", f)
    }
}
