//! The messages of a plugin's connection, over any link.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::framing::Bare;
use connector_protocol::pomelo::package::HEADER;
use connector_protocol::remix::Message;
use connector_protocol::session::{BareSession, Event};
use connector_protocol::{CloseReason, Limit, Limits};

use crate::connection::{Connection, Flow, Pause, Side, Turn};
use crate::connector::{Address, Peer};
use crate::link::{Inbox, Link};
use crate::plugin::bounds::Bounds;

/// What is on its way over a connection, in both directions.
///
/// The driver of a connection owns it and lends it to the connector. One that
/// stands on a [`Link`] forwards all its methods to the ones here; one that
/// carries messages by itself has no use for it.
#[derive(Debug)]
pub struct Transit {
    io: Connection<BareSession>,
    bounds: Bounds,
    peer: Peer,
}

impl Transit {
    /// Nothing, for a connection with these limits.
    pub fn new(limits: &Limits) -> Self {
        let bounds = Bounds::new(limits);
        let inbox = Inbox::new(bounds.enforced.package);
        // A session without packages of its own puts none into a frame.
        let io = Connection::new(BareSession, inbox, &Bare);
        Self { io, bounds, peer: Peer::new("unknown", Address::Unnamed) }
    }

    /// Says who is at the other end, for a link whose openers ask for that.
    #[must_use]
    pub fn with_peer(mut self, peer: Peer) -> Self {
        self.peer = peer;
        self
    }

    /// Opens the link.
    ///
    /// # Errors
    /// Why it did not open.
    pub fn poll_open<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        self.io.poll_open(link, cx, &mut self.peer)
    }

    /// Writes a message into a frame of the link's, behind all that is unsent.
    ///
    /// # Errors
    /// [`CloseReason::SlowPeer`] if too much is unsent already,
    /// [`CloseReason::TooLarge`] if the frame cannot express the length.
    pub fn send<L: Link + ?Sized>(
        &mut self,
        link: &L,
        message: &Message,
    ) -> Result<(), CloseReason> {
        let outgoing = self.io.outgoing();
        let queued = outgoing.len();
        let limit = self.bounds.enforced.queued;
        if queued > limit {
            return Err(CloseReason::SlowPeer { queued, limit });
        }
        let frame = link.frame();
        let out = outgoing.buf();
        let before = out.len();
        let mark = frame.begin(out);
        message.encode(out);
        frame.finish(mark, out).map_err(|error| {
            out.truncate(before);
            CloseReason::TooLarge { size: error.size, limit: error.limit }
        })?;
        let Limits { dry_run, queued: limit, .. } = self.bounds.limits;
        if dry_run && queued <= limit && outgoing.len() > limit {
            self.bounds.reached(Limit::Queued);
        }
        Ok(())
    }

    /// Waits for the next package that is a message, and sends meanwhile. A
    /// write that is blocked stops no read.
    ///
    /// # Errors
    /// Why the link has ended, after all that arrived before.
    pub fn poll_message<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Message, CloseReason>> {
        let mut next = Next { message: None, bounds: &self.bounds };
        let pause = self.io.poll(link, &mut next, cx, Duration::ZERO)?;
        match next.message {
            Some(message) => Poll::Ready(Ok(message)),
            None => {
                debug_assert_ne!(pause, Pause::Yielded);
                Poll::Pending
            }
        }
    }

    /// Sends what is unsent, closes the link, and waits for the other side's
    /// end: dropped with unread bytes the link would be reset, and what was
    /// sent last be lost. Give up after a while.
    pub fn poll_close<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        ready!(self.io.poll_tell(link, cx, reason));
        self.io.poll_end(link, cx, reason)
    }
}

/// The side that waits for the next message.
struct Next<'p> {
    message: Option<Message>,
    bounds: &'p Bounds,
}

impl Side for Next<'_> {
    /// Takes the next message. Other packages are skipped, as real peers do.
    fn handle(&mut self, event: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        let Event::Message(package) = event else { return Ok(Flow::Continue) };
        match Message::decode(package) {
            Ok(message) => {
                self.message = Some(message);
                Ok(Flow::Yield)
            }
            Err(error) => {
                tracing::debug!(%error, "a package that is not a message");
                Ok(Flow::Continue)
            }
        }
    }

    fn handled(&mut self, bytes: usize) {
        let Limits { dry_run, package, .. } = self.bounds.limits;
        if dry_run && bytes > package.saturating_add(HEADER) {
            self.bounds.reached(Limit::Package);
        }
    }
}
