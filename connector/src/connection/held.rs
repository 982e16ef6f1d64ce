//! The memory of what has arrived and is not handled, and of what has not left, for the limit
//! of all connections.

use connector_protocol::CloseReason;
use connector_protocol::session::Machine;

use super::io::Connection;
use super::side::UNSENT;
use crate::limits::HeldLimit;

/// What is smaller is not counted.
const SMALL: usize = 1024;
/// The bytes of a package that may arrive when all connections hold as much as they may.
pub(super) const FAIR: usize = 16 * 1024;

impl<M: Machine> Connection<M> {
    /// Counts what has arrived and is not handled, what has not left, and what the link has
    /// `kept`, for the limit of all connections. What others share counts for nobody.
    ///
    /// # Errors
    /// Returns the reason to close if all hold too much, and a large package of this one is
    /// arriving, or much waits for its peer.
    #[cold]
    pub(super) fn count_held(&mut self, kept: usize) -> Result<(), CloseReason> {
        let Some(limit) = &self.held_limit else { return Ok(()) };
        let unsent = self.sender.outgoing.own() + kept;
        let memory = self.inbox.memory() + unsent;
        if memory < SMALL {
            self.uncount();
            return Ok(());
        }
        let rare = self.rare.get_or_insert_default();
        rare.held.get_or_insert_with(|| limit.part()).set(memory, usize::MAX);
        for (held, most) in [(self.inbox.begun(), FAIR), (unsent, UNSENT)] {
            if limit.share(most).is_some_and(|share| held > share) {
                return Err(overloaded(limit, held));
            }
        }
        Ok(())
    }

    /// Gives back what is counted for the limit of all connections.
    pub(super) fn uncount(&mut self) {
        if let Some(rare) = &mut self.rare {
            rare.held = None;
            self.rare.take_if(|rare| rare.is_empty());
        }
    }

    /// Returns `true` if something is counted for the limit of all connections.
    #[inline]
    pub(super) fn is_counted(&self) -> bool {
        self.rare.as_ref().is_some_and(|rare| rare.held.is_some())
    }
}

/// The reason to close a connection whose package, or what waits for its peer, is too much, since
/// all hold too much.
pub(super) fn overloaded(limit: &HeldLimit, held: usize) -> CloseReason {
    CloseReason::Overloaded { held, limit: limit.limit() }
}
