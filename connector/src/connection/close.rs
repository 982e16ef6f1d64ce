//! The end of a connection, on every side.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::Machine;

use super::budget::Budget;
use super::io::Connection;
use crate::link::Link;
use crate::runtime::{Sleep, sleep, timeout, yield_now};

/// The time in which a peer has to take some of the last bytes.
pub(crate) const LAST_BYTES: Duration = Duration::from_secs(5);
/// The least bytes a second that a peer has to take of them on the average.
const SLOWEST: usize = 1024;
/// The time that a closed connection waits for the peer's end. A socket dropped with unread
/// bytes is reset, and the peer would lose the last bytes that were sent.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// The last bytes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LastBytes {
    unsent: usize,
    /// How many times a layer below took some.
    flushed: u32,
}

/// The patience with a peer that takes the last bytes: it has to take some of them in five
/// seconds each time, and a KiB a second on the average.
pub(crate) struct Patience {
    alarm: Pin<Box<Sleep>>,
    end: Pin<Box<Sleep>>,
    left: LastBytes,
}

impl Patience {
    pub(crate) fn new(left: LastBytes) -> Self {
        let seconds = (left.unsent / SLOWEST) as u64;
        let longest = LAST_BYTES.saturating_add(Duration::from_secs(seconds));
        Self { alarm: Box::pin(sleep(LAST_BYTES)), end: Box::pin(sleep(longest)), left }
    }

    /// Waits until the peer has taken too little of the bytes, of which these are left.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, left: LastBytes) -> Poll<()> {
        if left.unsent < self.left.unsent || left.flushed != self.left.flushed {
            self.left = left;
            self.alarm.set(sleep(LAST_BYTES));
        }
        if self.end.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        self.alarm.as_mut().poll(cx)
    }
}

impl<M: Machine> Connection<M> {
    /// Sends the unsent bytes, announces the end in the link's way, and waits a little for
    /// the peer to do the same.
    pub(crate) async fn close<L: Link + ?Sized>(&mut self, link: &mut L, reason: &CloseReason) {
        self.inbox.take_replies(&mut self.sender.outgoing);
        if self.announce(link, reason).await {
            let _ = timeout(LINGER, poll_fn(|cx| self.poll_end(link, cx, reason))).await;
        }
    }

    /// Returns how many bytes are left to send.
    pub(crate) fn last_bytes(&self) -> LastBytes {
        LastBytes { unsent: self.unsent(), flushed: self.sender.outgoing.flushed() }
    }

    /// Returns whether the peer has been told, or takes nothing more.
    async fn announce<L: Link + ?Sized>(&mut self, link: &mut L, reason: &CloseReason) -> bool {
        let mut patience = Patience::new(self.last_bytes());
        poll_fn(|cx| {
            if self.poll_announce(link, cx, reason).is_ready() {
                return Poll::Ready(true);
            }
            patience.poll(cx, self.last_bytes()).map(|()| false)
        })
        .await
    }

    /// Sends the unsent bytes and announces the end, unless the reason is one after which
    /// nothing can be sent.
    pub(crate) fn poll_announce<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        if !reason.is_peer_closed() {
            // Nobody handles it, and the peer may be slow to take the last bytes.
            self.discard();
        }
        if !reason.can_be_sent() || self.announced {
            return Poll::Ready(());
        }
        self.inbox.take_replies(&mut self.sender.outgoing);
        // The end is announced all the same.
        let _ = ready!(link.poll_send(cx, &mut self.sender.outgoing));
        ready!(link.poll_close(cx, reason));
        self.announced = true;
        Poll::Ready(())
    }

    /// Waits for the peer's end, and discards the bytes until then.
    pub(crate) fn poll_end<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        if !reason.can_be_sent() || reason.is_peer_closed() {
            return Poll::Ready(());
        }
        self.discard();
        let mut budget = Budget::default();
        while !budget.forbids_reads() {
            let read = link.poll_recv(cx, &mut self.inbox);
            budget.read(self.inbox.take_received(), || None);
            let unread = self.discard();
            match read {
                Poll::Ready(Ok(())) => {}
                // Bytes behind a fault are meaningless, but have to be read.
                Poll::Ready(Err(_)) if unread > 0 => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        yield_now(cx);
        Poll::Pending
    }

    /// Drops all that has arrived, so that nobody handles it behind the end, and holds no
    /// memory for it. Returns the number of bytes in which no package ended.
    fn discard(&mut self) -> usize {
        self.inbox.forget_packages();
        let unread = self.inbox.unread().len();
        self.inbox.consume(unread);
        self.inbox.release();
        self.uncount();
        unread
    }
}
