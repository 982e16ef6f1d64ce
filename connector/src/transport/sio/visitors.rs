//! The connections that carry requests, which are counted apart from sessions.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Peer;

/// The connections that carry requests.
#[derive(Debug, Default)]
pub(super) struct Visitors(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_ip: HashMap<IpAddr, usize>,
}

/// The place of one connection.
#[derive(Debug)]
pub(super) struct Seat {
    visitors: Arc<Visitors>,
    /// The address for which it is counted.
    ip: Option<IpAddr>,
}

/// The most connections that carry requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct MostVisitors {
    pub(super) all: usize,
    pub(super) each: usize,
}

impl Visitors {
    /// Counts a connection. `None` if there are as many as `most`.
    pub(super) fn seat(self: &Arc<Self>, most: usize) -> Option<Seat> {
        let mut counts = self.lock();
        if counts.all >= most {
            return None;
        }
        counts.all += 1;
        Some(Seat { visitors: self.clone(), ip: None })
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Counts the connection for its peer's address, once that is settled. Returns `false` if
    /// that has as many as `most`.
    pub(super) fn count(&mut self, peer: &Peer, most: usize) -> bool {
        let Some(ip) = peer.countable_ip() else { return true };
        let mut counts = self.visitors.lock();
        let own = counts.by_ip.get(&ip).copied().unwrap_or_default();
        if own >= most {
            return false;
        }
        counts.by_ip.insert(ip, own + 1);
        self.ip = Some(ip);
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.visitors.lock();
        counts.all -= 1;
        if let Some(ip) = self.ip
            && let Some(own) = counts.by_ip.get_mut(&ip)
        {
            *own -= 1;
            if *own == 0 {
                counts.by_ip.remove(&ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn peer(ip: &str) -> Peer {
        Peer::new("tcp", SocketAddr::new(ip.parse().unwrap(), 1))
    }

    /// Seats a connection, of at most three in all and one from an address.
    fn seat(visitors: &Arc<Visitors>, ip: &str) -> Option<Seat> {
        let mut seat = visitors.seat(3)?;
        seat.count(&peer(ip), 1).then_some(seat)
    }

    #[test]
    fn places_are_counted_in_all_and_for_each_address_and_given_back() {
        let visitors = Arc::new(Visitors::default());
        let first = seat(&visitors, "203.0.113.1");
        assert!(first.is_some());
        assert!(seat(&visitors, "203.0.113.1").is_none(), "its second");
        let second = seat(&visitors, "203.0.113.2");
        let local = seat(&visitors, "127.0.0.1");
        assert!(second.is_some() && local.is_some());
        assert!(seat(&visitors, "203.0.113.3").is_none(), "the fourth");
        drop((first, local));
        assert!(seat(&visitors, "203.0.113.1").is_some());
        let mut none = visitors.seat(3).unwrap();
        assert!(!none.count(&peer("203.0.113.4"), 0));
        drop((second, none));
        assert!(visitors.lock().by_ip.is_empty());
        assert_eq!(visitors.lock().all, 0);
    }
}
