//! What connections between engines and plugins are made with.

use std::time::Duration;

use connector_protocol::Limits;

/// The largest message: sources and artifacts of compilers are long.
const PACKAGE: usize = 16 << 20;
/// What may wait for a peer that does not read: some of the largest.
const QUEUED: usize = 4 * PACKAGE;
/// A plugin has one engine, or a few.
const CONNECTIONS: usize = 256;

fn limits() -> Limits {
    Limits { package: PACKAGE, queued: QUEUED, connections: CONNECTIONS, ..Limits::default() }
}

/// What a plugin's side of a connection is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    pub(super) limits: Limits,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self { limits: limits() }
    }
}

impl ClientOptions {
    /// The defaults: packages of 16 MiB, 256 engines, and for the rest those of
    /// [`Limits`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what an engine may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

/// What an engine's side of a connection is made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginOptions {
    pub(super) limits: Limits,
    pub(super) queue_timeout: Duration,
    pub(super) reconnect_delay: Duration,
    pub(super) engine: Option<String>,
    pub(super) caller: String,
}

impl Default for PluginOptions {
    fn default() -> Self {
        Self {
            limits: limits(),
            queue_timeout: Duration::ZERO,
            reconnect_delay: Duration::from_secs(1),
            engine: None,
            caller: "manager".to_owned(),
        }
    }
}

impl PluginOptions {
    /// The defaults: those of the real engine, and packages of 16 MiB.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what a plugin may cost. The handshake's limit holds for a
    /// connection with both its handshakes, the link's and Remix's.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets how long a call may run: 10 s by default, and for zero.
    #[must_use]
    pub fn queue_timeout(mut self, timeout: Duration) -> Self {
        self.queue_timeout = timeout;
        self
    }

    /// Sets how long to wait before each attempt to connect again: 1 s.
    #[must_use]
    pub fn reconnect_delay(mut self, delay: Duration) -> Self {
        self.reconnect_delay = delay;
        self
    }

    /// Sets what handshakes say that the engine runs in (`vscode`).
    #[must_use]
    pub fn engine(mut self, engine: impl Into<String>) -> Self {
        self.engine = Some(engine.into());
        self
    }

    /// Sets the plugin that calls come from if nothing else is said: `manager`.
    #[must_use]
    pub fn caller(mut self, caller: impl Into<String>) -> Self {
        self.caller = caller.into();
        self
    }
}
