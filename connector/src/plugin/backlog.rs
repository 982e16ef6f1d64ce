//! The connections of a port: how many there may be, from where, and which of them are
//! half-open.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::limits::{Admission, Admissions, HeldLimit};
use crate::{Limits, Peer};

/// The counts of a port's connections: engines at that of a plugin, plugins at that of an
/// engine. The half-open ones make room for later ones.
#[derive(Debug)]
pub(super) struct Backlog {
    admissions: Arc<Admissions>,
    limits: Limits,
    held_limit: Arc<HeldLimit>,
    half_open: Mutex<Entries>,
}

/// The half-open connections, in the order in which they came.
#[derive(Debug, Default)]
struct Entries {
    by_age: BTreeMap<u64, Entry>,
    last: u64,
}

/// What a half-open connection may lose to a later one.
#[derive(Debug)]
struct Entry {
    admission: Admission,
    displaced: CancellationToken,
}

/// A connection until it has shaken hands: until then a later one may take its place.
#[derive(Debug)]
pub(super) struct HalfOpen {
    backlog: Arc<Backlog>,
    id: u64,
    displaced: CancellationToken,
}

impl Backlog {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        let admissions = Arc::default();
        let held_limit = HeldLimit::new(&Arc::default(), limits.enforced().call_bytes_in_all);
        let (limits, half_open) = (limits.clone(), Mutex::default());
        Arc::new(Self { admissions, limits, held_limit: held_limit.into(), half_open })
    }

    /// Admits a connection. If there are too many, it takes the place of the one that has
    /// waited longest for its handshake, so that half-open ones lock nobody out.
    pub(super) fn admit(self: &Arc<Self>, peer: &Peer) -> Option<HalfOpen> {
        let admitted = self.admissions.admit(peer, &self.limits);
        let mut half_open = self.lock();
        let admission = match admitted {
            Some(admission) => admission,
            None => {
                let (_, oldest) = half_open.by_age.pop_first()?;
                oldest.displaced.cancel();
                oldest.admission.pass_on()
            }
        };
        half_open.last += 1;
        let id = half_open.last;
        let displaced = CancellationToken::new();
        half_open.by_age.insert(id, Entry { admission, displaced: displaced.clone() });
        drop(half_open);
        Some(HalfOpen { backlog: self.clone(), id, displaced })
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.half_open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HalfOpen {
    /// Counts it for its address. Returns `false` if there are too many from there.
    pub(super) fn admit_address(&self, peer: &Peer) -> bool {
        match self.backlog.lock().by_age.get_mut(&self.id) {
            Some(entry) => entry.admission.admit_address(peer, &self.backlog.limits),
            // It was displaced, or has shaken hands, when its address was known.
            None => true,
        }
    }

    /// Returns how much all connections of the port may hold.
    pub(super) fn held_limit(&self) -> &Arc<HeldLimit> {
        &self.backlog.held_limit
    }

    /// Waits until a later connection has taken its place.
    pub(super) fn displaced(&self) -> WaitForCancellationFuture<'_> {
        self.displaced.cancelled()
    }

    /// Returns its place for as long as it stays, since it has shaken hands. `None` if a
    /// later connection has it.
    pub(super) fn stay(&self) -> Option<Admission> {
        let entry = self.backlog.lock().by_age.remove(&self.id);
        entry.map(|entry| entry.admission)
    }
}

impl Drop for HalfOpen {
    fn drop(&mut self) {
        drop(self.stay());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;

    fn backlog(connections: usize) -> (Arc<Backlog>, Peer) {
        let limits = Limits { connections, ..Limits::default() };
        (Backlog::new(&limits), Peer::new("memory", Address::Unnamed))
    }

    fn is_displaced(half_open: &HalfOpen) -> bool {
        half_open.displaced.is_cancelled()
    }

    #[test]
    fn the_longest_half_open_connection_makes_room() {
        let (backlog, peer) = backlog(2);
        let open = backlog.admit(&peer).unwrap();
        let admission = open.stay().expect("it is in");
        let oldest = backlog.admit(&peer).unwrap();
        let newest = backlog.admit(&peer).expect("it takes a place");
        assert!(is_displaced(&oldest) && !is_displaced(&newest) && !is_displaced(&open));
        assert!(oldest.stay().is_none(), "its place is gone");
        let other = newest.stay().expect("it has it");
        assert!(backlog.admit(&peer).is_none(), "those that have shaken hands stay");
        drop(oldest);
        assert_eq!(backlog.admissions.of_server(), 2);
        drop((admission, other));
        assert_eq!(backlog.admissions.of_server(), 0);
    }

    #[test]
    fn a_connection_that_leaves_gives_its_place_back() {
        let (backlog, peer) = backlog(1);
        drop(backlog.admit(&peer).unwrap());
        assert_eq!(backlog.admissions.of_server(), 0);
        assert!(!is_displaced(&backlog.admit(&peer).unwrap()));
    }

    #[test]
    fn connections_are_counted_by_address() {
        let limits = Limits { connections_per_address: 1, ..Limits::default() };
        let backlog = Backlog::new(&limits);
        let peer =
            |address: &str| Peer::new("tcp", address.parse::<std::net::SocketAddr>().unwrap());
        let here = peer("203.0.113.1:1");
        let one = backlog.admit(&here).unwrap();
        let two = backlog.admit(&here).unwrap();
        assert!(one.admit_address(&here) && !two.admit_address(&here));
        assert!(two.admit_address(&peer("203.0.113.2:1")), "another address");
    }
}
