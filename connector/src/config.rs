//! What each connection of a connector gets.

use std::time::Duration;

use connector_protocol::Limits;

/// What each connection gets: limits and heartbeat. A connector's own goes
/// before the server's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// What a peer may cost.
    pub limits: Limits,
    /// How often clients are to send a heartbeat; `None` is never, as in
    /// pomelo.
    pub heartbeat: Option<Duration>,
    /// How long a client may be silent, twice the heartbeat by default.
    pub heartbeat_timeout: Option<Duration>,
}

impl Config {
    /// The defaults: all limits, no heartbeat.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With a heartbeat of this interval, in whole seconds.
    #[must_use]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = (!interval.is_zero()).then_some(interval);
        self
    }

    /// With this longest silence, if heartbeats are on.
    #[must_use]
    pub fn heartbeat_timeout(mut self, timeout: Duration) -> Self {
        self.heartbeat_timeout = Some(timeout);
        self
    }
}
