//! The locked part of an outbox.

use std::sync::Arc;
use std::task::Waker;

use connector_protocol::CloseReason;
use tokio::sync::Notify;

use super::CloseOrder;
use crate::connection::batcher::{Batcher, Joined};
use crate::connection::waiting::Waiting;
use crate::connector::BoxSocket;
use crate::runtime::sync::MutexGuard;

/// The locked part of an outbox.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) waiting: Waiting,
    /// For sessions whose messages leave in batches.
    pub(super) batcher: Option<Box<Batcher>>,
    /// Boxed, as there is none for most of the time.
    pub(super) end: Option<Box<End>>,
    /// Nothing can be put in any more.
    pub(super) closed: bool,
    /// The length of a message that is longer than the limit alone, since nothing waited.
    pub(super) oversize: u32,
    /// Those who wait for room.
    pub(super) room: Option<Arc<Notify>>,
    /// Somebody sends with the socket of the parked task.
    pub(super) lent: bool,
    /// The task was to be woken while its socket was lent.
    pub(super) wanted: bool,
    /// Wakes the task.
    pub(super) waker: Option<Waker>,
    /// The socket of a parked task.
    pub(super) socket: Option<BoxSocket>,
}

/// Why the connection is to end.
#[derive(Debug)]
pub(super) enum End {
    /// Somebody wants it to.
    Ordered(CloseOrder),
    /// The socket took nothing more when somebody else sent with it.
    Failed(CloseReason),
}

impl State {
    /// Returns the number of bytes that wait here.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.batcher.as_ref().map_or(0, |batcher| batcher.len())
    }

    /// Returns how many of the `queued` bytes count: one message may be longer than the
    /// limit.
    pub(super) fn counted(&self, queued: usize) -> usize {
        queued.saturating_sub(self.oversize as usize)
    }

    /// Takes the batch before it is due, if messages leave in batches.
    pub(super) fn take_batch(&mut self) -> Option<Joined> {
        self.batcher.as_mut().map(|batcher| batcher.take_all())
    }

    /// Lets a batch leave when the task looks next. Returns `false` if there is none.
    pub(super) fn hurry(&mut self) -> bool {
        let Some(batcher) = &mut self.batcher else { return false };
        batcher.hurry();
        batcher.len() > 0
    }

    /// Drops the messages.
    pub(super) fn clear(&mut self) {
        self.waiting = Waiting::default();
        if let Some(batcher) = &mut self.batcher {
            batcher.clear();
        }
    }

    pub(super) fn take_order(&mut self) -> Option<CloseOrder> {
        match self.end.take().map(|end| *end) {
            Some(End::Ordered(order)) => Some(order),
            other => {
                self.end = other.map(Box::new);
                None
            }
        }
    }

    pub(super) fn take_failure(&mut self) -> Option<CloseReason> {
        match self.end.take().map(|end| *end) {
            Some(End::Failed(reason)) => Some(reason),
            other => {
                self.end = other.map(Box::new);
                None
            }
        }
    }

    pub(super) fn register(&mut self, waker: &Waker) {
        if !self.waker.as_ref().is_some_and(|known| known.will_wake(waker)) {
            self.waker = Some(waker.clone());
        }
    }

    /// Returns whether the task is parked and has nothing to do.
    pub(super) fn is_parked(&self) -> bool {
        self.end.is_none() && self.waker.is_some() && self.socket.is_some()
    }

    /// Notes the failure of the socket, unless there is an order to end.
    pub(super) fn fail(&mut self, reason: CloseReason) {
        if self.end.is_none() {
            self.end = Some(Box::new(End::Failed(reason)));
            self.closed = true;
        }
    }
}

/// Wakes the task, and removes its waker: it registers again when it waits again.
pub(super) fn wake(mut state: MutexGuard<'_, State>) {
    if state.lent {
        // Whoever has the socket wakes the task when it gives that back.
        state.wanted = true;
        return;
    }
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}
