//! What a peer may cost.

use std::time::Duration;

/// What one peer, and all of them together, may cost. Every limit is on by
/// default; a server that has never been configured is a safe one. Change some
/// with `Limits { package: 1 << 16, ..Limits::default() }`: there will be more.
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
        }
    }
}
