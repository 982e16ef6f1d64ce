//! The limits on what peers may cost.

use std::time::Duration;

use crate::CloseReason;

/// Limits on what one peer, and all peers together, may cost.
///
/// All of them are on by default, so that a server that was not configured is
/// safe. Change some with `Limits { package: 1 << 16, ..Limits::default() }`:
/// later versions may add fields.
///
/// | limit | if it is exceeded | counted | in a dry run |
/// |---|---|---|---|
/// | `handshake` | [`CloseReason::HandshakeTimeout`] | each connection | 8 times as long |
/// | `handshake_body` | [`CloseReason::TooLarge`] | each connection | 8 times as large |
/// | `package` | [`CloseReason::TooLarge`] | each connection | 8 times as large |
/// | `package_rate` | [`CloseReason::SlowPackage`] | each connection | not enforced, counted each 10 seconds |
/// | `connections` | the connection is closed at once, before the handshake; a plugin's with [`CloseReason::TooManyConnections`] | each refusal | 8 times as many |
/// | `connections_per_address` | the same | each refusal | 8 times as many |
/// | `queued` | [`CloseReason::SlowPeer`], `PushError::Full` | each connection | 8 times as much |
/// | `stall` | [`CloseReason::Stalled`] | each connection | not enforced, counted once in that time |
/// | `waiting` | reading pauses until some are done | each time it is reached | 8 times as many |
/// | `concurrent` | reading pauses until some are done | each time it is reached | 8 times as many |
/// | `call_bytes` | reading pauses until some are done | each time it is reached | 8 times as many |
/// | `call_bytes_in_all` | reading of sessions with unfinished calls pauses until theirs are done; in the middle of a large package, or while much waits for the peer, [`CloseReason::Overloaded`] | each time it is reached | 8 times as many |
/// | `messages_per_second` | reading pauses until the second is over | each such second | 8 times as many |
/// | `nesting` | the call is answered with 400 | each refusal | enforced as usual |
/// | `values` | the call is answered with 400 | each refusal | enforced as usual |
/// | `inflated` | the call is answered with 400 | each refusal | 8 times as large |
/// | `subscriptions` | the plugin's subscription is ignored | each time it is exceeded | 8 times as many |
/// | `uid` | `BindError::Length` | each refusal | 8 times as long |
/// | `drain` | [`CloseReason::Stopping`] | each session that was cut off | enforced as usual |
///
/// Servers count each limit by its [`Limit::name`]. Both sides of a plugin's
/// connection do the same for the limits that apply there: `handshake`,
/// `package`, `package_rate`, `connections`, `connections_per_address`, `queued`, `stall`,
/// `waiting`, `concurrent`, `call_bytes`, `call_bytes_in_all`, `messages_per_second`, `values`,
/// `subscriptions` and `drain`.
///
/// In a [dry run](Self::dry_run), exceeding a limit is counted and logged but
/// allowed: up to eight times the limit where a peer could otherwise take an
/// unbounded amount of memory. Nesting takes the thread's stack, so its limit always
/// holds. A stop always keeps its deadline, which its caller
/// chose and no peer influences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The time in which a connection has to open: TLS, upgrade, sniffing and
    /// handshake together. Default: 10 seconds.
    pub handshake: Duration,
    /// The most bytes of a client's handshake. Default: 64 KiB. It may have a JSON value for
    /// each 32 bytes of that, so 2,048, and one with more is answered with 500.
    pub handshake_body: usize,
    /// The most bytes of a package that is received, without its header. A body in
    /// pomelo-protobuf may have as many as JSON, or its call is answered with 400. Default: 1
    /// MiB.
    pub package: usize,
    /// The fewest bytes a second, averaged over 10 seconds, at which a package has to arrive
    /// once its start has. A peer that sends a large package this fast is alive, though
    /// its heartbeats wait behind it. Default: 1,024 bytes. Zero turns the limit off.
    pub package_rate: usize,
    /// The most connections in all: of the server, or of a connector that has limits of
    /// its own. Default: 100,000.
    pub connections: usize,
    /// The most connections from one address, or from one IPv6 network of 64 bits.
    /// Loopback is not counted, since behind a local proxy every peer is loopback.
    /// Default: 1,024.
    pub connections_per_address: usize,
    /// The most bytes that may wait for a peer that does not read for a second. Twice as many
    /// may wait for one that reads, and for one whose task has no time to ask it: what a handler
    /// pushes to its own session leaves when it awaits something or returns, so a burst ends
    /// with the push that exceeds twice this. A single push that is longer does not count.
    /// Concurrent calls are not resumed while more answers are unsent, and more than 256
    /// KiB. Default: 4 MiB.
    pub queued: usize,
    /// The time that a peer may read nothing while bytes wait for it. Default: 30
    /// seconds.
    pub stall: Duration,
    /// The most messages of a session that may wait for its running call. Further
    /// messages are not read. Default: 256. Zero counts as 1.
    pub waiting: usize,
    /// The most calls of a session that may run at once on concurrent routes.
    /// Further messages are not read. Default: 1,024. Zero counts as 1.
    pub concurrent: usize,
    /// The bytes of messages of a session whose calls run or wait, as they were
    /// received. Once there are as many, further messages are not read. A single
    /// message may be longer. The message of a running call counts for a quarter of the
    /// memory that it may take as a JSON value, if that is more. Default: 4 MiB.
    pub call_bytes: usize,
    /// The bytes that all sessions hold: of messages whose calls run or wait, of those that
    /// have arrived and are not handled, of packages of which only the start has arrived, and
    /// of what waits for a peer, unless others share it, as a broadcast. Once there are as
    /// many, a session is read only while none of its own calls runs or waits, and a package
    /// above 16 KiB, or 256 KiB that wait for its peer, end its connection. Both shrink while
    /// the sum grows, to 4 KiB at a quarter more than the limit. From half of the limit on, a
    /// package has to arrive within 10 seconds, so that slow peers make room. A plugin counts
    /// for all its engines, and an engine for all its plugins. Default: 256 MiB.
    pub call_bytes_in_all: usize,
    /// The most events that a plugin may be subscribed to at its engine. Their names
    /// may have 64 bytes on average. Default: 4,096.
    pub subscriptions: usize,
    /// The most messages a second from a session, from an engine, or from a plugin, averaged
    /// over a second. A faster peer is read more slowly, and no message is dropped. Default:
    /// 200,000, and 500,000 between engines and plugins. Zero counts as 1.
    pub messages_per_second: u32,
    /// The most arrays and objects in one another in a JSON body that a handler reads.
    /// Each level takes some of the thread's stack, so a higher limit may need threads
    /// with more of it. Default: 512, and 128 in a build with debug assertions, where a
    /// level of a large type takes 13 KiB.
    pub nesting: usize,
    /// The most values in a JSON body: items of arrays, members of objects, and the body
    /// itself. As `serde_json::Value` they may take a hundred times the bytes of their text.
    /// A field of a protobuf body counts as two, since it may be a message. Default: 200,000.
    pub values: usize,
    /// The most bytes of a compressed body once it is inflated, which needs the feature `zlib`.
    /// It counts from then on as what was received. Default: 1 MiB, as for a
    /// [`package`](Self::package).
    pub inflated: usize,
    /// The most bytes of a user id. Default: 256.
    pub uid: usize,
    /// The time that a stop waits for running calls and unsent bytes. Default: 10
    /// seconds.
    pub drain: Duration,
    /// Only counts and logs what exceeds a limit, to find out what a new limit
    /// would do. Default: `false`.
    pub dry_run: bool,
}

/// The factor by which a dry run raises limits.
const DRY_RUN: u32 = 8;

impl Limits {
    /// Returns the limits that are enforced: these, or in a dry run eight times as
    /// much. Those that pause the reading are 1 at least.
    #[must_use]
    pub fn enforced(&self) -> Self {
        // A session without any could do nothing, and would not know why.
        let limits = Self {
            waiting: self.waiting.max(1),
            concurrent: self.concurrent.max(1),
            messages_per_second: self.messages_per_second.max(1),
            ..self.clone()
        };
        if limits.dry_run { limits.raised() } else { limits }
    }

    fn raised(&self) -> Self {
        let size = |limit: usize| limit.saturating_mul(DRY_RUN as usize);
        Self {
            handshake: self.handshake.saturating_mul(DRY_RUN),
            handshake_body: size(self.handshake_body),
            package: size(self.package),
            package_rate: self.package_rate,
            connections: size(self.connections),
            connections_per_address: size(self.connections_per_address),
            queued: size(self.queued),
            stall: self.stall,
            waiting: size(self.waiting),
            concurrent: size(self.concurrent),
            call_bytes: size(self.call_bytes),
            call_bytes_in_all: size(self.call_bytes_in_all),
            subscriptions: size(self.subscriptions),
            messages_per_second: self.messages_per_second.saturating_mul(DRY_RUN),
            nesting: self.nesting,
            values: self.values,
            inflated: size(self.inflated),
            uid: size(self.uid),
            drain: self.drain,
            dry_run: true,
        }
    }

    /// Returns the limit that closed a connection with this reason, if one did.
    pub fn closed_at(&self, reason: &CloseReason) -> Option<Limit> {
        match *reason {
            CloseReason::HandshakeTimeout => Some(Limit::Handshake),
            CloseReason::SlowPeer { .. } => Some(Limit::Queued),
            CloseReason::SlowPackage { .. } => Some(Limit::PackageRate),
            CloseReason::Stalled { .. } => Some(Limit::Stall),
            CloseReason::Overloaded { .. } => Some(Limit::CallBytesInAll),
            CloseReason::TooLarge { limit, .. } if limit == self.enforced().handshake_body => {
                Some(Limit::HandshakeBody)
            }
            CloseReason::TooLarge { .. } => Some(Limit::Package),
            _ => None,
        }
    }
}

/// One of the [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::handshake`]
    Handshake,
    /// [`Limits::handshake_body`]
    HandshakeBody,
    /// [`Limits::package`]
    Package,
    /// [`Limits::package_rate`]
    PackageRate,
    /// [`Limits::connections`]
    Connections,
    /// [`Limits::connections_per_address`]
    ConnectionsPerAddress,
    /// [`Limits::queued`]
    Queued,
    /// [`Limits::stall`]
    Stall,
    /// [`Limits::waiting`]
    Waiting,
    /// [`Limits::concurrent`]
    Concurrent,
    /// [`Limits::call_bytes`]
    CallBytes,
    /// [`Limits::call_bytes_in_all`]
    CallBytesInAll,
    /// [`Limits::subscriptions`]
    Subscriptions,
    /// [`Limits::messages_per_second`]
    MessagesPerSecond,
    /// [`Limits::nesting`]
    Nesting,
    /// [`Limits::values`]
    Values,
    /// [`Limits::inflated`]
    Inflated,
    /// [`Limits::uid`]
    Uid,
    /// [`Limits::drain`]
    Drain,
}

impl Limit {
    /// Returns the name of the limit's field, for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::HandshakeBody => "handshake_body",
            Self::Package => "package",
            Self::PackageRate => "package_rate",
            Self::Connections => "connections",
            Self::ConnectionsPerAddress => "connections_per_address",
            Self::Queued => "queued",
            Self::Stall => "stall",
            Self::Waiting => "waiting",
            Self::Concurrent => "concurrent",
            Self::CallBytes => "call_bytes",
            Self::CallBytesInAll => "call_bytes_in_all",
            Self::Subscriptions => "subscriptions",
            Self::MessagesPerSecond => "messages_per_second",
            Self::Nesting => "nesting",
            Self::Values => "values",
            Self::Inflated => "inflated",
            Self::Uid => "uid",
            Self::Drain => "drain",
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            handshake_body: 64 << 10,
            package: 1 << 20,
            package_rate: 1 << 10,
            connections: 100_000,
            connections_per_address: 1_024,
            queued: 4 << 20,
            stall: Duration::from_secs(30),
            waiting: 256,
            concurrent: 1_024,
            call_bytes: 4 << 20,
            call_bytes_in_all: 256 << 20,
            subscriptions: 4_096,
            messages_per_second: 200_000,
            nesting: crate::json::NESTING,
            values: 200_000,
            inflated: 1 << 20,
            uid: 256,
            drain: Duration::from_secs(10),
            dry_run: false,
        }
    }
}
