//! Peers for which too much waits: their sockets are asked before anyone judges.

use std::sync::MutexGuard;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use connector_protocol::CloseReason;

use super::state::State;
use super::{CloseOrder, Outbox};
use crate::connection::waiting::Waiting;
use crate::connector::BoxSocket;
use crate::link::{Link, Outgoing};
use crate::runtime::unconstrained;

/// The most that may wait for a peer that reads, as a multiple of the limit.
const READING: usize = 2;

impl Outbox {
    /// Returns whether too much waits, after the socket has taken what it takes. Somewhat more
    /// than the limit may wait for a peer that reads, which the task finds out.
    #[cold]
    pub(super) fn is_too_much(&self, state: &mut State) -> bool {
        // The task has the socket while it runs, and bytes that go first.
        if self.unsent.load(Ordering::Relaxed) == 0 {
            state.offer();
            self.make_room(state);
        }
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

impl State {
    /// Sends as much as the socket takes, unless the task has it. A task that is awake polls
    /// the socket itself soon, so it needs no waker. What goes wrong it finds out.
    fn offer(&mut self) {
        let Self { waiting, batcher: None, waker, socket: Some(socket), .. } = self else {
            return;
        };
        let waker = waker.as_ref().unwrap_or(Waker::noop());
        // The budget is that of whoever pushes, and tells nothing about the peer.
        let _ = unconstrained(&mut Context::from_waker(waker), |cx| send(waiting, socket, cx));
    }
}

/// Sends what waits. What the socket does not take goes on waiting.
pub(super) fn send(
    waiting: &mut Waiting,
    socket: &mut BoxSocket,
    cx: &mut Context<'_>,
) -> Poll<Result<(), CloseReason>> {
    let mut outgoing = Outgoing::default();
    waiting.take_into(&mut outgoing);
    let sent = socket.poll_send(cx, &mut outgoing);
    if outgoing.is_sent() {
        outgoing.release();
    } else {
        waiting.put_back(outgoing);
    }
    sent
}
