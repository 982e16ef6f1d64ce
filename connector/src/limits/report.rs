//! Limits that were reached, for metrics and the log.

use std::fmt;
use std::sync::atomic::{AtomicU16, Ordering};

use connector_protocol::{Limit, Limits};

use crate::metrics;

/// The limits of which a connection's dry run has told the log: each once, since
/// whoever is over a limit is so again and again.
#[derive(Debug, Default)]
pub(crate) struct Told(AtomicU16);

impl Told {
    /// Counts that a limit was reached, and tells so if a dry run lets that
    /// pass.
    pub(crate) fn reached(&self, limits: &Limits, limit: Limit, who: &dyn fmt::Display) {
        metrics::reached(limit);
        if limits.dry_run && self.is_first(limit) {
            warn(limit, who);
        }
    }

    /// Counts and tells that a dry run has let a limit pass, if it is the first
    /// time.
    pub(crate) fn passed_once(&self, limit: Limit, who: &dyn fmt::Display) {
        if self.is_first(limit) {
            metrics::reached(limit);
            warn(limit, who);
        }
    }

    fn is_first(&self, limit: Limit) -> bool {
        let bit = 1 << limit as u16;
        self.0.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }
}

fn warn(limit: Limit, who: &dyn fmt::Display) {
    tracing::warn!(limit = limit.name(), %who, "over a limit, in a dry run");
}
