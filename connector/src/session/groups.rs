//! The groups that a session is a member of.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use super::{Session, SessionId};
use crate::{MaybeSend, MaybeSync};

/// Named sets of sessions, as channels are. A session is removed when it ends.
///
/// Both methods are called while the session is locked, so they must not use it.
pub(crate) trait Groups: MaybeSend + MaybeSync {
    /// Adds a session. Returns the shared name, or `None` if it is a member already.
    fn insert(&self, name: &str, session: &Session) -> Option<Arc<str>>;

    /// Removes a session. Returns `false` if it was not a member.
    fn remove(&self, name: &str, id: SessionId) -> bool;
}

/// The groups that a session is a member of, by the address of their set and their name.
#[derive(Default)]
pub(super) struct Memberships(BTreeMap<(usize, Arc<str>), Weak<dyn Groups>>);

impl Memberships {
    pub(super) fn add<G: Groups + 'static>(&mut self, groups: &Arc<G>, name: Arc<str>) {
        let weak: Weak<dyn Groups> = Arc::<G>::downgrade(groups);
        self.0.insert((address(groups), name), weak);
    }

    pub(super) fn remove<G>(&mut self, groups: &Arc<G>, name: &str) {
        self.0.remove(&(address(groups), name.into()));
    }

    /// Returns the names of the groups in a set, sorted.
    pub(super) fn names<G>(&self, groups: &Arc<G>) -> Vec<Arc<str>> {
        let first = (address(groups), Arc::from(""));
        let of_set = |((set, name), _): (&(usize, Arc<str>), _)| {
            (*set == address(groups)).then(|| name.clone())
        };
        self.0.range(first..).map_while(of_set).collect()
    }

    /// Returns all groups that still exist.
    pub(super) fn all(&self) -> Vec<(Arc<str>, Arc<dyn Groups>)> {
        let groups = self.0.iter();
        groups.filter_map(|((_, name), groups)| Some((name.clone(), groups.upgrade()?))).collect()
    }
}

/// Returns the address of a set of groups, which no other set has as long as a weak
/// reference to it exists.
fn address<G>(groups: &Arc<G>) -> usize {
    Arc::as_ptr(groups).addr()
}
