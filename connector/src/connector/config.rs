//! What each connection of a connector gets.

use std::time::Duration;

use connector_protocol::Limits;

use crate::push::PushSchedule;

/// What each connection gets: limits and heartbeat.
///
/// What a connector's own leaves open is the server's; what that leaves open
/// too is the default: all limits, no heartbeat.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    limits: Option<Limits>,
    heartbeat: Option<Duration>,
    heartbeat_timeout: Option<Duration>,
    push_schedule: Option<PushSchedule>,
}

impl Config {
    /// Everything left open.
    pub fn new() -> Self {
        Self::default()
    }

    /// What a peer may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// How often clients are to send a heartbeat, in whole seconds; zero is
    /// never.
    #[must_use]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = Some(interval);
        self
    }

    /// How long a client may be silent if heartbeats are on, instead of twice
    /// their interval.
    #[must_use]
    pub fn heartbeat_timeout(mut self, timeout: Duration) -> Self {
        self.heartbeat_timeout = Some(timeout);
        self
    }

    /// Sets when messages leave. Default: [`PushSchedule::Direct`].
    #[must_use]
    pub fn push_schedule(mut self, schedule: PushSchedule) -> Self {
        self.push_schedule = Some(schedule);
        self
    }

    /// This one, with what it leaves open taken from another.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self {
            limits: self.limits.clone().or_else(|| other.limits.clone()),
            heartbeat: self.heartbeat.or(other.heartbeat),
            heartbeat_timeout: self.heartbeat_timeout.or(other.heartbeat_timeout),
            push_schedule: self.push_schedule.or(other.push_schedule),
        }
    }

    pub(crate) fn get_limits(&self) -> Limits {
        self.limits.clone().unwrap_or_default()
    }

    pub(crate) fn get_heartbeat(&self) -> Option<Duration> {
        self.heartbeat.filter(|interval| !interval.is_zero())
    }

    pub(crate) fn get_push_schedule(&self) -> PushSchedule {
        self.push_schedule.unwrap_or_default()
    }

    pub(crate) fn get_heartbeat_timeout(&self) -> Option<Duration> {
        self.heartbeat_timeout
    }
}
