//! Settings of a connector's connections.

use std::sync::Arc;
use std::time::Duration;

use connector_protocol::Limits;

use crate::body::Format;
use crate::push::{PushSchedule, Schedule, Scheduled};

/// The default interval of heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(30);

/// Settings of each connection: limits, heartbeat and push schedule.
///
/// Fields that a connector does not set fall back to the server's, then to the
/// defaults: [`Limits::default`], a heartbeat of 30 seconds, [`PushSchedule::Direct`].
///
/// ```
/// use std::time::Duration;
///
/// use connector::prelude::*;
///
/// let config = Config::new().heartbeat(Duration::from_secs(10));
/// let connector = TcpConnector::new("127.0.0.1:0", config);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Boxed, since they are the larger part of every connector.
    limits: Option<Box<Limits>>,
    heartbeat: Option<Duration>,
    heartbeat_timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    push_schedule: Option<Schedule>,
    serializer: Option<Format>,
    compress_from: Option<usize>,
}

impl Config {
    /// Creates settings in which nothing is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what a peer may cost. Default: [`Limits::default`]. The connections of a
    /// connector with limits of its own are counted apart from the server's others.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(Box::new(limits));
        self
    }

    /// Sets how often clients must send a heartbeat, in whole seconds. Zero turns
    /// heartbeats off. Default: 30 seconds.
    #[must_use]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = Some(interval);
        self
    }

    /// Sets how long a client may be silent while heartbeats are on. Default:
    /// twice the heartbeat's interval.
    #[must_use]
    pub fn heartbeat_timeout(mut self, timeout: Duration) -> Self {
        self.heartbeat_timeout = Some(timeout);
        self
    }

    /// Sets how long a client may send nothing while heartbeats are off, on connectors that have
    /// heartbeats. Pomelo's is 90 seconds. Default: for ever.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Sets when messages leave. Default: [`PushSchedule::Direct`].
    #[must_use]
    pub fn push_schedule(mut self, schedule: PushSchedule) -> Self {
        self.push_schedule = Some(Schedule::Always(schedule));
        self
    }

    /// Sets when messages leave by a function of each message, see
    /// [`ServerBuilder::push_schedule_by`](crate::server::ServerBuilder::push_schedule_by).
    #[must_use]
    pub fn push_schedule_by(
        mut self,
        select: impl Fn(Scheduled<'_>) -> PushSchedule + Send + Sync + 'static,
    ) -> Self {
        self.push_schedule = Some(Schedule::By(Arc::new(select)));
        self
    }

    /// Sets the format of bodies for clients of pitaya's dialect, which has one for a whole
    /// server and calls it the serializer. Bodies that handlers pin to a format keep that.
    /// Default: JSON.
    #[must_use]
    pub fn serializer(mut self, format: Format) -> Self {
        self.serializer = Some(format);
        self
    }

    /// Compresses bodies of at least this many bytes, for peers that read zlib streams: clients
    /// of pitaya's dialect, and of ours with the feature `zlib`. A body that does not become
    /// shorter is sent as it is. Default: no body is compressed, since a body in which a secret
    /// and a stranger's words are compressed together tells of the secret by its length.
    /// Without this, compressed bodies are read all the same.
    #[cfg(feature = "zlib")]
    #[must_use]
    pub fn compress_from(mut self, bytes: usize) -> Self {
        self.compress_from = Some(bytes);
        self
    }

    /// Returns these settings, with the unset fields taken from `other`.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            limits: self.limits.clone().or_else(|| other.limits.clone()),
            heartbeat: self.heartbeat.or(other.heartbeat),
            heartbeat_timeout: self.heartbeat_timeout.or(other.heartbeat_timeout),
            idle_timeout: self.idle_timeout.or(other.idle_timeout),
            push_schedule: self.push_schedule.clone().or_else(|| other.push_schedule.clone()),
            serializer: self.serializer.or(other.serializer),
            compress_from: self.compress_from.or(other.compress_from),
        }
    }

    pub(crate) fn get_limits(&self) -> Limits {
        self.limits.as_deref().cloned().unwrap_or_default()
    }

    pub(crate) fn has_limits(&self) -> bool {
        self.limits.is_some()
    }

    /// Returns the interval of heartbeats, or `None` if they are off.
    pub(crate) fn get_heartbeat(&self) -> Option<Duration> {
        Some(self.heartbeat.unwrap_or(HEARTBEAT)).filter(|interval| !interval.is_zero())
    }

    /// Returns the heartbeats of links that have some of their own. Half of the time in which a
    /// client may be silent goes by until it is asked, unless both were set.
    #[cfg(feature = "sio")]
    pub(crate) fn heartbeat_of_links(&self) -> Option<crate::link::Heartbeat> {
        let interval = self.get_heartbeat()?;
        let silence = self.heartbeat_timeout.unwrap_or_else(|| interval.saturating_mul(2));
        let patience = silence.saturating_sub(interval).max(Duration::from_secs(1));
        Some(crate::link::Heartbeat { interval, patience })
    }

    pub(crate) fn get_push_schedule(&self) -> Schedule {
        self.push_schedule.clone().unwrap_or_default()
    }

    pub(crate) fn get_serializer(&self) -> Format {
        self.serializer.unwrap_or_default()
    }

    pub(crate) fn get_compress_from(&self) -> Option<usize> {
        self.compress_from
    }

    pub(crate) fn get_idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout
    }

    pub(crate) fn get_heartbeat_timeout(&self) -> Option<Duration> {
        self.heartbeat_timeout
    }
}
