//! The outgoing half of a connection.

use std::num::NonZeroU64;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;

use crate::link::{Inbox, Link, Outgoing};

/// Bytes of answers that may wait before they are sent, while more is handled.
pub(super) const FLUSH: usize = 32 * 1024;
/// Bytes that a peer may make the link itself answer, as to pings, without
/// reading the answers.
const REPLIES: u32 = 1 << 20;

/// The bytes that are to leave a connection, and how its peer takes them.
#[derive(Debug, Default)]
pub(super) struct Sender {
    pub(super) outgoing: Outgoing,
    /// Why nothing more can be sent. What has arrived is handled first: the last
    /// words of a peer are the better reason, and they may lie there.
    failed: Option<Box<CloseReason>>,
    /// The time at which the peer last took something, in nanoseconds and one more,
    /// while something is unsent.
    stalled: Option<NonZeroU64>,
    /// Unsent bytes of the link's own answers.
    replies: u32,
    /// Unsent bytes that are whole packages, whatever becomes of the side's code
    /// that runs.
    intact: u32,
}

impl Sender {
    /// The one place where bytes leave, so that each one taken is seen. Nothing is
    /// sent behind a failure. Returns `true` if the link wakes the task when it takes more.
    #[inline(always)]
    pub(super) fn send<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        task: &mut Context<'_>,
        now: Duration,
    ) -> bool {
        let before = self.stalled.map(|_| (self.outgoing.unsent(), self.outgoing.flushed()));
        let mut waits = false;
        if !self.outgoing.is_sent() && self.failed.is_none() {
            match link.poll_send(task, &mut self.outgoing) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(reason)) => self.failed = Some(Box::new(reason)),
                Poll::Pending => waits = true,
            }
        }
        if self.failed.is_some() {
            self.outgoing = Outgoing::default();
        }
        let outgoing = &self.outgoing;
        let took_some =
            |(unsent, flushed)| outgoing.unsent() < unsent || outgoing.flushed() != flushed;
        if outgoing.is_sent() {
            self.stalled = None;
        } else if before.is_none_or(took_some) {
            self.restart_stall(now);
        }
        waits
    }

    /// Whether more than `most` bytes are unsent, after a try to send them. If so,
    /// the task is woken when the peer has read some.
    #[inline]
    pub(super) fn is_clogged<L: Link + ?Sized>(
        &mut self,
        most: usize,
        link: &mut L,
        task: &mut Context<'_>,
        now: Duration,
    ) -> bool {
        self.outgoing.len() > FLUSH && self.stays_clogged(most, link, task, now)
    }

    #[inline(never)]
    fn stays_clogged<L: Link + ?Sized>(
        &mut self,
        most: usize,
        link: &mut L,
        task: &mut Context<'_>,
        now: Duration,
    ) -> bool {
        self.send(link, task, now);
        self.outgoing.len() > most
    }

    /// Adds the link's own answers.
    #[inline]
    pub(super) fn take_replies(&mut self, inbox: &mut Inbox) {
        if !inbox.has_replies() {
            return;
        }
        let before = self.outgoing.len();
        inbox.take_replies(&mut self.outgoing);
        let replied = self.outgoing.len() - before;
        self.replies = self.replies.saturating_add(u32::try_from(replied).unwrap_or(u32::MAX));
    }

    /// Fails for a peer that reads too few of the link's own answers. One that reads
    /// some of them may ping for ever.
    #[inline]
    pub(super) fn check_replies(&mut self) -> Result<(), CloseReason> {
        if self.replies == 0 {
            return Ok(());
        }
        let unsent = self.outgoing.len();
        self.replies = self.replies.min(u32::try_from(unsent).unwrap_or(u32::MAX));
        if self.replies > REPLIES {
            return Err(CloseReason::SlowPeer { queued: unsent, limit: REPLIES as usize });
        }
        Ok(())
    }

    /// Whether everything is sent, and more could be.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.outgoing.is_sent() && self.failed.is_none()
    }

    /// Nothing more can be sent, for this reason unless there is one already.
    pub(super) fn fail(&mut self, reason: CloseReason) {
        self.failed.get_or_insert_with(|| Box::new(reason));
    }

    /// The reason why nothing more can be sent, once.
    pub(super) fn take_failure(&mut self) -> Option<CloseReason> {
        self.failed.take().map(|reason| *reason)
    }

    /// The time at which a peer that takes nothing has to be judged.
    #[inline]
    pub(super) fn stall_deadline(
        &self,
        timeout: impl FnOnce() -> Option<Duration>,
    ) -> Option<Duration> {
        let since = Duration::from_nanos(self.stalled?.get() - 1);
        Some(since.saturating_add(timeout()?))
    }

    /// Starts the time of a peer that takes nothing again.
    #[inline(never)]
    pub(super) fn restart_stall(&mut self, now: Duration) {
        let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        self.stalled = NonZeroU64::new(nanos.saturating_add(1));
    }

    /// Marks what is unsent now as whole packages.
    #[inline]
    pub(super) fn mark_intact(&mut self) {
        // Far less may wait.
        self.intact = self.outgoing.len() as u32;
    }

    /// Drops what comes behind the whole packages.
    pub(super) fn drop_torn(&mut self) {
        self.outgoing.truncate(self.intact as usize);
    }
}
