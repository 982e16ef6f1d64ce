//! Connections that have ended, perhaps at a limit.

use connector_protocol::{CloseReason, Limits};

use crate::metrics;

/// Tells that a connection has ended, and at which limit if it was one.
pub(crate) fn count_end(reason: &CloseReason, limits: &Limits) {
    metrics::closed(reason);
    if let Some(limit) = limits.closed_at(reason) {
        metrics::reached(limit);
    }
}
