//! Reports of limits that were reached, to metrics and the log.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use connector_protocol::text::escaped;
use connector_protocol::{Limit, Limits};

use crate::metrics;

/// The limits that a connection's dry run has already logged. Each is logged once, since
/// a peer that exceeds a limit mostly does so repeatedly.
#[derive(Debug, Default)]
pub(crate) struct ReportedLimits(AtomicU32);

impl ReportedLimits {
    /// Counts that a limit was reached. In a dry run it logs this too, the first time.
    pub(crate) fn report(&self, limits: &Limits, limit: Limit, who: &dyn fmt::Display) {
        metrics::limit_reached(limit);
        if limits.dry_run && self.is_first(limit) {
            warn(limit, who);
        }
    }

    /// Counts and logs, the first time only, that a dry run let a limit be exceeded.
    pub(crate) fn report_once(&self, limit: Limit, who: &dyn fmt::Display) {
        if self.is_first(limit) {
            metrics::limit_reached(limit);
            warn(limit, who);
        }
    }

    fn is_first(&self, limit: Limit) -> bool {
        let bit = 1 << limit as u32;
        self.0.fetch_or(bit, Ordering::Relaxed) & bit == 0
    }
}

fn warn(limit: Limit, who: &dyn fmt::Display) {
    tracing::warn!(limit = limit.name(), who = %escaped(&who), "a limit is exceeded, which the dry run allows");
}
