//! A connection whose packages wait: their sender is told that this side lives, and is
//! noticed when it leaves.

use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::Machine;

use super::deadlines::{earlier, is_past};
use super::held::FAIR;
use super::io::{Connection, elapsed};
use super::side::{Pause, Side};
use crate::link::Link;

/// The time between two looks at whether a peer that is not read has left.
const LOOK: Duration = Duration::from_secs(1);

/// Why handling has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// It has not.
    No,
    /// Too much is unsent or has been read ahead, or the side ends. The peer is not read, so
    /// its silence does not count.
    Deaf,
    /// Too much runs or waits, but all that has arrived is read.
    Busy,
    /// The same, and the peer was silent for as long as it may be. Its next sign of life
    /// follows a heartbeat of this side, which may just have left.
    Doubtful,
}

impl<M: Machine> Connection<M> {
    /// Rests while packages wait. What comes behind them is read ahead, to notice the peer's
    /// end and its signs of life.
    #[cold]
    pub(super) fn rest_busy<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Pause, CloseReason> {
        // There is no room, and there will be none for a peer that left.
        if let Some(reason) = self.take_end() {
            return Err(reason);
        }
        if self.stopped == Stopped::No {
            self.stopped = Stopped::Deaf;
            // Signs of life may lie among the packages.
            self.machine.restart_idle_timer(now);
            self.pause_transfer();
        }
        if let Some(rare) = &mut self.rare {
            rare.look = None;
        }
        // With room, this is why handling has stopped, and sending was tried.
        if self.sender.outgoing.len() > S::UNSENT
            && (side.has_room() || self.sender.is_clogged(S::UNSENT, link, task, now))
        {
            self.stopped = Stopped::Deaf;
            // What is unsent tells that this side lives. A peer that left fails the sending.
            if let Some(rare) = &mut self.rare {
                rare.beat = None;
            }
            return Ok(Pause::Resting);
        }
        let mut pause = Pause::Resting;
        if side.reads() {
            pause = self.read_ahead(link, side, task, now)?;
        } else {
            self.stopped = Stopped::Deaf;
        }
        self.beat(now);
        self.beat_by_link(link, now);
        Ok(pause)
    }

    fn read_ahead<L: Link + ?Sized, S: Side>(
        &mut self,
        link: &mut L,
        side: &mut S,
        task: &mut Context<'_>,
        now: Duration,
    ) -> Result<Pause, CloseReason> {
        // It is looked at again once a second.
        let is_reached = self.held_limit.as_ref().is_some_and(|limit| limit.is_reached());
        let (ahead, rest) = if is_reached { (FAIR, FAIR) } else { (S::AHEAD, S::REST) };
        while self.inbox.backlog() < ahead || self.has_left(link, task, now) {
            if self.inbox.backlog() >= rest {
                return Err(CloseReason::PeerClosed);
            }
            if self.budget.forbids_reads() {
                return Ok(Pause::Spent);
            }
            match link.poll_recv(task, &mut self.inbox) {
                Poll::Ready(read) => {
                    read?;
                    self.budget.read(self.inbox.take_received(), || elapsed(side, now));
                    self.machine.restart_idle_timer(now);
                    self.stopped = Stopped::Deaf;
                }
                Poll::Pending => {
                    self.doubt(now)?;
                    return Ok(Pause::Resting);
                }
            }
        }
        self.stopped = Stopped::Deaf;
        Ok(Pause::Resting)
    }

    /// Returns `true` if a peer that is not read has left, as far as its link knows.
    fn has_left<L: Link + ?Sized>(
        &mut self,
        link: &mut L,
        task: &mut Context<'_>,
        now: Duration,
    ) -> bool {
        let left = link.peer_has_left(task);
        let next = now.saturating_add(LOOK);
        self.rare.get_or_insert_default().look = (!left).then_some(next);
        left
    }

    /// Judges the peer's silence, once it had the chance to answer a heartbeat.
    fn doubt(&mut self, now: Duration) -> Result<(), CloseReason> {
        let silent = is_past(self.machine.deadline(), now);
        match self.stopped {
            Stopped::Busy if silent => {
                self.machine.restart_idle_timer(now);
                self.stopped = Stopped::Doubtful;
            }
            Stopped::Busy => {}
            Stopped::Doubtful if silent => {
                if !self.puts_off(now) {
                    self.tick(now)?;
                }
            }
            Stopped::Doubtful => {}
            Stopped::No | Stopped::Deaf => {
                self.machine.restart_idle_timer(now);
                self.stopped = Stopped::Busy;
            }
        }
        Ok(())
    }

    /// Tells the peer that this side lives, about once an interval.
    fn beat(&mut self, now: Duration) {
        let Some(interval) = self.machine.heartbeat_interval() else { return };
        let due = self.rare.as_ref().and_then(|rare| rare.beat);
        if due.is_some_and(|due| now < due) {
            return;
        }
        if due.is_some() {
            let (machine, mut out) = self.machine();
            machine.beat(&mut out);
        }
        // A little longer, for peers that send theirs an interval after each of ours.
        let next = now.saturating_add(interval).saturating_add(interval / 4);
        self.rare.get_or_insert_default().beat = Some(next);
    }

    /// Lets the link tell the peer that this side lives, while nothing is read. What is unsent
    /// tells it too.
    fn beat_by_link<L: Link + ?Sized>(&mut self, link: &mut L, now: Duration) {
        let Some(rare) = &mut self.rare else { return };
        if rare.look.is_none() {
            rare.sign = None;
            return;
        }
        match rare.sign {
            Some(due) if now < due => return,
            Some(_) if self.sender.outgoing.is_empty() => link.beat(&mut self.inbox),
            _ => {}
        }
        rare.sign = Some(now.saturating_add(LOOK));
    }

    /// The time at which a busy connection wants to be polled.
    pub(super) fn busy_deadline(&self) -> Option<Duration> {
        let rare = self.rare.as_ref();
        let beat = rare.and_then(|rare| earlier(rare.beat, rare.look));
        let silence = match self.stopped {
            Stopped::Busy | Stopped::Doubtful => self.machine.deadline(),
            Stopped::No | Stopped::Deaf => None,
        };
        earlier(beat, silence)
    }
}
