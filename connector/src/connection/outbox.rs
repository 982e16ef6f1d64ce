//! The outbox of a session, which any task puts messages into.

mod offer;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::text::escaped;

use super::batcher::Batcher;
use super::waiting::Waiting;
use crate::codec::CodecError;
use crate::connector::BoxSocket;
use crate::link::Outgoing;

/// The messages that wait to be sent by a connection's task, put in by any task. The
/// task's own answers go through it only if they must, to keep their order.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// `true` if a message was put in that is neither sent nor taken by the task.
    has_new: AtomicBool,
    /// Bytes that the task has taken and not sent.
    unsent: AtomicUsize,
    limit: usize,
    /// `true` if messages wait in a batcher instead of leaving at once.
    batches: bool,
    /// `true` if more than the limit waits.
    is_over: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    waiting: Waiting,
    /// For sessions whose messages leave in batches.
    batcher: Option<Box<Batcher>>,
    /// Boxed, as there is none for most of the time.
    end: Option<Box<End>>,
    /// Nothing can be put in any more.
    closed: bool,
    /// Wakes the task.
    waker: Option<Waker>,
    /// The socket of a parked task.
    socket: Option<BoxSocket>,
}

/// Why the connection is to end.
#[derive(Debug)]
enum End {
    /// Somebody wants it to.
    Ordered(CloseOrder),
    /// The socket took nothing more when somebody else sent with it.
    Failed(CloseReason),
}

/// What became of a message that was put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Put {
    /// `true` if it is the first message since the last was sent.
    pub(crate) first: bool,
    /// The queued bytes.
    pub(crate) queued: usize,
}

/// An order to end the connection.
#[derive(Clone, Debug)]
pub(crate) struct CloseOrder {
    pub(crate) reason: CloseReason,
    /// `true` if running and waiting calls are served first.
    pub(crate) drain: bool,
}

/// The error of a push that is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The session is closed.
    #[error("the session is closed")]
    Closed,
    /// The peer does not read. Its connection is closed for that.
    #[error("{queued} bytes are queued for a peer that does not read, the limit is {limit}")]
    Full {
        /// The queued bytes.
        queued: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The message cannot be written.
    #[error("the message cannot be written: {0}")]
    Codec(#[from] CodecError),
}

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            has_new: AtomicBool::new(false),
            unsent: AtomicUsize::new(0),
            limit,
            batches: false,
            is_over: AtomicBool::new(false),
        }
    }

    /// Returns an outbox whose messages, put in without a frame, leave in batches.
    pub(crate) fn batched(limit: usize, batcher: Batcher) -> Self {
        let state = State { batcher: Some(Box::new(batcher)), ..State::default() };
        Self { state: Mutex::new(state), batches: true, ..Self::new(limit) }
    }

    /// Returns `true` if messages leave in batches, and are put in without a frame.
    pub(crate) fn batches(&self) -> bool {
        self.batches
    }

    /// Puts a framed message in. If it is the first, the caller has to send it, or to wake
    /// the task. A peer for which far more than the limit waits is closed, and by its task
    /// one for which more waits and that takes nothing of it.
    pub(crate) fn put(&self, bytes: Bytes) -> Result<Put, PushError> {
        let mut state = self.lock_open()?;
        let first = match &mut state.batcher {
            Some(batcher) => batcher.push(bytes),
            None => {
                state.waiting.push(bytes);
                true
            }
        };
        let queued = self.queued(&state);
        let limit = self.limit;
        if queued > limit && self.is_too_much(&mut state) {
            let queued = self.queued(&state);
            self.refuse(state, queued);
            return Err(PushError::Full { queued, limit });
        }
        Ok(Put { first: first && !self.has_new.swap(true, Ordering::Release), queued })
    }

    /// Sends the messages that were put in: here if the task is parked, otherwise the task
    /// is woken to send them.
    pub(crate) fn send(&self) {
        let mut state = self.lock();
        if !self.has_new() {
            return;
        }
        // Bytes that the task could not send go first.
        let waits = self.batches || self.unsent.load(Ordering::Relaxed) > 0;
        let sent = if waits { None } else { state.send() };
        match sent {
            Some(Ok(())) => self.has_new.store(false, Ordering::Relaxed),
            Some(Err(reason)) => {
                state.end = Some(Box::new(End::Failed(reason)));
                state.closed = true;
                self.signal(state);
            }
            None => self.signal(state),
        }
    }

    /// Puts a framed message in if the limit allows it. Otherwise the peer is not closed,
    /// and the caller tries again later.
    pub(crate) fn try_put(&self, bytes: &Bytes) -> Result<(), PushError> {
        let mut state = self.lock_open()?;
        let queued = self.queued(&state);
        let limit = self.limit;
        if queued >= limit {
            return Err(PushError::Full { queued, limit });
        }
        state.waiting.push(bytes.clone());
        self.signal(state);
        Ok(())
    }

    /// Orders the end, unless it is ordered already.
    pub(crate) fn close(&self, order: CloseOrder) {
        let state = self.lock();
        if !state.closed {
            self.order(state, order);
        }
    }

    fn order(&self, mut state: MutexGuard<'_, State>, order: CloseOrder) {
        state.end = Some(Box::new(End::Ordered(order)));
        state.closed = true;
        self.signal(state);
    }

    /// Moves the messages to the end of the task's outgoing bytes.
    pub(crate) fn take_into(&self, outgoing: &mut Outgoing) {
        if self.has_new() {
            self.take(&mut self.lock(), outgoing);
        }
    }

    /// Returns the reason of an order to end, for a task that may not send messages yet.
    pub(crate) fn ordered_end(&self) -> Option<CloseReason> {
        if !self.has_new() {
            return None;
        }
        match self.lock().end.as_deref() {
            Some(End::Ordered(order)) => Some(order.reason.clone()),
            _ => None,
        }
    }

    /// The same, and the order to end if there is one.
    pub(crate) fn take_close(&self, outgoing: &mut Outgoing) -> Option<CloseOrder> {
        if !self.has_new() {
            return None;
        }
        let mut state = self.lock();
        let order = state.take_order();
        self.take(&mut state, outgoing);
        order
    }

    #[cold]
    fn take(&self, state: &mut State, outgoing: &mut Outgoing) {
        // These stay new until they are taken.
        self.has_new.store(state.end.is_some(), Ordering::Relaxed);
        state.waiting.take_into(outgoing);
        self.unsent.store(outgoing.len(), Ordering::Relaxed);
    }

    /// Moves the batch to the end of the outgoing bytes if it is due. Otherwise returns the
    /// time at which it is, if any message waits.
    pub(crate) fn take_due(
        &self,
        now: Duration,
        outgoing: &mut Outgoing,
    ) -> Result<Option<Duration>, CloseReason> {
        match &mut self.lock().batcher {
            Some(batcher) if self.batches => batcher.take_due(now, outgoing),
            _ => Ok(None),
        }
    }

    /// Moves the last batch to the end of the outgoing bytes before it is due.
    pub(crate) fn take_batch(&self, outgoing: &mut Outgoing) {
        if self.batches
            && let Some(batcher) = &mut self.lock().batcher
            && let Err(reason) = batcher.take_all(outgoing)
        {
            tracing::debug!(reason = %escaped(&reason), "the last batch could not be written");
        }
    }

    /// Returns the failure of the socket when another task sent with it. Called once the
    /// socket has nothing more to read, since the peer's last package is the better reason.
    pub(crate) fn check(&self) -> Result<(), CloseReason> {
        if !self.has_new() {
            return Ok(());
        }
        self.lock().take_failure().map_or(Ok(()), Err)
    }

    /// Sets the number of bytes that the task has taken and not sent.
    pub(crate) fn set_unsent(&self, bytes: usize) {
        if self.unsent.load(Ordering::Relaxed) != bytes {
            self.unsent.store(bytes, Ordering::Relaxed);
        }
        if self.is_over() && bytes <= self.limit {
            self.is_over.store(false, Ordering::Relaxed);
        }
    }

    /// Returns whether more than the limit waits.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Closes the outbox, and drops its messages and its socket.
    pub(crate) fn end(&self) {
        let closed = State { closed: true, ..State::default() };
        let state = std::mem::replace(&mut *self.lock(), closed);
        // Not under the lock, since dropping a socket may run any code.
        drop(state);
    }

    /// Registers the waker of a waiting task.
    pub(crate) fn register(&self, waker: &Waker) {
        self.lock().register(waker);
    }

    /// Parks the task: keeps its socket, with which other tasks send. Returns the socket if
    /// a message was put in meanwhile.
    pub(crate) fn park(&self, waker: &Waker, socket: BoxSocket) -> Result<(), BoxSocket> {
        let mut state = self.lock();
        if self.has_new() {
            return Err(socket);
        }
        state.register(waker);
        state.socket = Some(socket);
        Ok(())
    }

    /// Keeps the socket of a task that is polled again soon.
    pub(crate) fn retain(&self, socket: BoxSocket) {
        self.lock().socket = Some(socket);
    }

    /// Takes the socket of a parked task, which continues.
    pub(crate) fn unpark(&self) -> Option<BoxSocket> {
        self.lock().socket.take()
    }

    /// Returns `true` if a message was put in since they were last sent or taken.
    pub(crate) fn has_new(&self) -> bool {
        self.has_new.load(Ordering::Acquire)
    }

    /// Wakes the task, for a message or for a deadline.
    pub(crate) fn wake(&self) {
        wake(self.lock());
    }

    fn lock_open(&self) -> Result<MutexGuard<'_, State>, PushError> {
        let state = self.lock();
        if state.closed { Err(PushError::Closed) } else { Ok(state) }
    }

    /// Returns the number of queued bytes, including those that the task has taken.
    fn queued(&self, state: &State) -> usize {
        let batched = state.batcher.as_ref().map_or(0, |batcher| batcher.len());
        self.unsent.load(Ordering::Relaxed) + state.waiting.len() + batched
    }

    fn signal(&self, state: MutexGuard<'_, State>) {
        self.has_new.store(true, Ordering::Release);
        wake(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_order(&mut self) -> Option<CloseOrder> {
        match self.end.take().map(|end| *end) {
            Some(End::Ordered(order)) => Some(order),
            other => {
                self.end = other.map(Box::new);
                None
            }
        }
    }

    fn take_failure(&mut self) -> Option<CloseReason> {
        match self.end.take().map(|end| *end) {
            Some(End::Failed(reason)) => Some(reason),
            other => {
                self.end = other.map(Box::new);
                None
            }
        }
    }

    fn register(&mut self, waker: &Waker) {
        if !self.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            self.waker = Some(waker.clone());
        }
    }

    /// Sends everything with the socket of a parked task. Returns `None` if the task is not
    /// parked, or if it has to send the remainder. The link gets the task's waker, as if the
    /// task had polled it.
    fn send(&mut self) -> Option<Result<(), CloseReason>> {
        let Self { waiting, end: None, waker: Some(waker), socket: Some(socket), .. } = self else {
            return None;
        };
        match offer::send(waiting, socket, &mut Context::from_waker(waker)) {
            Poll::Ready(sent) => Some(sent),
            Poll::Pending => None,
        }
    }
}

/// Wakes the task, and removes its waker: it registers again when it waits again.
fn wake(mut state: MutexGuard<'_, State>) {
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
