//! The admission of connections, by their number in all and from each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use connector_protocol::Limit;
use foldhash::fast::RandomState;

use super::refusals::RefusalLog;
use crate::metrics::{self, GaugeGuard};
use crate::{Limits, Peer};

/// Counts of connections under the same limits, in all and from each address.
#[derive(Debug, Default)]
pub(crate) struct Admissions {
    connections: AtomicUsize,
    /// The connections of the whole server, under whichever limits.
    of_server: Arc<AtomicUsize>,
    /// The admitted connections of the whole server since its start.
    ever: Arc<AtomicU64>,
    addresses: Mutex<HashMap<IpAddr, usize, RandomState>>,
    total: RefusalLog,
    by_address: RefusalLog,
}

/// A connection that was admitted. It is counted until this is dropped.
#[derive(Debug)]
pub(crate) struct Admission {
    admissions: Arc<Admissions>,
    ip: Option<IpAddr>,
    _counted: GaugeGuard,
}

impl Admissions {
    /// Returns counts of the same server for connections with limits of their own.
    pub(crate) fn with_own_limits(&self) -> Self {
        Self { of_server: self.of_server.clone(), ever: self.ever.clone(), ..Self::default() }
    }

    /// Returns the number of open connections of the whole server.
    pub(crate) fn of_server(&self) -> usize {
        self.of_server.load(Ordering::Relaxed)
    }

    /// Returns the number of connections that were admitted since the server's start.
    pub(crate) fn ever(&self) -> u64 {
        self.ever.load(Ordering::Relaxed)
    }

    /// Counts a connection, or refuses it if there are too many.
    pub(crate) fn admit(self: &Arc<Self>, peer: &Peer, limits: &Limits) -> Option<Admission> {
        let others = self.connections.fetch_add(1, Ordering::Relaxed);
        self.of_server.fetch_add(1, Ordering::Relaxed);
        // It is dropped on refusal, which decrements the count.
        let admission =
            Admission { admissions: self.clone(), ip: None, _counted: GaugeGuard::connection() };
        if others >= limits.connections {
            let refused = others >= limits.enforced().connections;
            self.total.report(Limit::Connections, peer, refused);
            if refused {
                return None;
            }
        }
        self.ever.fetch_add(1, Ordering::Relaxed);
        metrics::accepted();
        Some(admission)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize, RandomState>> {
        self.addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admission {
    /// Counts the connection for its peer's address, instead of an earlier one. Returns
    /// `false` if there are too many from that address.
    #[must_use]
    pub(crate) fn admit_address(&mut self, peer: &Peer, limits: &Limits) -> bool {
        let ip = peer.countable_ip();
        if ip == self.ip {
            return true;
        }
        self.leave_address();
        let Some(ip) = ip else { return true };
        let hard = limits.enforced().connections_per_address;
        let others = {
            let mut addresses = self.admissions.lock();
            let others = addresses.get(&ip).copied().unwrap_or_default();
            if others < hard {
                addresses.insert(ip, others + 1);
                self.ip = Some(ip);
            }
            others
        };
        let refused = others >= hard;
        if others >= limits.connections_per_address {
            self.admissions.by_address.report(Limit::ConnectionsPerAddress, peer, refused);
        }
        !refused
    }

    /// Gives the place to another connection, whose address is not known yet.
    #[cfg(feature = "plugin")]
    #[must_use]
    pub(crate) fn pass_on(mut self) -> Self {
        self.leave_address();
        metrics::accepted();
        self
    }

    fn leave_address(&mut self) {
        let Some(ip) = self.ip.take() else { return };
        let mut addresses = self.admissions.lock();
        if let Some(count) = addresses.get_mut(&ip) {
            *count -= 1;
            if *count == 0 {
                addresses.remove(&ip);
            }
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.admissions.connections.fetch_sub(1, Ordering::Relaxed);
        self.admissions.of_server.fetch_sub(1, Ordering::Relaxed);
        self.leave_address();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn counts_connections_in_all_and_per_address() {
        let admissions = Arc::new(Admissions::default());
        let limits = Limits { connections: 3, connections_per_address: 1, ..Limits::default() };
        let peer = |address: &str| Peer::new("tcp", address.parse::<SocketAddr>().unwrap());
        let admit = |address: &str| {
            let peer = peer(address);
            let mut admission = admissions.admit(&peer, &limits)?;
            admission.admit_address(&peer, &limits).then_some(admission)
        };
        let one = admit("10.0.0.1:1").expect("the first");
        assert!(admit("10.0.0.1:2").is_none(), "the same address again");
        let loopback: Vec<_> = (0..2).map(|_| admit("127.0.0.1:1").unwrap()).collect();
        assert!(admit("10.0.0.2:1").is_none(), "too many in all");
        assert_eq!(admissions.of_server(), 3);
        drop((one, loopback));
        assert_eq!(admissions.of_server(), 0);
        assert!(admit("10.0.0.1:3").is_some(), "it is free again");
    }

    #[test]
    fn counts_connections_with_limits_of_their_own_apart() {
        let shared = Arc::new(Admissions::default());
        let own = Arc::new(shared.with_own_limits());
        let limits = Limits { connections: 1, ..Limits::default() };
        let peer = Peer::new("tcp", crate::Address::Unnamed);
        let one = shared.admit(&peer, &limits).expect("the first of the server");
        let other = own.admit(&peer, &limits).expect("the first of its own");
        assert!(own.admit(&peer, &limits).is_none());
        assert_eq!((shared.of_server(), own.of_server()), (2, 2));
        drop((one, other));
        assert_eq!(shared.of_server(), 0);
    }

    #[test]
    fn counts_a_connection_for_one_address_at_a_time() {
        let admissions = Arc::new(Admissions::default());
        let limits = Limits { connections_per_address: 1, ..Limits::default() };
        let peer = |address: &str| Peer::new("tcp", address.parse::<SocketAddr>().unwrap());
        let proxy = peer("10.0.0.1:1");
        let client = peer("203.0.113.1:1");
        let mut moved = admissions.admit(&proxy, &limits).unwrap();
        assert!(moved.admit_address(&proxy, &limits) && moved.admit_address(&proxy, &limits));
        assert!(moved.admit_address(&client, &limits));
        let mut second = admissions.admit(&proxy, &limits).unwrap();
        assert!(second.admit_address(&proxy, &limits), "the proxy's address is free again");
        assert!(!second.admit_address(&client, &limits), "the client's is not");
        drop((moved, second));
        assert!(admissions.lock().is_empty());
    }

    #[test]
    fn refused_addresses_are_not_kept() {
        for connections_per_address in [0, 1] {
            let admissions = Arc::new(Admissions::default());
            let limits = Limits { connections_per_address, ..Limits::default() };
            let peer = Peer::new("tcp", SocketAddr::from(([10, 0, 0, 1], 1)));
            for _ in 0..3 {
                let mut admission = admissions.admit(&peer, &limits).unwrap();
                assert_eq!(admission.admit_address(&peer, &limits), connections_per_address == 1);
            }
            assert!(admissions.lock().is_empty());
        }
    }
}
