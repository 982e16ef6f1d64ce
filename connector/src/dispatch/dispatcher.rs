//! What all calls of a server share.

use super::keyed::KeyedOrder;
use crate::handler::States;
use crate::routing::Table;

/// What all calls of a server share.
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
