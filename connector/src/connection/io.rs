//! The loop that drives a connection, for every side of every protocol.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::session::{Machine, PackageWriter};

use super::budget::Budget;
use super::busy::Stopped;
use super::rare::Rare;
use super::sender::{FLUSH, Sender};
use super::side::{Flow, Pause, Side, Turn};
use crate::limits::HeldLimit;
use crate::link::{Inbox, Link, Outgoing};
use crate::runtime;

/// One end of a connection: its session machine, what has arrived, and what is
/// to leave. Its link is lent to it, since a resting one may lie elsewhere.
pub(crate) struct Connection<M> {
    pub(super) machine: M,
    pub(super) inbox: Inbox,
    pub(super) sender: Sender,
    /// The link's layer around a package.
    frame: &'static dyn Envelope,
    pub(super) rare: Option<Box<Rare>>,
    /// What is left of this poll's share, and of those that follow on a yield.
    pub(super) budget: Budget,
    pub(super) stopped: Stopped,
    /// The end has been announced to the peer, in the link's way.
    pub(super) announced: bool,
    /// The link takes nothing more in this poll, and wakes the task when it does.
    waits: bool,
    /// Every byte of the peer is a sign of life, and not its heartbeats alone.
    pub(super) all_is_life: bool,
    /// The time at which a judgement of the peer was last put off.
    pub(super) asked: Option<Duration>,
    /// How much all connections may hold.
    pub(super) held_limit: Option<Arc<HeldLimit>>,
}

/// The outcome of one turn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// There may be more to do at once.
    Again,
    Pause(Pause),
    /// The same as resting, and everything was just sent.
    Idle,
}

impl<M: Machine> Connection<M> {
    pub(crate) fn new(machine: M, inbox: Inbox, frame: &'static dyn Envelope) -> Self {
        Self {
            machine,
            inbox,
            sender: Sender::default(),
            frame,
            rare: None,
            budget: Budget::default(),
            stopped: Stopped::No,
            announced: false,
            waits: false,
            all_is_life: false,
            asked: None,
            held_limit: None,
        }
    }

    /// Counts what has arrived and is not handled, and what has not left, for this limit of all
    /// connections from now on.
    pub(crate) fn counted(mut self, limit: &Arc<HeldLimit>) -> Self {
        self.uncount();
        self.held_limit = Some(limit.clone());
        self
    }

    /// Returns the limit of all connections for which it counts.
    #[cfg(feature = "plugin")]
    pub(crate) fn held_limit(&self) -> Option<&Arc<HeldLimit>> {
        self.held_limit.as_ref()
    }

    /// Moves everything that can move: handles what has arrived, reads, sends.
    ///
    /// # Errors
    /// The reason why the connection ends. It has to be closed then.
    #[inline(never)]
    pub(crate) fn poll<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Pause, CloseReason> {
        self.waits = false;
        loop {
            let outcome = self.turn(link, side, task, now);
            if matches!(outcome, Ok(Outcome::Idle)) {
                self.budget.renew();
                self.rest(link)?;
                return Ok(Pause::Resting);
            }
            if let Some(pause) = self.end_turn(outcome, link, side, task, now)? {
                return Ok(pause);
            }
        }
    }

    /// Sends what a turn has left. Returns the pause if there is one.
    #[inline(never)]
    fn end_turn<L: Link + ?Sized, S: Side>(
        &mut self,
        outcome: Result<Outcome, CloseReason>,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Option<Pause>, CloseReason> {
        if outcome == Ok(Outcome::Pause(Pause::Yielded)) && self.sender.outgoing.len() <= FLUSH {
            return Ok(Some(Pause::Yielded));
        }
        let flushed = self.flush(link, side, task, now);
        let Outcome::Pause(pause) = outcome.and_then(|outcome| flushed.map(|()| outcome))? else {
            return Ok(None);
        };
        if pause == Pause::Resting
            && let Some(reason) = self.sender.take_failure()
        {
            return Err(reason);
        }
        if pause != Pause::Yielded {
            self.budget.renew();
            self.check_stall(side, now)?;
            self.rest(link)?;
        }
        if pause == Pause::Spent {
            runtime::yield_now(task);
        }
        Ok(Some(pause))
    }

    /// Lets every byte of the peer be a sign of life, since there are no heartbeats.
    pub(crate) fn without_heartbeats(&mut self) {
        self.all_is_life = true;
    }

    /// Adds a ping of the link to what leaves next. Returns whether the link has pings.
    #[cfg(feature = "plugin")]
    pub(crate) fn ping<L: Link + ?Sized>(&mut self, link: &mut L) -> bool {
        link.ping(&mut self.inbox)
    }

    /// Looks at the clock behind what a yielded package has led to: it takes part of the share.
    #[cfg(feature = "plugin")]
    pub(crate) fn look<S: Side>(&mut self, side: &S, now: Duration) {
        self.budget.look(|| elapsed(side, now));
    }

    /// Marks what is unsent now as whole, before more is written outside of a poll.
    #[cfg(feature = "plugin")]
    pub(crate) fn mark_intact(&mut self) {
        self.sender.mark_intact();
    }

    /// Drops what the side's code has left half written when it panicked; returns
    /// the reason to close with.
    pub(crate) fn abandon(&mut self) -> CloseReason {
        self.sender.drop_torn();
        CloseReason::Panicked
    }

    /// Whether nothing is left to handle or to send.
    pub(crate) fn is_done(&self) -> bool {
        self.inbox.is_empty() && self.sender.outgoing.is_empty()
    }

    /// Returns the number of bytes that are left to send.
    pub(crate) fn unsent(&self) -> usize {
        self.sender.outgoing.unsent()
    }

    /// Returns whether the end has been announced to the peer.
    #[cfg(feature = "plugin")]
    pub(crate) fn is_announced(&self) -> bool {
        self.announced
    }

    pub(crate) fn outgoing(&mut self) -> &mut Outgoing {
        &mut self.sender.outgoing
    }

    /// Lets larger packages come from now on.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.inbox.set_limit(limit);
    }

    /// Returns the machine.
    #[cfg(feature = "plugin")]
    pub(crate) fn machine_mut(&mut self) -> &mut M {
        &mut self.machine
    }

    /// The machine, and where it writes packages of its own.
    pub(crate) fn machine(&mut self) -> (&mut M, PackageWriter<'_>) {
        (&mut self.machine, PackageWriter::new(self.frame, self.sender.outgoing.buf()))
    }

    /// One turn: what is due, what has arrived, and reading.
    fn turn<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Outcome, CloseReason> {
        self.sender.mark_intact();
        let turn = &mut Turn { task, outgoing: &mut self.sender.outgoing, now };
        side.prepare(turn, &mut self.budget)?;
        loop {
            // Each turn comes here without a package too.
            if !self.inbox.is_empty() || self.budget.is_spent() {
                match self.hand_out(link, side, task, now)? {
                    None => {}
                    Some(Pause::Resting) => {
                        return self.rest_busy(link, side, task, now).map(Outcome::Pause);
                    }
                    Some(pause) => return Ok(Outcome::Pause(pause)),
                }
            }
            if let Some(reason) = self.take_end() {
                return Err(reason);
            }
            if self.sender.is_clogged(S::UNSENT, link, task, now) || !side.reads() {
                return self.rest_busy(link, side, task, now).map(Outcome::Pause);
            }
            if self.stopped != Stopped::No {
                self.stopped = Stopped::No;
                self.machine.restart_idle_timer(now);
            }
            if self.budget.forbids_reads() {
                self.tick_behind(now)?;
                return Ok(Outcome::Pause(Pause::Spent));
            }
            // Answers leave first: the peer can go on while this side looks for more.
            let answered = !self.sender.outgoing.is_empty();
            if answered {
                self.flush(link, side, task, now)?;
            }
            match link.poll_recv(task, &mut self.inbox) {
                Poll::Ready(Ok(())) => {
                    let bytes = self.inbox.take_received();
                    self.budget.read(bytes, || elapsed(side, now));
                    self.count_read(bytes, now);
                    // What has to leave does so before more is handled.
                    if !self.sender.outgoing.is_empty() || self.inbox.has_replies() {
                        return Ok(Outcome::Again);
                    }
                }
                Poll::Ready(Err(reason)) => {
                    self.rare.get_or_insert_default().ended = Some(reason);
                }
                Poll::Pending => {
                    // After the read, so that what came while the task slept counts.
                    let due = self.is_due(now);
                    if due && self.puts_off(now) {
                        return Ok(Outcome::Pause(Pause::Resting));
                    }
                    if self.inbox.has_begun() || self.rare.is_some() {
                        self.check_transfer(side, now)?;
                    }
                    if due {
                        self.tick(now)?;
                    }
                    let idle = answered && self.sender.is_idle() && !self.inbox.has_replies();
                    let idle = idle && !side.has_more();
                    return Ok(if idle { Outcome::Idle } else { Outcome::Pause(Pause::Resting) });
                }
            }
        }
    }

    /// Handles what has arrived; a pause if it had to stop before the end.
    #[inline(never)]
    pub(super) fn hand_out<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Option<Pause>, CloseReason> {
        loop {
            if self.budget.is_spent() {
                self.tick_behind(now)?;
                return Ok(Some(Pause::Spent));
            }
            let Self { machine, inbox, sender, frame, budget, .. } = self;
            let Some(packages) = inbox.peek() else { return Ok(None) };
            let mut input = packages;
            let pause = loop {
                if !side.has_room() || sender.is_clogged(S::UNSENT, link, task, now) {
                    break Some(Pause::Resting);
                }
                let before = input.len();
                sender.mark_intact();
                let outgoing = &mut sender.outgoing;
                let mut out = PackageWriter::new(*frame, outgoing.buf());
                let event = machine.handle(&mut input, now, &mut out)?;
                let flow = side.handle(event, &mut Turn { task, outgoing, now })?;
                let handled = before - input.len();
                if handled == 0 && before > 0 {
                    return Err(CloseReason::malformed("a package that the session does not take"));
                }
                side.handled(handled);
                budget.message(|| elapsed(side, now));
                match flow {
                    Flow::Continue => {}
                    Flow::Look => budget.look(|| elapsed(side, now)),
                    Flow::Yield => break Some(Pause::Yielded),
                }
                if input.is_empty() || budget.is_spent() {
                    break None;
                }
            };
            let handled = packages.len() - input.len();
            inbox.advance(handled);
            if pause.is_some() {
                return Ok(pause);
            }
        }
    }

    /// Sends what can be sent: answers, what others put in, the link's own.
    fn flush<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<(), CloseReason> {
        let outgoing = &mut self.sender.outgoing;
        if let Err(reason) = side.collect(&mut Turn { task, outgoing, now }) {
            self.sender.fail(reason);
        }
        self.sender.take_replies(&mut self.inbox);
        if !self.waits {
            self.waits = self.sender.send(link, task, now);
        }
        self.sender.check_replies()?;
        side.sent(self.sender.outgoing.len());
        Ok(())
    }

    /// Gives the thread's buffers back, and counts what stays.
    #[inline(always)]
    fn rest<L: Link + ?Sized>(&mut self, link: &L) -> Result<(), CloseReason> {
        self.release();
        let kept = link.held();
        let holds = self.inbox.holds() || !self.sender.outgoing.is_sent() || kept > 0;
        if holds || self.is_counted() { self.count_held(kept) } else { Ok(()) }
    }

    /// Gives the thread's buffers back.
    pub(crate) fn release(&mut self) {
        self.inbox.release();
        self.sender.outgoing.release();
    }
}

/// The time since the poll began, if the side has a clock.
pub(super) fn elapsed<S: Side>(side: &S, now: Duration) -> Option<Duration> {
    side.clock().map(|clock| clock.saturating_sub(now))
}

impl<M> fmt::Debug for Connection<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("inbox", &self.inbox)
            .field("unsent", &self.sender.outgoing.len())
            .finish_non_exhaustive()
    }
}
