//! The loop that drives a connection, for every side of every protocol.

use std::fmt;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::session::{Event, Machine, PackageWriter};

use super::budget::Budget;
use crate::link::{Inbox, Link, Outgoing};
use crate::runtime;

/// Bytes of answers that may wait before they are sent, while more is handled.
const FLUSH: usize = 32 * 1024;
/// Bytes that a peer may make the link itself answer, as to pings, without
/// reading the answers.
const REPLIES: u32 = 1 << 20;

/// One end of a connection: its session machine, what has arrived, and what is
/// to leave. Its link is lent to it, since a resting one may lie elsewhere.
pub(crate) struct Connection<M> {
    pub(super) machine: M,
    pub(super) inbox: Inbox,
    pub(super) outgoing: Outgoing,
    /// The link's layer around a package.
    frame: &'static dyn Envelope,
    /// The end of what arrives, while not all that came before it is handled.
    ended: Option<Box<CloseReason>>,
    /// Why nothing more can be sent. What has arrived is handled first: the last
    /// words of a peer are the better reason, and they may lie there.
    failed: Option<Box<CloseReason>>,
    /// The time at which the peer last took something, while something is unsent.
    stalled: Option<Duration>,
    /// Unsent bytes of the link's own answers.
    replies: u32,
    /// Unsent bytes that are whole packages, whatever becomes of the side's code
    /// that runs.
    intact: usize,
    /// What is left of this poll's share, and of those that follow on a yield.
    budget: Budget,
    /// Handling has stopped because too much runs, waits or is unsent, or because
    /// the side ends.
    blocked: bool,
    /// The peer has been told that the connection ends.
    pub(super) told: bool,
}

/// One side's use of a connection: what happens to its messages, and what it
/// sends.
pub(crate) trait Side {
    /// Bytes that may be unsent while more is handled. A peer that does not read
    /// its answers gets no further ones.
    const UNSENT: usize = usize::MAX;

    /// Does what is due before more is read: orders to end, running calls.
    fn prepare(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), CloseReason> {
        let _ = turn;
        Ok(())
    }

    /// Whether another package can be handled now.
    fn has_room(&self) -> bool {
        true
    }

    /// Whether more is read at all.
    fn reads(&self) -> bool {
        true
    }

    /// Handles what a package meant.
    fn handle(&mut self, event: Event<'_>, turn: &mut Turn<'_, '_>) -> Result<Flow, CloseReason>;

    /// Notes the size of the package that was handled.
    fn handled(&mut self, bytes: usize) {
        let _ = bytes;
    }

    /// Adds what others have put in for sending.
    fn collect(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), CloseReason> {
        let _ = turn;
        Ok(())
    }

    /// Notes how many bytes are left to send.
    fn sent(&mut self, unsent: usize) {
        let _ = unsent;
    }

    /// How long a peer may take nothing of what is unsent.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Decides about a peer that has taken nothing for so long.
    fn stalled(&mut self, unsent: usize) -> Result<(), CloseReason> {
        Err(CloseReason::Stalled { unsent })
    }
}

/// What a side has at hand while the connection is polled.
pub(crate) struct Turn<'r, 'cx> {
    pub(crate) task: &'r mut Context<'cx>,
    pub(crate) outgoing: &'r mut Outgoing,
    pub(crate) now: Duration,
}

/// Whether a side wants the next package at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    /// Hands control back to whoever polls the connection. The budget of a poll
    /// goes on.
    Yield,
}

/// Why polling has stopped without an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    /// The side has yielded.
    Yielded,
    /// Everything waits for somebody else, who wakes the task.
    Resting,
    /// The budget is spent: others get their turn, then the task is woken.
    Spent,
}

/// The outcome of one turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// There may be more to do at once.
    Again,
    Pause(Pause),
}

impl<M: Machine> Connection<M> {
    pub(crate) fn new(machine: M, inbox: Inbox, frame: &'static dyn Envelope) -> Self {
        Self {
            machine,
            inbox,
            outgoing: Outgoing::default(),
            frame,
            ended: None,
            failed: None,
            stalled: None,
            replies: 0,
            intact: 0,
            budget: Budget::default(),
            blocked: false,
            told: false,
        }
    }

    /// Moves everything that can move: handles what has arrived, reads, sends.
    ///
    /// # Errors
    /// The reason why the connection ends. It has to be closed then.
    pub(crate) fn poll<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Pause, CloseReason> {
        loop {
            let outcome = self.turn(link, side, task, now);
            if outcome == Ok(Outcome::Pause(Pause::Yielded)) && self.outgoing.len() <= FLUSH {
                return Ok(Pause::Yielded);
            }
            let flushed = self.flush(link, side, task, now);
            let Outcome::Pause(pause) = outcome.and_then(|outcome| flushed.map(|()| outcome))?
            else {
                continue;
            };
            if pause == Pause::Resting
                && let Some(reason) = self.failed.take()
            {
                return Err(*reason);
            }
            if pause != Pause::Yielded {
                self.budget = Budget::default();
                self.check_stall(side, now)?;
                self.release();
            }
            if pause == Pause::Spent {
                runtime::yield_now(task);
            }
            return Ok(pause);
        }
    }

    /// The time at which the connection wants to be polled again, if nothing
    /// arrives before.
    pub(crate) fn deadline<S: Side>(&self, side: &S) -> Option<Duration> {
        let machine = if self.blocked { None } else { self.machine.deadline() };
        let stall =
            self.stalled.zip(side.patience()).map(|(since, limit)| since.saturating_add(limit));
        match (machine, stall) {
            (Some(machine), Some(stall)) => Some(machine.min(stall)),
            (machine, stall) => machine.or(stall),
        }
    }

    /// Drops what the side's code has left half written when it panicked; returns
    /// the reason to close with.
    pub(crate) fn abandon(&mut self) -> CloseReason {
        self.outgoing.truncate(self.intact);
        CloseReason::Panicked
    }

    /// Whether nothing is left to handle or to send.
    pub(crate) fn is_done(&self) -> bool {
        self.inbox.is_empty() && self.outgoing.is_empty()
    }

    pub(crate) fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.outgoing
    }

    /// Lets larger packages come from now on.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.inbox.set_limit(limit);
    }

    /// The machine, and where it writes packages of its own.
    pub(crate) fn machine(&mut self) -> (&mut M, PackageWriter<'_>) {
        (&mut self.machine, PackageWriter::new(self.frame, self.outgoing.buf()))
    }

    /// One turn: what is due, what has arrived, and reading.
    fn turn<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Outcome, CloseReason> {
        self.intact = self.outgoing.len();
        side.prepare(&mut Turn { task, outgoing: &mut self.outgoing, now })?;
        loop {
            match self.hand_out(link, side, task, now)? {
                None => {}
                Some(Pause::Resting) => {
                    // There is no room, and there will be none for a peer that left.
                    if let Some(reason) = self.ended.take() {
                        return Err(*reason);
                    }
                    self.blocked = true;
                    return Ok(Outcome::Pause(Pause::Resting));
                }
                Some(pause) => return Ok(Outcome::Pause(pause)),
            }
            if let Some(reason) = self.ended.take() {
                return Err(*reason);
            }
            if self.is_clogged::<L, S>(link, task, now) {
                self.blocked = true;
                return Ok(Outcome::Pause(Pause::Resting));
            }
            if !side.reads() {
                self.blocked = true;
                return Ok(Outcome::Pause(Pause::Resting));
            }
            if std::mem::take(&mut self.blocked) {
                self.machine.restart_idle_timer(now);
            }
            match link.poll_recv(task, &mut self.inbox) {
                Poll::Ready(Ok(())) => {
                    self.budget.read();
                    // What has to leave does so before more is handled.
                    if !self.outgoing.is_empty() || self.inbox.has_replies() {
                        return Ok(Outcome::Again);
                    }
                }
                Poll::Ready(Err(reason)) => self.ended = Some(Box::new(reason)),
                Poll::Pending => {
                    // After the read, so that what came while the task slept counts.
                    self.tick(now)?;
                    return Ok(Outcome::Pause(Pause::Resting));
                }
            }
        }
    }

    /// Handles what has arrived; a pause if it had to stop before the end.
    fn hand_out<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Option<Pause>, CloseReason> {
        if self.budget.is_spent() {
            self.tick_behind(now)?;
            return Ok(Some(Pause::Spent));
        }
        while self.inbox.peek().is_some() {
            if !side.has_room() || self.is_clogged::<L, S>(link, task, now) {
                return Ok(Some(Pause::Resting));
            }
            let Some(bytes) = self.inbox.peek() else { break };
            let mut input = bytes;
            self.intact = self.outgoing.len();
            let mut out = PackageWriter::new(self.frame, self.outgoing.buf());
            let event = self.machine.handle(&mut input, now, &mut out)?;
            let flow = side.handle(event, &mut Turn { task, outgoing: &mut self.outgoing, now })?;
            let handled = bytes.len() - input.len();
            if handled == 0 && !bytes.is_empty() {
                return Err(CloseReason::malformed("a package that the session does not take"));
            }
            self.inbox.advance(handled);
            side.handled(handled);
            self.budget.message(handled);
            if flow == Flow::Yield {
                return Ok(Some(Pause::Yielded));
            }
            if self.budget.is_spent() {
                self.tick_behind(now)?;
                return Ok(Some(Pause::Spent));
            }
        }
        Ok(None)
    }

    /// Lets the machine look at the clock.
    fn tick(&mut self, now: Duration) -> Result<(), CloseReason> {
        if self.machine.deadline().is_some_and(|deadline| now >= deadline) {
            let (machine, mut out) = self.machine();
            machine.tick(now, &mut out)?;
        }
        Ok(())
    }

    /// Lets the machine look at the clock while not all that came is handled. Its
    /// peer cannot be called silent then: the sign of life may lie behind the rest.
    fn tick_behind(&mut self, now: Duration) -> Result<(), CloseReason> {
        if self.machine.deadline().is_some_and(|deadline| now >= deadline) {
            self.machine.restart_idle_timer(now);
        }
        self.tick(now)
    }

    /// Whether too much is unsent to make more of it. If so, the task is woken
    /// when the peer has read some.
    fn is_clogged<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        task: &mut Context<'_>,
        now: Duration,
    ) -> bool {
        if self.outgoing.len() <= FLUSH {
            return false;
        }
        self.send(link, task, now);
        self.outgoing.len() > S::UNSENT
    }

    /// Sends what can be sent: answers, what others put in, the link's own.
    fn flush<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<(), CloseReason> {
        if let Err(reason) = side.collect(&mut Turn { task, outgoing: &mut self.outgoing, now }) {
            self.failed.get_or_insert_with(|| Box::new(reason));
        }
        let before = self.outgoing.len();
        self.inbox.take_replies(&mut self.outgoing);
        let replied = self.outgoing.len() - before;
        self.replies = self.replies.saturating_add(u32::try_from(replied).unwrap_or(u32::MAX));
        self.send(link, task, now);
        let unsent = self.outgoing.len();
        // A peer that reads some of it may ping for ever.
        self.replies = self.replies.min(u32::try_from(unsent).unwrap_or(u32::MAX));
        if self.replies > REPLIES {
            return Err(CloseReason::SlowPeer { queued: unsent, limit: REPLIES as usize });
        }
        side.sent(unsent);
        Ok(())
    }

    /// The one place where bytes leave, so that each one taken is seen. Behind a
    /// failure there is nothing left to send.
    fn send<L: Link + ?Sized>(&mut self, link: &mut L, task: &mut Context<'_>, now: Duration) {
        let before = self.outgoing.len();
        if !self.outgoing.is_sent()
            && self.failed.is_none()
            && let Poll::Ready(Err(reason)) = link.poll_send(task, &mut self.outgoing)
        {
            self.failed = Some(Box::new(reason));
        }
        if self.failed.is_some() {
            self.outgoing = Outgoing::default();
        }
        let unsent = self.outgoing.len();
        if unsent == 0 {
            self.stalled = None;
        } else if unsent < before || self.stalled.is_none() {
            self.stalled = Some(now);
        }
    }

    fn check_stall<S: Side>(&mut self, side: &mut S, now: Duration) -> Result<(), CloseReason> {
        if let (Some(since), Some(patience)) = (self.stalled, side.patience())
            && now >= since.saturating_add(patience)
        {
            side.stalled(self.outgoing.len())?;
            self.stalled = Some(now);
        }
        Ok(())
    }

    /// Gives the thread's buffers back.
    pub(crate) fn release(&mut self) {
        self.inbox.release();
        self.outgoing.release();
    }
}

impl<M> fmt::Debug for Connection<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("inbox", &self.inbox)
            .field("unsent", &self.outgoing.len())
            .finish_non_exhaustive()
    }
}
