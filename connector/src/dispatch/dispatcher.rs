//! The parts of dispatch that all connections of a server share.

use super::keyed::KeyedOrder;
use crate::handler::States;
use crate::routing::Table;

/// The routes, states and keyed order that all connections of a server share.
#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) table: Table,
    pub(crate) states: States,
    pub(super) keyed: KeyedOrder,
}

impl Dispatcher {
    pub(crate) fn new(table: Table, states: States) -> Self {
        Self { table, states, keyed: KeyedOrder::default() }
    }
}
