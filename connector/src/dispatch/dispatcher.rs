//! The parts of dispatch that all connections of a server share.

use std::sync::Arc;

use super::keyed::KeyedOrder;
use crate::handler::States;
use crate::limits::HeldInAll;
use crate::routing::Table;

/// The routes, states, keyed order and counts that all connections of a server share.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) table: Table,
    pub(crate) states: States,
    pub(super) keyed: KeyedOrder,
    pub(crate) held: Arc<HeldInAll>,
}

impl Dispatcher {
    pub(crate) fn new(table: Table, states: States) -> Self {
        Self { table, states, keyed: KeyedOrder::default(), held: Arc::default() }
    }
}
