//! The options of connections between engines and plugins.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::Limits;
use connector_protocol::remix::{EventBounds, Profile, QueueOptions};

use crate::{MaybeSend, MaybeSync};

/// The most bytes of a message. Sources and artifacts of compilers are long.
const PACKAGE: usize = 16 << 20;
/// The most bytes that may wait for a peer that does not read: some of the longest messages.
const QUEUED: usize = 4 * PACKAGE;
/// The bytes of messages whose calls run or wait: those of one of the longest.
const CALL_BYTES: usize = PACKAGE;
/// The most calls of each caller that may wait for a plugin. Engines call plugins on behalf of
/// others.
const WAITING: usize = 1024;
/// The most messages a second in one direction. Engines pass on what many plugins say.
const MESSAGES: u32 = 500_000;
/// The most engines of a plugin, which mostly has one.
const CONNECTIONS: usize = 256;

/// The silence after which a peer is pinged.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(30);

fn limits() -> Limits {
    Limits {
        package: PACKAGE,
        queued: QUEUED,
        connections: CONNECTIONS,
        call_bytes: CALL_BYTES,
        waiting: WAITING,
        messages_per_second: MESSAGES,
        ..Limits::default()
    }
}

/// The options of a plugin's side of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    pub(super) limits: Limits,
    pub(super) heartbeat: Duration,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { limits: limits(), heartbeat: HEARTBEAT }
    }
}

impl ClientOptions {
    /// Creates the default options: [`Limits`] with packages of 16 MiB, 64 MiB queued, calls
    /// of 16 MiB, 256 connections, and 500,000 messages a second.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the limits on what engines may cost. Default: see [`ClientOptions::new`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the silence after which an engine is pinged, where the link has pings: over
    /// WebSocket. One that leaves three pings in a row without an answer has gone, and the
    /// connection ends with [`CloseReason::HeartbeatTimeout`]. Zero is never. Default: 30
    /// seconds.
    ///
    /// [`CloseReason::HeartbeatTimeout`]: crate::CloseReason::HeartbeatTimeout
    #[must_use]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = interval;
        self
    }
}

/// The options of an engine's side of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginOptions {
    pub(super) limits: Limits,
    pub(super) heartbeat: Duration,
    pub(super) queue_timeout: Duration,
    pub(super) at_once: usize,
    pub(super) reconnect_delay: Duration,
    pub(super) longest_reconnect_delay: Duration,
    pub(super) reconnect_attempts: u32,
    pub(super) engine: Option<String>,
    pub(super) caller: String,
    transform: Option<Transform>,
}

/// A function that tells where a plugin is found.
#[derive(Clone)]
struct Transform(Arc<dyn TransformUrl>);

trait TransformUrl: MaybeSend + MaybeSync {
    fn url(&self, profile: &Profile) -> String;
}

impl<F: Fn(&Profile) -> String + MaybeSend + MaybeSync> TransformUrl for F {
    fn url(&self, profile: &Profile) -> String {
        self(profile)
    }
}

impl PartialEq for Transform {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Transform {}

impl fmt::Debug for Transform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Transform")
    }
}

impl Default for PluginOptions {
    fn default() -> Self {
        Self {
            limits: limits(),
            heartbeat: HEARTBEAT,
            queue_timeout: Duration::ZERO,
            at_once: 1,
            reconnect_delay: Duration::from_secs(1),
            longest_reconnect_delay: Duration::from_secs(30),
            reconnect_attempts: u32::MAX,
            engine: None,
            caller: "manager".to_owned(),
            transform: None,
        }
    }
}

impl PluginOptions {
    /// Creates the default options, which are those of the released engine, with packages
    /// of 16 MiB, 64 MiB queued, calls of 16 MiB, of which 1,024 of each caller may wait, 500,000
    /// messages a second, and attempts to connect again that never end.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the limits on what a plugin may cost. [`Limits::handshake`] is for the
    /// handshakes of the link and of Remix together. Default: see
    /// [`PluginOptions::new`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the silence after which the plugin is pinged, where the link has pings: over
    /// WebSocket. One that leaves three pings in a row without an answer has gone, and the
    /// connection ends with [`CloseReason::HeartbeatTimeout`]. Zero is never. Default: 30
    /// seconds.
    ///
    /// [`CloseReason::HeartbeatTimeout`]: crate::CloseReason::HeartbeatTimeout
    #[must_use]
    pub fn heartbeat(mut self, interval: Duration) -> Self {
        self.heartbeat = interval;
        self
    }

    /// Sets the time that a call may run. Default: 10 seconds. Zero is the default too.
    #[must_use]
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue_timeout = timeout;
        self
    }

    /// Sets how many calls may run at once: 1 at least. Default: 1, as in the released engine.
    #[must_use]
    pub fn at_once(mut self, calls: usize) -> Self {
        self.at_once = calls;
        self
    }

    /// Sets the delay before the first attempt to connect again. It doubles after each
    /// failed one, and each is longer by a random part of at most a half, up to
    /// [`PluginOptions::longest_reconnect_delay`]. Default: 1 second.
    #[must_use]
    pub fn reconnect_delay(mut self, delay: Duration) -> Self {
        self.reconnect_delay = delay;
        self
    }

    /// Sets the longest delay between two attempts to connect again, of which a random part
    /// of at most a third is left out. Default: 30 seconds.
    #[must_use]
    pub fn longest_reconnect_delay(mut self, delay: Duration) -> Self {
        self.longest_reconnect_delay = delay;
        self
    }

    /// Sets how many attempts to connect again may fail in a row, also by connections that end
    /// before the longest delay has passed. Then the plugin is given up, with
    /// [`PluginStatus::Ended`](super::PluginStatus::Ended). Zero connects again never. A plugin
    /// that connects by itself, as an [`AcceptedPlugin`](super::AcceptedPlugin), is waited for
    /// without attempts. Default: no limit.
    #[must_use]
    pub fn reconnect_attempts(mut self, attempts: u32) -> Self {
        self.reconnect_attempts = attempts;
        self
    }

    /// Sets the name of the program that the engine runs in, such as `vscode`, which
    /// handshakes carry. Default: none.
    #[must_use]
    pub fn engine(mut self, engine: impl Into<String>) -> Self {
        self.engine = Some(engine.into());
        self
    }

    /// Sets the function that tells the URL at which a plugin is found: Remix's `transformUrl`.
    /// Default: [`Profile::gateway`].
    #[must_use]
    pub fn transform_url(
        mut self,
        transform: impl Fn(&Profile) -> String + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.transform = Some(Transform(Arc::new(transform)));
        self
    }

    /// Returns the URL at which a plugin is found. It is empty if its profile has none.
    pub(super) fn url(&self, profile: &Profile) -> String {
        match &self.transform {
            Some(Transform(transform)) => transform.url(profile),
            None => profile.gateway().unwrap_or_default(),
        }
    }

    /// Returns the options of the queue of calls.
    pub(super) fn queue(&self) -> QueueOptions {
        let Limits { waiting, call_bytes, .. } = self.limits.enforced();
        QueueOptions::default()
            .timeout(self.queue_timeout)
            .at_once(self.at_once)
            .waiting(waiting, call_bytes)
    }

    /// Returns the bounds of the plugin's events in an engine, as its connection has them.
    pub(super) fn event_bounds(&self) -> EventBounds {
        let Limits { subscriptions, call_bytes, .. } = self.limits.enforced();
        EventBounds::default().subscriptions(subscriptions).values(subscriptions).memory(call_bytes)
    }

    /// Sets the calling plugin of [`RemotePlugin::call`](super::RemotePlugin::call).
    /// Default: `manager`.
    #[must_use]
    pub fn caller(mut self, caller: impl Into<String>) -> Self {
        self.caller = caller.into();
        self
    }
}
