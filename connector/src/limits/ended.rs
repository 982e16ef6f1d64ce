//! The metrics of a connection's end.

use connector_protocol::{CloseReason, Limits};

use crate::metrics;

/// Counts that a connection ended, and the limit that closed it, if one did.
pub(crate) fn count_end(reason: &CloseReason, limits: &Limits) {
    metrics::closed(reason);
    if let Some(limit) = limits.closed_at(reason) {
        metrics::limit_reached(limit);
    }
}
