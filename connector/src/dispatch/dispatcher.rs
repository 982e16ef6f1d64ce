//! The parts of dispatch that all connections of a server share.

use std::sync::Arc;

use super::keyed::KeyedOrder;
use super::notes::Notes;
use crate::handler::States;
use crate::limits::HeldInAll;
use crate::routing::Table;

/// The routes, states, keyed order, counts and notes that all connections of a server share.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) table: Table,
    pub(crate) states: States,
    pub(super) keyed: KeyedOrder,
    pub(crate) held: Arc<HeldInAll>,
    pub(crate) notes: Notes,
    /// Whether messages must be signed with the key of their session.
    #[cfg(feature = "crypto")]
    signed: bool,
}

impl Dispatcher {
    pub(crate) fn new(table: Table, states: States) -> Self {
        Self {
            table,
            states,
            keyed: KeyedOrder::default(),
            held: Arc::default(),
            notes: Notes::default(),
            #[cfg(feature = "crypto")]
            signed: false,
        }
    }

    /// Sets whether messages must be signed with the key of their session.
    #[cfg(feature = "crypto")]
    pub(crate) fn verifying(self, signed: bool) -> Self {
        Self { signed, ..self }
    }

    /// Returns whether messages must be signed with the key of their session.
    pub(super) fn verifies(&self) -> bool {
        #[cfg(feature = "crypto")]
        return self.signed;
        #[cfg(not(feature = "crypto"))]
        return false;
    }
}
