//! What one connection between an engine and a plugin may cost.

use connector_protocol::{CloseReason, Limit, Limits};

use crate::limits::Told;
use crate::metrics;

/// The limits of one connection, and what is done at them.
#[derive(Debug)]
pub(crate) struct Bounds {
    pub(crate) limits: Limits,
    /// The same, or more in a dry run.
    pub(crate) enforced: Limits,
    told: Told,
}

impl Bounds {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { limits: limits.clone(), enforced: limits.enforced(), told: Told::default() }
    }

    /// A limit was reached that does not end the connection.
    pub(crate) fn reached(&self, limit: Limit) {
        self.told.reached(&self.limits, limit, &WHO);
    }

    /// A dry run has let a limit pass that is reached once, whoever notices it.
    pub(crate) fn passed_once(&self, limit: Limit) {
        self.told.passed_once(limit, &WHO);
    }

    /// The connection has ended, perhaps at a limit.
    pub(crate) fn ended(&self, reason: &CloseReason) {
        let limit = match self.limits.closed_at(reason) {
            // Remix's handshake is a message like any other.
            Some(Limit::HandshakeBody) => Some(Limit::Package),
            limit => limit,
        };
        if let Some(limit) = limit {
            metrics::reached(limit);
        }
    }
}

const WHO: &str = "a connection between an engine and a plugin";
