//! What a session does at its limits.

use std::sync::atomic::{AtomicU16, Ordering};

use connector_protocol::Limit;

use super::Session;
use crate::metrics;

/// The limits of which a session's dry run has told the log: each once, since
/// whoever is over a limit is so again and again.
#[derive(Debug, Default)]
pub(crate) struct Told(AtomicU16);

impl Told {
    /// Whether it is the first time.
    fn first(&self, limit: Limit) -> bool {
        let bit = 1 << limit as u16;
        self.0.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }
}

impl Session {
    /// Counts that a limit was reached, and tells so if a dry run lets that
    /// pass.
    pub(crate) fn reached(&self, limit: Limit) {
        metrics::reached(limit);
        if self.0.limits.dry_run && self.0.told.first(limit) {
            let (session, peer) = (self.id(), self.peer());
            tracing::warn!(limit = limit.name(), %session, %peer, "over a limit, in a dry run");
        }
    }
}
