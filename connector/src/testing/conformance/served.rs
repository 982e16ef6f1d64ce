//! An accepted socket, driven as a server drives it.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;

use crate::link::{Batch, Inbox, Link, Outgoing};

/// How often in a row a link may claim to have read something that is no
/// package before others get a turn.
const SPINS: usize = 64;

/// An accepted socket and the state that its driver owns.
pub(super) struct Served<K> {
    pub(super) socket: K,
    inbox: Inbox,
    outgoing: Outgoing,
    open: bool,
    ended: Option<CloseReason>,
}

impl<K: Link> Served<K> {
    pub(super) fn new(socket: K, limit: usize) -> Self {
        let (inbox, outgoing) = (Inbox::new(limit), Outgoing::default());
        Self { socket, inbox, outgoing, open: false, ended: None }
    }

    /// Opens the socket if that is not done, then waits for its next package
    /// or, behind the last one, for its end. What is queued is sent meanwhile.
    pub(super) async fn recv(&mut self) -> Result<Vec<u8>, CloseReason> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// See [`Served::recv`].
    pub(super) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, CloseReason>> {
        let received = self.poll_package(cx);
        if received.is_pending() {
            self.inbox.release();
            self.outgoing.release();
        }
        received
    }

    /// Queues packages, a frame each.
    pub(super) fn queue(&mut self, packages: &[Vec<u8>]) -> Result<(), CloseReason> {
        let packages: Vec<&[u8]> = packages.iter().map(Vec::as_slice).collect();
        Batch::Each.write(self.socket.frame(), &packages, self.outgoing.buf())
    }

    /// How many bytes are queued and not sent.
    pub(super) fn unsent(&self) -> usize {
        self.outgoing.len()
    }

    /// Sends what is queued.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        self.inbox.take_replies(&mut self.outgoing);
        let sent = self.socket.poll_send(cx, &mut self.outgoing);
        self.outgoing.release();
        sent
    }

    fn poll_package(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, CloseReason>> {
        if !self.open {
            ready!(self.socket.poll_open(cx, &mut self.inbox))?;
            self.open = true;
        }
        for _ in 0..SPINS {
            if let Some(package) = self.inbox.peek().map(<[u8]>::to_vec) {
                self.inbox.advance(package.len());
                return Poll::Ready(Ok(package));
            }
            if let Some(reason) = self.ended.take() {
                return Poll::Ready(Err(reason));
            }
            self.inbox.take_replies(&mut self.outgoing);
            if !self.outgoing.is_sent()
                && let Poll::Ready(sent) = self.socket.poll_send(cx, &mut self.outgoing)
            {
                sent?;
            }
            match self.socket.poll_recv(cx, &mut self.inbox) {
                Poll::Ready(received) => self.ended = received.err(),
                Poll::Pending => return Poll::Pending,
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
