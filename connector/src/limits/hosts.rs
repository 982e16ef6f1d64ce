//! Which hosts may connect.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};

use connector_protocol::text::escaped;

use crate::connector::{Address, Network, Peer, bits};
use crate::runtime::{BoxFuture, isolate_future};
use crate::{MaybeSend, MaybeSync, metrics};

/// Which hosts may connect: a list of those that may not, and functions that are asked.
#[derive(Default)]
pub(crate) struct Hosts {
    blocked: RwLock<Networks>,
    filters: Vec<Box<dyn HostFilter>>,
}

/// A set of networks. Looking an address up takes as long as there are different lengths
/// of prefixes, however many networks there are.
#[derive(Debug, Default)]
struct Networks(BTreeMap<u128, BTreeSet<u128>>);

/// A function that decides about a peer.
pub(crate) trait HostFilter: MaybeSend + MaybeSync {
    fn ask(&self, peer: Peer) -> BoxFuture<'static, Result<(), String>>;
}

impl<F, A, E> HostFilter for F
where
    F: Fn(Peer) -> A + MaybeSend + MaybeSync,
    A: Future<Output = Result<(), E>> + MaybeSend + 'static,
    E: std::fmt::Display,
{
    fn ask(&self, peer: Peer) -> BoxFuture<'static, Result<(), String>> {
        let asked = self(peer);
        Box::pin(async move { asked.await.map_err(|error| error.to_string()) })
    }
}

impl Hosts {
    pub(crate) fn add_filter(&mut self, filter: impl HostFilter + 'static) {
        self.filters.push(Box::new(filter));
    }

    /// Blocks a network. Returns `false` if it was blocked already.
    pub(crate) fn block(&self, network: Network) -> bool {
        self.blocked.write().unwrap_or_else(PoisonError::into_inner).insert(network)
    }

    /// Unblocks a network. Returns `false` if it was not blocked.
    pub(crate) fn unblock(&self, network: Network) -> bool {
        self.blocked.write().unwrap_or_else(PoisonError::into_inner).remove(network)
    }

    pub(crate) fn blocked(&self) -> Vec<Network> {
        self.blocked.read().unwrap_or_else(PoisonError::into_inner).all()
    }

    /// Returns whether a peer is on the list.
    pub(crate) fn is_blocked(&self, peer: &Peer) -> bool {
        let Address::Inet(address) = peer.address else { return false };
        let blocked = self.blocked.read().unwrap_or_else(PoisonError::into_inner);
        let is_blocked = blocked.contains(address.ip());
        if is_blocked {
            refused(peer, &"it is blocked");
        }
        is_blocked
    }

    /// Asks the functions in order. The first that refuses or panics decides.
    pub(crate) async fn ask(&self, peer: &Peer) -> bool {
        for filter in &self.filters {
            let asked = async { filter.ask(peer.clone()).await };
            match isolate_future("a host filter", asked).await {
                Some(Ok(())) => {}
                Some(Err(reason)) => {
                    refused(peer, &reason);
                    return false;
                }
                None => {
                    refused(peer, &"its filter panicked");
                    return false;
                }
            }
        }
        true
    }
}

fn refused(peer: &Peer, reason: &dyn std::fmt::Display) {
    metrics::host_refused();
    tracing::debug!(peer = %escaped(peer), reason = %escaped(&reason), "a host was refused");
}

impl Networks {
    fn insert(&mut self, Network { start, mask }: Network) -> bool {
        self.0.entry(mask).or_default().insert(start)
    }

    fn remove(&mut self, Network { start, mask }: Network) -> bool {
        let Some(starts) = self.0.get_mut(&mask) else { return false };
        let removed = starts.remove(&start);
        if starts.is_empty() {
            self.0.remove(&mask);
        }
        removed
    }

    fn contains(&self, address: IpAddr) -> bool {
        let bits = bits(address);
        self.0.iter().any(|(mask, starts)| starts.contains(&(bits & mask)))
    }

    fn all(&self) -> Vec<Network> {
        let of_mask = |(&mask, starts): (&u128, &BTreeSet<u128>)| {
            starts.iter().map(move |&start| Network { start, mask }).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_mask).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_networks_has_the_addresses_of_all() {
        let networks = |text: &str| text.split(' ').map(|text| text.parse().unwrap()).collect();
        let all: Vec<Network> = networks("10.0.0.0/8 192.0.2.1 192.0.2.7 2001:db8::/32");
        let mut set = Networks::default();
        for &network in &all {
            assert!(set.insert(network) && !set.insert(network));
        }
        let has = |set: &Networks, text: &str| set.contains(text.parse().unwrap());
        for inside in ["10.9.8.7", "::ffff:10.9.8.7", "192.0.2.1", "192.0.2.7", "2001:db8::9"] {
            assert!(has(&set, inside), "{inside}");
        }
        for outside in ["11.0.0.1", "192.0.2.2", "2001:db9::9", "::1"] {
            assert!(!has(&set, outside), "{outside}");
        }
        assert_eq!(set.all().len(), all.len());
        assert!(set.remove(all[0]) && !set.remove(all[0]) && !has(&set, "10.9.8.7"));
        all[1..].iter().for_each(|&network| assert!(set.remove(network)));
        assert!(set.0.is_empty());
    }
}
