//! The limits of a connection between an engine and a plugin.

use connector_protocol::json::JsonError;
use connector_protocol::{CloseReason, Limit, Limits};

use crate::limits::ReportedLimits;
use crate::metrics;

/// The limits of a connection between an engine and a plugin, and its reports of them.
#[derive(Debug)]
pub(crate) struct ConnectionLimits {
    pub(crate) configured: Limits,
    /// The same limits, raised in a dry run.
    pub(crate) enforced: Limits,
    reported: ReportedLimits,
}

impl ConnectionLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            configured: limits.clone(),
            enforced: limits.enforced(),
            reported: ReportedLimits::default(),
        }
    }

    /// Reports that a limit was reached which does not end the connection.
    pub(crate) fn report(&self, limit: Limit) {
        self.reported.report(&self.configured, limit, &WHO);
    }

    /// Reports that what was to be read had too many values, if that is the error.
    pub(crate) fn report_values(&self, error: &JsonError) {
        if let JsonError::Values(_) = error {
            self.report(Limit::Values);
        }
    }

    /// Reports once that a dry run let this limit be exceeded. Several callers may
    /// notice it.
    pub(crate) fn report_once(&self, limit: Limit) {
        self.reported.report_once(limit, &WHO);
    }

    /// Counts the limit that ended the connection, if one did.
    pub(crate) fn count_end(&self, reason: &CloseReason) {
        let limit = match self.configured.closed_at(reason) {
            // Remix's handshake is an ordinary message.
            Some(Limit::HandshakeBody) => Some(Limit::Package),
            limit => limit,
        };
        if let Some(limit) = limit {
            metrics::limit_reached(limit);
        }
    }
}

const WHO: &str = "a connection between an engine and a plugin";
