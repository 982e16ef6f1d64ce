//! The peer's messages at QoS 1 that are not acknowledged.

use std::collections::BTreeSet;

/// The packet identifiers of the peer's messages at QoS 1 that this side has not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Inflight(BTreeSet<u16>);

/// What a packet identifier of the peer's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arrived {
    New,
    /// It belongs to an earlier message.
    InUse,
    /// As many as may be are in use.
    TooMany,
}

impl Inflight {
    pub(super) fn arrive(&mut self, id: u16, most: u16) -> Arrived {
        if self.0.contains(&id) {
            return Arrived::InUse;
        }
        if self.0.len() >= usize::from(most) {
            return Arrived::TooMany;
        }
        self.0.insert(id);
        Arrived::New
    }

    pub(super) fn acknowledge(&mut self, id: u16) {
        self.0.remove(&id);
    }
}
