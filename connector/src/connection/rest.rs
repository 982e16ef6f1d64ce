//! Messages of a peer that has left, sent before it did.

use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::{Bare, Envelope};
use connector_protocol::session::Machine;

use super::io::Connection;
use super::side::{Pause, Side};
use crate::link::{Inbox, Link, Outgoing};
use crate::runtime::yield_now;

impl<M: Machine> Connection<M> {
    /// Handles what had arrived before the peer left, as far as there is room. Ready when
    /// nothing is left. What is written to the peer is dropped.
    pub(crate) fn poll_rest<S: Side>(
        &mut self,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Poll<()> {
        self.budget.renew();
        let handled = self.hand_out(&mut Gone, side, task, now);
        self.sender.outgoing = Outgoing::default();
        if self.is_counted() {
            // Nobody is there to be told.
            let _ = self.count_held(0);
        }
        match handled {
            Ok(Some(Pause::Spent)) => yield_now(task),
            Ok(Some(Pause::Resting | Pause::Yielded)) => {}
            Ok(None) => return Poll::Ready(()),
            Err(_) => {
                self.forget_rest();
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }

    /// Drops what has arrived and is not handled.
    pub(crate) fn forget_rest(&mut self) {
        self.inbox.forget_packages();
        self.inbox.release();
    }
}

/// The link to a peer that has left, which takes everything.
struct Gone;

impl Link for Gone {
    fn poll_recv(&mut self, _: &mut Context<'_>, _: &mut Inbox) -> Poll<Result<(), CloseReason>> {
        Poll::Ready(Err(CloseReason::PeerClosed))
    }

    fn poll_send(
        &mut self,
        _: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        *outgoing = Outgoing::default();
        Poll::Ready(Ok(()))
    }

    fn poll_close(&mut self, _: &mut Context<'_>, _: &CloseReason) -> Poll<()> {
        Poll::Ready(())
    }

    fn frame(&self) -> &'static dyn Envelope {
        &Bare
    }
}
