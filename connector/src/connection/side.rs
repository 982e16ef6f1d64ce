//! The sides of a connection: what each makes of its packages.

use std::task::Context;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::session::Event;

use super::Budget;
use crate::link::Outgoing;

/// The most unsent bytes while a server handles more. A peer that does not read its answers
/// gets no others.
pub(crate) const UNSENT: usize = 256 * 1024;

/// One side's use of a connection: what happens to its messages, and what it
/// sends.
pub(crate) trait Side {
    /// Bytes that may be unsent while more is handled. A peer that does not read
    /// its answers gets no further ones.
    const UNSENT: usize = usize::MAX;
    /// Bytes that may be read ahead while packages wait, to notice a peer that leaves.
    const AHEAD: usize = 256 * 1024;
    /// The same once it is known that the peer has left. The system holds no more than a few
    /// megabytes, which are served without it.
    const REST: usize = 16 * 1024 * 1024;

    /// Does what is due before more is read: orders to end, running calls. Calls are counted
    /// in the budget of the poll.
    fn prepare(&mut self, turn: &mut Turn<'_, '_>, budget: &mut Budget) -> Result<(), CloseReason> {
        let _ = (turn, budget);
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

    /// Whether [`collect`](Self::collect) may have something to do.
    fn has_more(&self) -> bool {
        true
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

    /// The current time, for the budget of a poll. Without a clock it counts no time.
    fn clock(&self) -> Option<Duration> {
        None
    }

    /// The fewest bytes a second at which a package may arrive, see
    /// [`Limits::package_rate`](crate::Limits::package_rate). Without a rate it may take as
    /// long as it wants.
    fn package_rate(&self) -> usize {
        0
    }

    /// Decides about a peer that sends a package too slowly.
    fn slow_package(&mut self, received: usize, expected: usize) -> Result<(), CloseReason> {
        Err(CloseReason::SlowPackage { received, expected })
    }

    /// The time for which a peer may take nothing of what is unsent. Default: no limit.
    fn stall_timeout(&self) -> Option<Duration> {
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
    /// The same, and this one may have taken long: the budget looks at the clock.
    Look,
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
