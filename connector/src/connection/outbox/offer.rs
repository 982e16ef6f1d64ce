//! Peers for which too much waits: their sockets are asked before anyone judges.

use std::task::Poll;

use connector_protocol::CloseReason;

use super::state::State;
use super::{CloseOrder, Outbox};
use crate::runtime::sync::MutexGuard;
use crate::runtime::sync::atomic::Ordering;

/// The most that may wait for a peer that reads, as a multiple of the limit.
const READING: usize = 2;

impl Outbox {
    /// Sends as much as the socket takes, unless the task has it, or bytes that go first. A
    /// batch leaves before it is due: the interval tells nothing about the peer. What goes
    /// wrong the task finds out, unless the link's code is broken.
    #[cold]
    pub(super) fn offer<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        if self.never_lent || self.unsent.load(Ordering::Relaxed) > 0 {
            return state;
        }
        if state.socket.is_none() {
            if state.hurry() {
                self.signal(state);
                return self.lock();
            }
            return state;
        }
        let mut broken = None;
        let (mut state, sent) = self.send_batch_unlocked(state, |lent| match lent.join() {
            Ok(()) => lent.poll_send_unconstrained(),
            Err(reason) => {
                broken = Some(reason);
                Poll::Pending
            }
        });
        if sent == Poll::Ready(Err(CloseReason::Panicked)) {
            broken = Some(CloseReason::Panicked);
        }
        let is_broken = broken.is_some();
        if let Some(reason) = broken {
            state.fail(reason);
        }
        self.make_room(&mut state);
        // The rest of a batch belongs to no batch any more.
        let is_left = self.batches() && state.waiting.len() > 0;
        if std::mem::take(&mut state.wanted) || is_broken || is_left {
            self.signal(state);
            return self.lock();
        }
        state
    }

    /// Returns whether too much waits for a peer that reads. Somewhat more than the limit
    /// may, which the task finds out.
    #[cold]
    pub(super) fn is_too_much(&self, state: &State) -> bool {
        let queued = state.counted(self.queued(state));
        if queued > self.limit {
            self.is_over.store(true, Ordering::Relaxed);
        }
        queued > self.limit.saturating_mul(READING)
    }

    /// Returns the end of a peer that does not read, if more than the limit waits for it.
    pub(crate) fn slow_peer(&self) -> Option<CloseReason> {
        if !self.is_over() {
            return None;
        }
        let queued = self.queued(&self.lock());
        Some(CloseReason::SlowPeer { queued, limit: self.limit })
    }

    /// Drops what waits for a slow peer, and orders its end.
    pub(super) fn refuse(&self, mut state: MutexGuard<'_, State>, queued: usize) {
        state.clear();
        let reason = CloseReason::SlowPeer { queued, limit: self.limit };
        self.order(state, CloseOrder { reason, drain: false });
    }
}
