//! The engines of a served plugin: how many there may be, and from where.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::limits::{Admission, Admissions, HeldLimit};
use crate::{Limits, Peer};

/// The counts of a served plugin's engines.
#[derive(Debug)]
pub(super) struct Engines {
    admissions: Arc<Admissions>,
    limits: Limits,
    held_limit: Arc<HeldLimit>,
    waiting: Mutex<Waiting>,
}

/// The engines that have not shaken hands, in the order in which they came.
#[derive(Debug, Default)]
struct Waiting {
    engines: BTreeMap<u64, Entry>,
    last: u64,
}

/// What an engine that has not shaken hands may lose to a later one.
#[derive(Debug)]
struct Entry {
    admission: Admission,
    displaced: CancellationToken,
}

/// An engine that has not shaken hands.
#[derive(Debug)]
pub(super) struct Newcomer {
    engines: Arc<Engines>,
    id: u64,
    displaced: CancellationToken,
}

impl Engines {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        let admissions = Arc::default();
        let held_limit = HeldLimit::new(&Arc::default(), limits.enforced().call_bytes_in_all);
        let (limits, waiting) = (limits.clone(), Mutex::default());
        Arc::new(Self { admissions, limits, held_limit: held_limit.into(), waiting })
    }

    /// Admits an engine. If there are too many, it takes the place of the one that has
    /// waited longest for its handshake, so that half-open ones lock nobody out.
    pub(super) fn admit(self: &Arc<Self>, peer: &Peer) -> Option<Newcomer> {
        let admitted = self.admissions.admit(peer, &self.limits);
        let mut waiting = self.lock();
        let admission = match admitted {
            Some(admission) => admission,
            None => {
                let (_, oldest) = waiting.engines.pop_first()?;
                oldest.displaced.cancel();
                oldest.admission.pass_on()
            }
        };
        waiting.last += 1;
        let id = waiting.last;
        let displaced = CancellationToken::new();
        waiting.engines.insert(id, Entry { admission, displaced: displaced.clone() });
        drop(waiting);
        Some(Newcomer { engines: self.clone(), id, displaced })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Newcomer {
    /// Counts it for its address. Returns `false` if there are too many from there.
    pub(super) fn admit_address(&self, peer: &Peer) -> bool {
        match self.engines.lock().engines.get_mut(&self.id) {
            Some(entry) => entry.admission.admit_address(peer, &self.engines.limits),
            // It was displaced, or has shaken hands, when its address was known.
            None => true,
        }
    }

    /// Returns how much all engines may make the plugin hold.
    pub(super) fn held_limit(&self) -> &Arc<HeldLimit> {
        &self.engines.held_limit
    }

    /// Waits until a later engine has taken its place.
    pub(super) fn displaced(&self) -> WaitForCancellationFuture<'_> {
        self.displaced.cancelled()
    }

    /// Returns its place for as long as it stays, since it has shaken hands. `None` if a
    /// later engine has it.
    pub(super) fn stay(&self) -> Option<Admission> {
        let entry = self.engines.lock().engines.remove(&self.id);
        entry.map(|entry| entry.admission)
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        drop(self.stay());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Address;

    fn engines(connections: usize) -> (Arc<Engines>, Peer) {
        let limits = Limits { connections, ..Limits::default() };
        (Engines::new(&limits), Peer::new("memory", Address::Unnamed))
    }

    fn is_displaced(engine: &Newcomer) -> bool {
        engine.displaced.is_cancelled()
    }

    #[test]
    fn the_longest_half_open_engine_makes_room() {
        let (engines, peer) = engines(2);
        let open = engines.admit(&peer).unwrap();
        let admission = open.stay().expect("it is in");
        let oldest = engines.admit(&peer).unwrap();
        let newest = engines.admit(&peer).expect("it takes a place");
        assert!(is_displaced(&oldest) && !is_displaced(&newest) && !is_displaced(&open));
        assert!(oldest.stay().is_none(), "its place is gone");
        let other = newest.stay().expect("it has it");
        assert!(engines.admit(&peer).is_none(), "engines that have shaken hands stay");
        drop(oldest);
        assert_eq!(engines.admissions.of_server(), 2);
        drop((admission, other));
        assert_eq!(engines.admissions.of_server(), 0);
    }

    #[test]
    fn an_engine_that_leaves_gives_its_place_back() {
        let (engines, peer) = engines(1);
        drop(engines.admit(&peer).unwrap());
        assert_eq!(engines.admissions.of_server(), 0);
        assert!(!is_displaced(&engines.admit(&peer).unwrap()));
    }

    #[test]
    fn engines_are_counted_by_address() {
        let limits = Limits { connections_per_address: 1, ..Limits::default() };
        let engines = Engines::new(&limits);
        let peer =
            |address: &str| Peer::new("tcp", address.parse::<std::net::SocketAddr>().unwrap());
        let here = peer("203.0.113.1:1");
        let one = engines.admit(&here).unwrap();
        let two = engines.admit(&here).unwrap();
        assert!(one.admit_address(&here) && !two.admit_address(&here));
        assert!(two.admit_address(&peer("203.0.113.2:1")), "another address");
    }
}
