//! The outbox of a session, which any task puts messages into.

mod batches;
mod lending;
#[cfg(all(test, connector_loom))]
mod models;
mod offer;
mod state;

use std::sync::{Arc, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use connector_protocol::CloseReason;

use self::lending::Lent;
use self::state::{End, State, wake};
use super::PushError;
use super::batcher::Batcher;
use crate::connector::BoxSocket;
use crate::link::Outgoing;
use crate::push::Schedule;
use crate::runtime::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use crate::runtime::sync::{Mutex, MutexGuard};

/// The messages that wait to be sent by a connection's task, put in by any task. The
/// task's own answers go through it only if they must, to keep their order.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    limit: usize,
    /// Bytes that the task has taken and not sent.
    unsent: AtomicU32,
    /// `true` if a message was put in that is neither sent nor taken by the task.
    has_new: AtomicBool,
    /// `true` if somebody may wait for room, see [`Outbox::put_when_ready`].
    is_awaited: AtomicBool,
    /// When messages leave, if they wait in a batcher instead of leaving at once.
    schedule: Option<Arc<Schedule>>,
    /// `true` if nobody but the task sends.
    never_lent: bool,
    /// `true` if more than the limit waits.
    is_over: AtomicBool,
}

/// A framed message, or one without its frame where messages leave in batches.
#[derive(Clone, Debug)]
pub(crate) struct Framed {
    pub(crate) bytes: Bytes,
    /// How long it may wait for others to leave with, if messages leave in batches.
    pub(crate) wait: Duration,
}

/// It leaves as soon as it can.
impl From<Bytes> for Framed {
    fn from(bytes: Bytes) -> Self {
        Self { bytes, wait: Duration::ZERO }
    }
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

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            limit,
            unsent: AtomicU32::new(0),
            has_new: AtomicBool::new(false),
            is_awaited: AtomicBool::new(false),
            schedule: None,
            never_lent: false,
            is_over: AtomicBool::new(false),
        }
    }

    /// Returns an outbox whose messages, put in without a frame, leave in batches.
    pub(crate) fn batched(limit: usize, batcher: Batcher, schedule: Arc<Schedule>) -> Self {
        let state = State { batcher: Some(Box::new(batcher)), ..State::default() };
        Self { state: Mutex::new(state), schedule: Some(schedule), ..Self::new(limit) }
    }

    /// Makes the task alone send, since what is put in is not what leaves.
    pub(crate) fn never_lent(mut self) -> Self {
        self.never_lent = true;
        self
    }

    /// Returns `true` if messages leave in batches, and are put in without a frame.
    pub(crate) fn batches(&self) -> bool {
        self.schedule.is_some()
    }

    /// Puts a framed message in. If it is the first, the caller has to send it, or to wake
    /// the task. A peer for which far more than the limit waits is closed, and by its task
    /// one for which more waits and that takes nothing of it. A single message that is longer
    /// than the limit does not count.
    pub(crate) fn put(&self, message: impl Into<Framed>) -> Result<Put, PushError> {
        let mut state = self.lock_open()?;
        let before = self.queued(&state);
        let put = self.add(&mut state, message.into(), before);
        let limit = self.limit;
        if put.queued > limit {
            state = self.offer(state);
            if self.is_too_much(&state) {
                let queued = self.queued(&state);
                self.refuse(state, queued);
                return Err(PushError::Full { queued, limit });
            }
        }
        Ok(put)
    }

    /// Puts a framed message in once it fits into the limit, or once nothing else waits.
    pub(crate) async fn put_when_ready(
        &self,
        message: impl Into<Framed>,
    ) -> Result<Put, PushError> {
        let message = message.into();
        loop {
            let room;
            let made;
            {
                let mut state = self.lock_open()?;
                match self.put_if_ready(&mut state, &message) {
                    Err(PushError::Full { .. }) => {}
                    done => return done,
                }
                room = state.room.get_or_insert_default().clone();
                made = room.notified();
                self.is_awaited.store(true, Ordering::Relaxed);
                // Once more, since the task may have sent something before it saw that.
                // One of both sees the other, as `set_unsent` has a fence too.
                fence(Ordering::SeqCst);
                match self.put_if_ready(&mut state, &message) {
                    Err(PushError::Full { .. }) => {}
                    done => return done,
                }
            }
            made.await;
        }
    }

    /// Puts a framed message in if it fits into the limit, or if nothing else waits.
    fn put_if_ready(&self, state: &mut State, message: &Framed) -> Result<Put, PushError> {
        let queued = self.queued(state);
        let limit = self.limit;
        if queued > 0 && queued.saturating_add(message.bytes.len()) > limit {
            return Err(PushError::Full { queued, limit });
        }
        Ok(self.add(state, message.clone(), queued))
    }

    fn add(&self, state: &mut State, Framed { bytes, wait }: Framed, queued: usize) -> Put {
        let len = bytes.len();
        self.allow_long(state, len, queued);
        let first = match &mut state.batcher {
            Some(batcher) => batcher.push(bytes, wait),
            None => {
                state.waiting.push(bytes);
                true
            }
        };
        let first = first && !self.has_new.swap(true, Ordering::Release);
        Put { first, queued: queued + len }
    }

    /// Lets one message of this length be longer than the limit: it does not count while it
    /// waits. `queued` is what waited before it.
    fn allow_long(&self, state: &mut State, len: usize, queued: usize) {
        if queued == 0 {
            state.oversize = 0;
        }
        if len > self.limit {
            state.oversize = state.oversize.max(saturated(len));
        }
    }

    /// Lets an answer be as long as any message, of which the task has written `outgoing`.
    /// More than one is not written while that much is unsent.
    fn allow_answer(&self, state: &mut State, outgoing: usize) {
        let before = self.unsent.load(Ordering::Relaxed) as usize;
        self.allow_long(state, outgoing.saturating_sub(before), self.queued(state));
    }

    /// Sends the messages that were put in: here if the task is parked, otherwise the task
    /// is woken to send them.
    pub(crate) fn send(&self) {
        let state = self.lock();
        if !self.has_new() {
            return;
        }
        // Bytes that the task could not send go first.
        let waits = self.batches() || self.never_lent || self.unsent.load(Ordering::Relaxed) > 0;
        if waits || !state.is_parked() {
            return self.signal(state);
        }
        let (mut state, sent) = self.send_unlocked(state, Lent::poll_send);
        let wanted = std::mem::take(&mut state.wanted);
        if let Poll::Ready(Err(reason)) = &sent {
            state.fail(reason.clone());
        }
        self.make_room(&mut state);
        if sent == Poll::Ready(Ok(())) && !wanted && state.end.is_none() && state.len() == 0 {
            self.has_new.store(false, Ordering::Relaxed);
            return;
        }
        self.signal(state);
    }

    /// Orders the end, unless it is ordered already.
    pub(crate) fn close(&self, order: CloseOrder) {
        let state = self.lock();
        if !state.closed {
            self.order(state, order);
        }
    }

    fn order(&self, state: MutexGuard<'_, State>, order: CloseOrder) {
        self.close_with(state, End::Ordered(order));
    }

    fn close_with(&self, mut state: MutexGuard<'_, State>, end: End) {
        state.end = Some(Box::new(end));
        state.closed = true;
        self.make_room(&mut state);
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
        self.allow_answer(state, outgoing.len());
        // These stay new until they are taken.
        self.has_new.store(state.end.is_some(), Ordering::Relaxed);
        state.waiting.take_into(outgoing);
        self.unsent.store(saturated(outgoing.len()), Ordering::Relaxed);
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
        let bytes = saturated(bytes);
        let before = self.unsent.load(Ordering::Relaxed);
        if before != bytes {
            if bytes.saturating_sub(before) as usize > self.limit {
                self.allow_answer(&mut self.lock(), bytes as usize);
            }
            self.unsent.store(bytes, Ordering::Relaxed);
            // With that of `put_when_ready`: one of both sees the other.
            fence(Ordering::SeqCst);
            if self.is_awaited.load(Ordering::Relaxed) {
                self.make_room(&mut self.lock());
            }
        }
        if self.is_over() && bytes as usize <= self.limit {
            self.is_over.store(false, Ordering::Relaxed);
        }
    }

    /// Wakes those who wait for room if there is some.
    #[cold]
    fn make_room(&self, state: &mut State) {
        if (state.closed || self.queued(state) <= self.limit / 2)
            && let Some(room) = state.room.take()
        {
            self.is_awaited.store(false, Ordering::Relaxed);
            room.notify_waiters();
        }
    }

    /// Returns whether more than the limit waits.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Returns whether nothing can be put in any more: the end is ordered, or was.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Closes the outbox, and drops its messages and its socket.
    pub(crate) fn end(&self) {
        let closed = State { closed: true, ..State::default() };
        let mut state = std::mem::replace(&mut *self.lock(), closed);
        // Not under the lock, since dropping a socket may run any code.
        state.closed = true;
        self.make_room(&mut state);
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
    ///
    /// `None` if the connection has ended, or while somebody else sends: then the task is
    /// woken when that is done.
    pub(crate) fn unpark(&self, waker: &Waker) -> Option<BoxSocket> {
        let mut state = self.lock();
        if state.lent {
            state.register(waker);
            state.wanted = true;
        }
        state.socket.take()
    }

    /// Returns `true` if a message was put in since they were last sent or taken.
    pub(crate) fn has_new(&self) -> bool {
        self.has_new.load(Ordering::Acquire)
    }

    /// Wakes the task, for a message or for a deadline.
    pub(crate) fn wake(&self) {
        wake(self.lock());
    }

    /// Returns the number of queued bytes, including those that the task has taken.
    pub(crate) fn len(&self) -> usize {
        self.queued(&self.lock())
    }

    fn lock_open(&self) -> Result<MutexGuard<'_, State>, PushError> {
        let state = self.lock();
        if state.closed { Err(PushError::Closed) } else { Ok(state) }
    }

    fn queued(&self, state: &State) -> usize {
        self.unsent.load(Ordering::Relaxed) as usize + state.len()
    }

    fn signal(&self, state: MutexGuard<'_, State>) {
        self.has_new.store(true, Ordering::Release);
        wake(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns a number of bytes in the width of its counter. So many do not fit into memory.
fn saturated(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
