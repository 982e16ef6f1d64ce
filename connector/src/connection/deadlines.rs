//! The deadlines of a connection: when it is polled again, and when its peer is judged.

use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::Machine;

use super::busy::Stopped;
use super::io::Connection;
use super::side::Side;
use crate::runtime::{GRACE, PAUSE};

impl<M: Machine> Connection<M> {
    /// The time at which the connection wants to be polled again, if nothing
    /// arrives before.
    pub(crate) fn deadline<S: Side>(&self, side: &S) -> Option<Duration> {
        let machine = match self.stopped {
            Stopped::No => earlier(self.machine.deadline(), self.transfer_deadline()),
            _ => self.busy_deadline(),
        };
        let deadline = earlier(machine, self.sender.stall_deadline(|| side.stall_timeout()))?;
        match self.asked {
            Some(asked) if deadline <= asked => Some(asked.saturating_add(GRACE)),
            _ => Some(deadline),
        }
    }

    /// Lets the machine look at the clock.
    pub(crate) fn tick(&mut self, now: Duration) -> Result<(), CloseReason> {
        if is_past(self.machine.deadline(), now) {
            let (machine, mut out) = self.machine();
            machine.tick(now, &mut out)?;
        }
        Ok(())
    }

    /// Lets the machine look at the clock while not all that came is handled. Its
    /// peer cannot be called silent then: the sign of life may lie behind the rest.
    pub(super) fn tick_behind(&mut self, now: Duration) -> Result<(), CloseReason> {
        if is_past(self.machine.deadline(), now) {
            self.machine.restart_idle_timer(now);
        }
        self.tick(now)
    }

    /// Judges a peer that takes nothing.
    pub(super) fn check_stall<S: Side>(
        &mut self,
        side: &mut S,
        now: Duration,
    ) -> Result<(), CloseReason> {
        let deadline = self.sender.stall_deadline(|| side.stall_timeout());
        if is_past(deadline, now) && !self.puts_off(now) {
            side.stalled(self.sender.outgoing.unsent())?;
            self.sender.restart_stall(now);
        }
        Ok(())
    }

    /// Whether the peer was silent or slow for as long as it may be.
    #[inline]
    pub(super) fn is_due(&self, now: Duration) -> bool {
        is_past(self.machine.deadline(), now)
            || (self.rare.is_some() && is_past(self.transfer_deadline(), now))
    }

    /// Returns whether a judgement of the peer has to be put off. After a pause of the process
    /// the runtime tells of timers before it tells of what lies in the kernel, so a peer is
    /// judged only a little after its deadline was first seen.
    #[cold]
    pub(super) fn puts_off(&mut self, now: Duration) -> bool {
        let since = self.asked.and_then(|asked| now.checked_sub(asked));
        match since {
            Some(since) if since < GRACE => true,
            Some(since) if since < PAUSE => false,
            _ => {
                self.asked = Some(now);
                true
            }
        }
    }
}

/// Whether a deadline has passed.
#[inline]
pub(super) fn is_past(deadline: Option<Duration>, now: Duration) -> bool {
    deadline.is_some_and(|deadline| now >= deadline)
}

/// The earlier one of two deadlines.
pub(crate) fn earlier(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
