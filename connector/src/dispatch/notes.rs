//! Warnings about messages, each logged once, since peers choose what they send.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::PoisonError;

use connector_protocol::message::RouteRef;
use connector_protocol::text::escaped;

use crate::routing::{Table, nearest};
use crate::runtime::sync::Mutex;
use crate::session::SessionId;

/// The most warnings of each kind while a server runs. It bounds the memory, the log, and the
/// time in which similar routes are looked for.
const MOST: usize = 64;

/// The warnings that were logged.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    unknown: Once,
    failed: Once,
}

impl Notes {
    /// Logs that there is no such route: with the nearest ones at WARN the first time, for the
    /// first 64 routes, and else at DEBUG.
    #[cold]
    pub(crate) fn unknown(&self, route: RouteRef<'_>, session: SessionId, table: &Table) {
        let route = match route {
            #[cfg(all(feature = "testing", not(target_family = "wasm")))]
            RouteRef::Name(crate::testing::PING) => return,
            RouteRef::Name(name) => name,
            RouteRef::Code(code) => {
                tracing::debug!(code, session = %escaped(session), "no route has this code");
                return;
            }
        };
        if !self.unknown.is_first(route) {
            tracing::debug!(route = %escaped(route), session = %escaped(session), "no such route");
            return;
        }
        let nearest = nearest(route, table.specs().map(|spec| spec.route));
        if nearest.is_empty() {
            tracing::warn!(route = %escaped(route), session = %escaped(session), "no such route, nor a similar one");
        } else {
            let similar = nearest.join(", ");
            tracing::warn!(route = %escaped(route), session = %escaped(session), similar, "no such route, but similar ones");
        }
    }

    /// Returns `true` if it is the first failed notify of a route with this code, which is
    /// worth a warning.
    pub(crate) fn failed_notify(&self, route: &str, code: u16) -> bool {
        self.failed.is_first((route, code))
    }
}

/// The things that were seen, of which only hashes are kept.
#[derive(Debug, Default)]
struct Once {
    seen: Mutex<HashSet<u64>>,
    hash: RandomState,
}

impl Once {
    /// Returns `true` for each of the first [`MOST`] things once.
    fn is_first(&self, thing: impl Hash) -> bool {
        let hash = self.hash.hash_one(thing);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.len() < MOST && seen.insert(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_first_once_up_to_a_limit() {
        let once = Once::default();
        assert!(once.is_first("a") && !once.is_first("a"));
        let first = (0..10_000).filter(|number| once.is_first(number)).count();
        assert_eq!(first, MOST - 1);
        assert_eq!(once.seen.lock().unwrap().len(), MOST);
        assert!(!once.is_first("b") && !once.is_first("a"));
    }
}
