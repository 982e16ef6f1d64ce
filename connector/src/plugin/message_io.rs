//! The reading and writing of a plugin connection's messages over any link.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::framing::Bare;
use connector_protocol::pomelo::package::HEADER;
use connector_protocol::remix::Message;
use connector_protocol::session::{BareSession, Event};
use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit, Limits};

use crate::connection::{Connection, Flow, Pause, Side, Turn};
use crate::connector::{Address, Peer};
use crate::link::{Inbox, Link};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::runtime::{Instant, Sleep, sleep_until};

/// The buffers of a connection's messages, in both directions, and the methods that
/// read and write them over a [`Link`].
///
/// The driver of a connection owns it and lends it to the connector. A connector over a
/// [`Link`] forwards each of its methods to the one of the same name here. A connector
/// that carries messages by itself does not use it.
pub struct MessageIo {
    io: Connection<BareSession>,
    limits: ConnectionLimits,
    peer: Peer,
    epoch: Instant,
    /// The time of the current share of the thread, see [`Connection::poll`].
    now: Option<Duration>,
    /// Wakes the task when a package that arrives has to be judged.
    alarm: Option<Pin<Box<Sleep>>>,
}

impl MessageIo {
    /// Creates empty buffers for a connection with these limits.
    pub fn new(limits: &Limits) -> Self {
        let limits = ConnectionLimits::new(limits);
        let inbox = Inbox::new(limits.enforced.package);
        // A session without packages of its own puts none into a frame.
        let io = Connection::new(BareSession, inbox, &Bare);
        let peer = Peer::new("unknown", Address::Unnamed);
        Self { io, limits, peer, epoch: Instant::now(), now: None, alarm: None }
    }

    /// Sets the peer, for a link whose openers read it. Default: an unnamed address.
    #[must_use]
    pub fn with_peer(mut self, peer: Peer) -> Self {
        self.peer = peer;
        self
    }

    /// Opens the link.
    ///
    /// # Errors
    /// Returns the reason for which the link did not open.
    pub fn poll_open<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        self.io.poll_open(link, cx, &mut self.peer)
    }

    /// Queues a message in a frame of the link.
    ///
    /// # Errors
    /// Returns [`CloseReason::SlowPeer`] if too many bytes are queued already, and
    /// [`CloseReason::TooLarge`] if the frame cannot express the length.
    pub fn send<L: Link + ?Sized>(
        &mut self,
        link: &L,
        message: &Message,
    ) -> Result<(), CloseReason> {
        let outgoing = self.io.outgoing();
        let queued = outgoing.len();
        let limit = self.limits.enforced.queued;
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
        let Limits { dry_run, queued: limit, .. } = self.limits.configured;
        if dry_run && queued <= limit && outgoing.len() > limit {
            self.limits.report(Limit::Queued);
        }
        Ok(())
    }

    /// Waits for the next message, and sends queued ones meanwhile. A blocked write does
    /// not block reading. Packages that are not messages are skipped.
    ///
    /// # Errors
    /// Returns the reason for which the link has ended, after all messages that arrived
    /// before.
    pub fn poll_message<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Message, CloseReason>> {
        loop {
            let mut next = Next { message: None, limits: &self.limits, epoch: self.epoch };
            let now = *self.now.get_or_insert_with(|| self.epoch.elapsed());
            let pause = self.io.poll(link, &mut next, cx, now)?;
            if let Some(message) = next.message {
                return Poll::Ready(Ok(message));
            }
            self.now = None;
            let deadline = self.io.deadline(&next);
            let due = deadline.and_then(|deadline| self.epoch.checked_add(deadline));
            if pause == Pause::Spent || self.poll_alarm(due, cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    /// Waits for a deadline, if there is one.
    fn poll_alarm(&mut self, due: Option<Instant>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = due else {
            self.alarm = None;
            return Poll::Pending;
        };
        let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
        if alarm.deadline() != due {
            alarm.as_mut().reset(due);
        }
        alarm.as_mut().poll(cx)
    }

    /// Sends queued messages, closes the link with `reason`, and waits for the other side
    /// to close too: a link that is dropped with unread bytes is reset, and the last
    /// messages do not arrive. Limit the wait with a timeout.
    pub fn poll_close<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        ready!(self.io.poll_announce(link, cx, reason));
        self.io.poll_end(link, cx, reason)
    }
}

impl fmt::Debug for MessageIo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageIo")
            .field("io", &self.io)
            .field("peer", &self.peer)
            .finish_non_exhaustive()
    }
}

/// The [`Side`] that waits for the next message.
struct Next<'p> {
    message: Option<Message>,
    limits: &'p ConnectionLimits,
    epoch: Instant,
}

impl Side for Next<'_> {
    /// Stores the next message. Other packages are skipped, as the released programs do.
    fn handle(&mut self, event: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        let Event::Message(package) = event else { return Ok(Flow::Continue) };
        match Message::decode(package) {
            Ok(message) => {
                self.message = Some(message);
                Ok(Flow::Yield)
            }
            Err(error) => {
                tracing::debug!(error = %escaped(&error), "a package that is not a message");
                Ok(Flow::Continue)
            }
        }
    }

    fn clock(&self) -> Option<Duration> {
        Some(self.epoch.elapsed())
    }

    fn package_rate(&self) -> usize {
        self.limits.configured.package_rate
    }

    fn slow_package(&mut self, received: usize, expected: usize) -> Result<(), CloseReason> {
        if !self.limits.configured.dry_run {
            return Err(CloseReason::SlowPackage { received, expected });
        }
        self.limits.report(Limit::PackageRate);
        Ok(())
    }

    fn handled(&mut self, bytes: usize) {
        let Limits { dry_run, package, .. } = self.limits.configured;
        if dry_run && bytes > package.saturating_add(HEADER) {
            self.limits.report(Limit::Package);
        }
    }
}
