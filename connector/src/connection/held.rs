//! The memory of what has arrived and is not handled, for the limit of all connections.

use connector_protocol::CloseReason;
use connector_protocol::session::Machine;

use super::io::Connection;
use crate::limits::HeldLimit;

/// What is smaller is not counted.
const SMALL: usize = 1024;
/// The bytes of a package that may arrive however much all connections hold.
pub(super) const FAIR: usize = 16 * 1024;

impl<M: Machine> Connection<M> {
    /// Counts what has arrived and is not handled for the limit of all connections.
    ///
    /// # Errors
    /// Returns the reason to close if all hold too much, and a large package of this one is
    /// arriving.
    #[cold]
    pub(super) fn count_held(&mut self) -> Result<(), CloseReason> {
        let Some(limit) = &self.held_limit else { return Ok(()) };
        let memory = self.inbox.memory();
        if memory < SMALL {
            self.uncount();
            return Ok(());
        }
        let rare = self.rare.get_or_insert_default();
        rare.held.get_or_insert_with(|| limit.part()).set(memory, usize::MAX);
        let begun = self.inbox.begun();
        if begun > FAIR && limit.is_reached() {
            return Err(overloaded(limit, begun));
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

/// The reason to close a connection whose package is too much, since all hold too much.
pub(super) fn overloaded(limit: &HeldLimit, held: usize) -> CloseReason {
    CloseReason::Overloaded { held, limit: limit.limit() }
}
