//! The end of a connection, on every side.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::Machine;

use super::budget::Budget;
use super::io::Connection;
use crate::link::Link;
use crate::runtime::{timeout, yield_now};

/// The time limit for sending the last bytes.
const LAST_BYTES: Duration = Duration::from_secs(5);
/// The time that a closed connection waits for the peer's end. A socket dropped with unread
/// bytes is reset, and the peer would lose the last bytes that were sent.
const LINGER: Duration = Duration::from_secs(1);

impl<M: Machine> Connection<M> {
    /// Sends the unsent bytes, announces the end in the link's way, and waits a little for
    /// the peer to do the same.
    pub(crate) async fn close<L: Link + ?Sized>(&mut self, link: &mut L, reason: &CloseReason) {
        let announced = poll_fn(|cx| self.poll_announce(link, cx, reason));
        if timeout(LAST_BYTES, announced).await.is_none() {
            return;
        }
        let _ = timeout(LINGER, poll_fn(|cx| self.poll_end(link, cx, reason))).await;
    }

    /// Sends the unsent bytes and announces the end, unless the reason is one after which
    /// nothing can be sent.
    pub(crate) fn poll_announce<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
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
        if !reason.can_be_sent() || *reason == CloseReason::PeerClosed {
            return Poll::Ready(());
        }
        let mut budget = Budget::default();
        while !budget.is_spent() {
            budget.read();
            self.inbox.forget_packages();
            let unread = self.inbox.unread().len();
            self.inbox.consume(unread);
            match link.poll_recv(cx, &mut self.inbox) {
                Poll::Ready(Ok(())) => {}
                // Bytes behind a fault are meaningless, but have to be read.
                Poll::Ready(Err(_)) if !self.inbox.unread().is_empty() => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => {
                    self.inbox.release();
                    return Poll::Pending;
                }
            }
        }
        self.inbox.release();
        yield_now(cx);
        Poll::Pending
    }
}
