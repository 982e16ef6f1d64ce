//! Where other tasks put what a session is to send.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use atomic_waker::AtomicWaker;
use bytes::Bytes;
use connector_protocol::CloseReason;

use crate::codec::CodecError;
use crate::handler::HandlerError;
use crate::link::Outgoing;

/// What waits to be sent by a connection's task, put there by any task. The
/// task's own answers join it only when they must, to keep their order.
#[derive(Debug)]
pub(crate) struct Outbox {
    state: Mutex<State>,
    /// Something was put in since the task last looked.
    fresh: AtomicBool,
    /// Bytes that the task has taken and not sent.
    unsent: AtomicUsize,
    limit: usize,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct State {
    outgoing: Outgoing,
    /// Boxed, as there is none for most of the time.
    close: Option<Box<CloseOrder>>,
    closed: bool,
}

/// How somebody wants the connection to end.
#[derive(Clone, Debug)]
pub(crate) struct CloseOrder {
    pub(crate) reason: CloseReason,
    /// Serve what is running and waiting first.
    pub(crate) drain: bool,
}

/// A push that did not go out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PushError {
    /// The session is closed.
    #[error("the session is closed")]
    Closed,
    /// The peer does not read; its connection is closed for it.
    #[error("{queued} bytes wait for a peer that does not read, {limit} may")]
    Full {
        /// Bytes that wait.
        queued: usize,
        /// Bytes that may wait.
        limit: usize,
    },
    /// The message cannot be written.
    #[error("the message cannot be written: {0}")]
    Codec(#[from] CodecError),
}

impl From<PushError> for HandlerError {
    fn from(error: PushError) -> Self {
        tracing::debug!(%error, "a push did not go out");
        Self::failed()
    }
}

impl Outbox {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            state: Mutex::default(),
            fresh: AtomicBool::new(false),
            unsent: AtomicUsize::new(0),
            limit,
            waker: AtomicWaker::new(),
        }
    }

    /// Puts a framed message in; how much waits now is returned. A peer that
    /// lets too much wait is closed.
    pub(crate) fn push(&self, bytes: Bytes) -> Result<usize, PushError> {
        let mut state = self.lock_open()?;
        state.outgoing.push_shared(bytes);
        let (queued, limit) = (self.queued(&state), self.limit);
        if queued > limit {
            state.outgoing = Outgoing::default();
            let reason = CloseReason::SlowPeer { queued, limit };
            state.close = Some(Box::new(CloseOrder { reason, drain: false }));
        }
        self.signal(state);
        if queued > limit { Err(PushError::Full { queued, limit }) } else { Ok(queued) }
    }

    /// Puts a framed message in, unless so much waits that it has to wait too:
    /// the peer is not closed for it.
    pub(crate) fn offer(&self, bytes: &Bytes) -> Result<(), PushError> {
        let mut state = self.lock_open()?;
        let (queued, limit) = (self.queued(&state), self.limit);
        if queued >= limit {
            return Err(PushError::Full { queued, limit });
        }
        state.outgoing.push_shared(bytes.clone());
        self.signal(state);
        Ok(())
    }

    /// Orders the end, unless it is ordered already.
    pub(crate) fn close(&self, order: CloseOrder) {
        let mut state = self.lock();
        if !state.closed {
            state.close.get_or_insert_with(|| Box::new(order));
            self.signal(state);
        }
    }

    /// The connection's task takes what was put in, behind what it has.
    pub(crate) fn take_into(&self, outgoing: &mut Outgoing) {
        if self.fresh.load(Ordering::Acquire) {
            self.take_slow(outgoing);
        }
    }

    /// The order to end, if there is one. Only looked for when something is
    /// fresh.
    pub(crate) fn take_close(&self, outgoing: &mut Outgoing) -> Option<Box<CloseOrder>> {
        if !self.fresh.load(Ordering::Acquire) {
            return None;
        }
        self.take_slow(outgoing);
        self.lock().close.clone()
    }

    fn take_slow(&self, outgoing: &mut Outgoing) {
        let mut state = self.lock();
        // An order to close stays fresh, so that the task's loop finds it.
        self.fresh.store(state.close.is_some(), Ordering::Relaxed);
        outgoing.append(&mut state.outgoing);
        self.unsent.store(outgoing.len(), Ordering::Relaxed);
    }

    /// The task says how much it could not send.
    pub(crate) fn set_unsent(&self, bytes: usize) {
        if self.unsent.load(Ordering::Relaxed) != bytes {
            self.unsent.store(bytes, Ordering::Relaxed);
        }
    }

    /// Nothing can be put in any more.
    pub(crate) fn shut(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.outgoing = Outgoing::default();
    }

    /// The task waits: whoever puts something in wakes it.
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.register(waker);
    }

    /// Whether something came between the last look and [`Outbox::register`].
    pub(crate) fn is_fresh(&self) -> bool {
        self.fresh.load(Ordering::Acquire)
    }

    /// Wakes the task, for a deadline that has passed.
    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    fn lock_open(&self) -> Result<MutexGuard<'_, State>, PushError> {
        let state = self.lock();
        if state.closed || state.close.is_some() { Err(PushError::Closed) } else { Ok(state) }
    }

    /// Bytes that wait, with those that the task has taken.
    fn queued(&self, state: &State) -> usize {
        self.unsent.load(Ordering::Relaxed) + state.outgoing.len()
    }

    fn signal(&self, state: MutexGuard<'_, State>) {
        self.fresh.store(true, Ordering::Release);
        drop(state);
        self.waker.wake();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
