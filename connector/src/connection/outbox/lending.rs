//! The socket of a task that rests, lent to whoever sends for it.

use std::task::{Context, Poll, Waker};

use connector_protocol::CloseReason;

use super::Outbox;
use super::state::State;
use crate::connection::batcher::Joined;
use crate::connector::BoxSocket;
use crate::link::{Link, Outgoing};
use crate::runtime::sync::MutexGuard;
use crate::runtime::{isolate, unconstrained};

/// A task is woken when its link keeps so many bytes more, to count them.
const COUNTED: usize = 4 * 1024;

/// A socket that is lent, and what waits to be sent with it.
pub(super) struct Lent {
    socket: BoxSocket,
    waker: Option<Waker>,
    outgoing: Outgoing,
    /// The batch, if it leaves before it is due.
    batch: Option<Joined>,
    /// The link keeps more than before, of which the task does not know.
    grew: bool,
}

impl Outbox {
    /// Sends with the socket of a task that rests, if there is one. Not under the lock: a
    /// link may be anybody's code, which may push to this session, or wait for one that
    /// does. A task that wants its socket meanwhile, or was to be woken, is in
    /// [`State::wanted`].
    pub(super) fn send_unlocked<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        send: impl FnOnce(&mut Lent) -> Poll<Result<(), CloseReason>>,
    ) -> (MutexGuard<'a, State>, Poll<Result<(), CloseReason>>) {
        let Some(lent) = state.lend() else { return (state, Poll::Pending) };
        self.send_lent(state, lent, send)
    }

    /// The same, and the batch behind what waits, before it is due.
    pub(super) fn send_batch_unlocked<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        send: impl FnOnce(&mut Lent) -> Poll<Result<(), CloseReason>>,
    ) -> (MutexGuard<'a, State>, Poll<Result<(), CloseReason>>) {
        let Some(mut lent) = state.lend() else { return (state, Poll::Pending) };
        lent.batch = state.take_batch();
        self.send_lent(state, lent, send)
    }

    fn send_lent<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        mut lent: Lent,
        send: impl FnOnce(&mut Lent) -> Poll<Result<(), CloseReason>>,
    ) -> (MutexGuard<'a, State>, Poll<Result<(), CloseReason>>) {
        drop(state);
        let sent = isolate("a link", || {
            let before = lent.kept();
            let sent = send(&mut lent);
            lent.grew = lent.kept() / COUNTED > before / COUNTED;
            sent
        });
        let mut state = self.lock();
        if state.lent {
            state.wanted |= lent.grew;
            state.take_back(lent);
            return (state, sent.unwrap_or(Poll::Ready(Err(CloseReason::Panicked))));
        }
        // The session has ended meanwhile. The socket is not dropped under the lock either.
        drop(state);
        isolate("a link", || drop(lent));
        (self.lock(), Poll::Pending)
    }
}

impl State {
    fn lend(&mut self) -> Option<Lent> {
        let socket = self.socket.take()?;
        let mut outgoing = Outgoing::default();
        self.waiting.take_into(&mut outgoing);
        self.lent = true;
        Some(Lent { socket, waker: self.waker.take(), outgoing, batch: None, grew: false })
    }

    /// Takes the socket back, and puts what it has not taken in front of what came since.
    fn take_back(&mut self, lent: Lent) {
        let Lent { socket, waker, mut outgoing, .. } = lent;
        self.lent = false;
        self.socket = Some(socket);
        // The task registers a newer one if it has run meanwhile.
        self.waker = self.waker.take().or(waker);
        if outgoing.is_sent() {
            outgoing.release();
        } else {
            self.waiting.put_back(outgoing);
        }
    }
}

impl Lent {
    /// Writes the batch behind what waits.
    pub(super) fn join(&mut self) -> Result<(), CloseReason> {
        let Some(batch) = self.batch.take() else { return Ok(()) };
        let mut written = Outgoing::default();
        batch.write(&mut written)?;
        if !written.is_empty() {
            self.outgoing.push_shared(std::mem::take(written.buf()).into());
        }
        Ok(())
    }

    /// Returns the bytes that the link keeps, and was given before.
    fn kept(&self) -> usize {
        self.outgoing.kept() + self.socket.held()
    }

    /// Sends, with the task's waker as if the task had polled the link.
    pub(super) fn poll_send(&mut self) -> Poll<Result<(), CloseReason>> {
        let Self { socket, waker, outgoing, .. } = self;
        socket.poll_send(&mut Context::from_waker(waker_or_none(waker)), outgoing)
    }

    /// The same, without the budget of whoever pushes, which tells nothing about the peer.
    pub(super) fn poll_send_unconstrained(&mut self) -> Poll<Result<(), CloseReason>> {
        let Self { socket, waker, outgoing, .. } = self;
        let mut cx = Context::from_waker(waker_or_none(waker));
        unconstrained(&mut cx, |cx| socket.poll_send(cx, outgoing))
    }
}

/// A task that is awake polls the socket itself soon, so it needs no waker.
fn waker_or_none(waker: &Option<Waker>) -> &Waker {
    waker.as_ref().unwrap_or(Waker::noop())
}
