//! What a peer may cost.

use std::time::Duration;

use crate::CloseReason;

/// What one peer, and all of them together, may cost. Every limit is on by
/// default; a server that has never been configured is a safe one. Change some
/// with `Limits { package: 1 << 16, ..Limits::default() }`: there will be more.
///
/// | limit | over it | counted | in a dry run |
/// |---|---|---|---|
/// | `handshake` | [`CloseReason::HandshakeTimeout`] | each connection | 8 times as long |
/// | `handshake_body` | [`CloseReason::TooLarge`] | each connection | 8 times as long |
/// | `package` | [`CloseReason::TooLarge`] | each connection | 8 times as large |
/// | `connections` | closed at once, as nothing is known of the peer yet | each refusal | 8 times as many |
/// | `connections_per_address` | the same | each refusal | 8 times as many |
/// | `queued` | [`CloseReason::SlowPeer`], `PushError::Full` | each connection | 8 times as much |
/// | `stall` | [`CloseReason::Stalled`] | each connection | passes; counted once in that time |
/// | `waiting` | not read until some are done | each time it is reached | 8 times as many |
/// | `concurrent` | not read until some are done | each time it is reached | 8 times as many |
/// | `messages_per_second` | not read until the second is over | each such second | 8 times as many |
/// | `uid` | `BindError::Length` | each refusal | 8 times as long |
/// | `drain` | [`CloseReason::Stopping`] | each session that was cut off | as always |
///
/// Servers count each of them by its [`Limit::name`], and so do both sides of a
/// plugin's connection those that hold there: `handshake`, `package`,
/// `connections`, `queued`, `concurrent` and `drain`. With
/// [`dry_run`](Self::dry_run) what is over a limit is counted and logged, and
/// passes: up to eight times the limit where a peer could otherwise take
/// memory without end. A stop keeps its deadline in any case, since that is
/// its caller's and not a peer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection may take until it is open: TLS, upgrade, sniffing
    /// and handshake together. 10 s.
    pub handshake: Duration,
    /// The longest handshake of a client, in bytes. 64 KiB.
    pub handshake_body: usize,
    /// The largest package that is received, in bytes, without its header.
    /// 1 MiB.
    pub package: usize,
    /// Connections in all. 100,000.
    pub connections: usize,
    /// Connections from one address; loopback is not counted, since behind a
    /// local proxy every peer is loopback. 1,024.
    pub connections_per_address: usize,
    /// Bytes that may wait for a peer that does not read. 4 MiB.
    pub queued: usize,
    /// How long a peer may read nothing of what waits for it. 30 s.
    pub stall: Duration,
    /// Messages of one session that may wait behind its running one; further
    /// ones stay in the transport. 256.
    pub waiting: usize,
    /// Calls of one session that may run at once on concurrent routes; further
    /// ones stay in the transport. 1,024.
    pub concurrent: usize,
    /// Messages a second from one session, averaged over a second; a faster
    /// one is read more slowly, and loses nothing. 200,000.
    pub messages_per_second: u32,
    /// Length of a user id, in bytes. 256.
    pub uid: usize,
    /// How long a stop waits for running calls and unsent bytes. 10 s.
    pub drain: Duration,
    /// Whether what is over a limit is only counted and logged, to find out
    /// what a new limit would do. No.
    pub dry_run: bool,
}

/// How much more than a limit a dry run lets pass.
const DRY_RUN: u32 = 8;

impl Limits {
    /// What is enforced: these limits, or in a dry run several times as much.
    #[must_use]
    pub fn enforced(&self) -> Self {
        if !self.dry_run {
            return self.clone();
        }
        let size = |limit: usize| limit.saturating_mul(DRY_RUN as usize);
        Self {
            handshake: self.handshake.saturating_mul(DRY_RUN),
            handshake_body: size(self.handshake_body),
            package: size(self.package),
            connections: size(self.connections),
            connections_per_address: size(self.connections_per_address),
            queued: size(self.queued),
            stall: self.stall,
            waiting: size(self.waiting),
            concurrent: size(self.concurrent),
            messages_per_second: self.messages_per_second.saturating_mul(DRY_RUN),
            uid: size(self.uid),
            drain: self.drain,
            dry_run: true,
        }
    }

    /// The limit that a connection was closed at, if it was one.
    pub fn closed_at(&self, reason: &CloseReason) -> Option<Limit> {
        match *reason {
            CloseReason::HandshakeTimeout => Some(Limit::Handshake),
            CloseReason::SlowPeer { .. } => Some(Limit::Queued),
            CloseReason::Stalled { .. } => Some(Limit::Stall),
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
    /// [`Limits::messages_per_second`]
    MessagesPerSecond,
    /// [`Limits::uid`]
    Uid,
    /// [`Limits::drain`]
    Drain,
}

impl Limit {
    /// The name of its field, for metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Handshake => "handshake",
            Self::HandshakeBody => "handshake_body",
            Self::Package => "package",
            Self::Connections => "connections",
            Self::ConnectionsPerAddress => "connections_per_address",
            Self::Queued => "queued",
            Self::Stall => "stall",
            Self::Waiting => "waiting",
            Self::Concurrent => "concurrent",
            Self::MessagesPerSecond => "messages_per_second",
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
            connections: 100_000,
            connections_per_address: 1_024,
            queued: 4 << 20,
            stall: Duration::from_secs(30),
            waiting: 256,
            concurrent: 1_024,
            messages_per_second: 200_000,
            uid: 256,
            drain: Duration::from_secs(10),
            dry_run: false,
        }
    }
}
