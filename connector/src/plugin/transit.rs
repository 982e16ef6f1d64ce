//! What is on its way between a link and the messages of a connection.

use std::task::{Context, Poll, ready};

use connector_protocol::pomelo::package::HEADER;
use connector_protocol::remix::Message;
use connector_protocol::{CloseReason, Limit, Limits};

use crate::limits::Bounds;
use crate::link::{Inbox, Link, Outgoing};

/// Answers wait for others while input is left, unless they are this long.
const FLUSH: usize = 32 * 1024;

/// What is on its way over a connection, in both directions.
///
/// The driver of a connection owns it and lends it to the connector. One that
/// stands on a [`Link`] forwards all its methods to the ones here; one that
/// carries messages by itself has no use for it.
#[derive(Debug)]
pub struct Transit {
    inbox: Inbox,
    outgoing: Outgoing,
    bounds: Bounds,
    /// Why nothing more arrives, as long as not all that arrived is handled.
    ended: Option<CloseReason>,
    /// The link has said good-bye.
    closed: bool,
}

impl Transit {
    /// Nothing, for a connection with these limits.
    pub fn new(limits: &Limits) -> Self {
        let bounds = Bounds::new(limits);
        Self {
            inbox: Inbox::new(bounds.enforced.package),
            outgoing: Outgoing::default(),
            bounds,
            ended: None,
            closed: false,
        }
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
        let opened = link.poll_open(cx, &mut self.inbox);
        self.inbox.release();
        opened
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
        let (queued, limit) = (self.outgoing.len(), self.bounds.enforced.queued);
        if queued > limit {
            return Err(CloseReason::SlowPeer { queued, limit });
        }
        let frame = link.frame();
        let out = self.outgoing.buf();
        let before = out.len();
        let mark = frame.begin(out);
        message.encode(out);
        frame.finish(mark, out).map_err(|error| {
            out.truncate(before);
            CloseReason::TooLarge { size: error.size, limit: error.limit }
        })?;
        let Limits { dry_run, queued: limit, .. } = self.bounds.limits;
        if dry_run && queued <= limit && self.outgoing.len() > limit {
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
        loop {
            self.inbox.take_replies(&mut self.outgoing);
            if self.inbox.is_empty() || self.outgoing.len() > FLUSH {
                self.flush(link, cx)?;
            }
            if let Some(message) = self.next_message() {
                return Poll::Ready(Ok(message));
            }
            if let Some(reason) = &self.ended {
                return Poll::Ready(Err(reason.clone()));
            }
            match link.poll_recv(cx, &mut self.inbox) {
                Poll::Ready(Ok(())) => {}
                // What arrived before the end is still handled.
                Poll::Ready(Err(reason)) => self.ended = Some(reason),
                Poll::Pending => {
                    self.inbox.take_replies(&mut self.outgoing);
                    self.flush(link, cx)?;
                    self.inbox.release();
                    self.outgoing.release();
                    return Poll::Pending;
                }
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
        if !reason.can_be_told() {
            return Poll::Ready(());
        }
        if !self.closed {
            self.inbox.take_replies(&mut self.outgoing);
            // An end that cannot be told any more is no error.
            let _ = ready!(link.poll_send(cx, &mut self.outgoing));
            ready!(link.poll_close(cx, reason));
            self.closed = true;
        }
        if *reason == CloseReason::PeerClosed {
            return Poll::Ready(());
        }
        loop {
            self.inbox.forget_packages();
            if ready!(link.poll_recv(cx, &mut self.inbox)).is_err() {
                return Poll::Ready(());
            }
        }
    }

    /// The next message that has arrived. What is none is skipped, as real
    /// peers do.
    fn next_message(&mut self) -> Option<Message> {
        while let Some(package) = self.inbox.peek() {
            let len = package.len();
            let message = Message::decode(package);
            self.inbox.advance(len);
            let Limits { dry_run, package, .. } = self.bounds.limits;
            if dry_run && len > package.saturating_add(HEADER) {
                self.bounds.reached(Limit::Package);
            }
            match message {
                Ok(message) => return Some(message),
                Err(error) => tracing::debug!(%error, "a package that is no message"),
            }
        }
        None
    }

    fn flush<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
    ) -> Result<(), CloseReason> {
        if !self.outgoing.is_sent()
            && let Poll::Ready(sent) = link.poll_send(cx, &mut self.outgoing)
        {
            sent?;
        }
        Ok(())
    }
}
