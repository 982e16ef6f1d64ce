//! All sessions of a server, by id and by user.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use connector_protocol::session::ClientProfile;
use foldhash::fast::RandomState;

use super::clients::Clients;
use super::user::UserSessions;
use super::{BindError, Login, Session, SessionId, SingleSession};
use crate::runtime::Handle;
use crate::server::{ServerHandle, WeakServerHandle};

/// The number of locks that the sessions are spread over.
const SHARDS: usize = 32;
/// The number of sessions with consecutive ids that share a shard. They lie beside each
/// other in memory, in the kernel's too, so sending to all of them in that order is
/// fastest.
const NEIGHBOURS: usize = 64;

/// All sessions of a server.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    sessions: [Mutex<BTreeMap<SessionId, Session>>; SHARDS],
    users: [Shard<Arc<str>, UserSessions>; SHARDS],
    clients: Clients,
    hash: RandomState,
    /// Whether a user may have one session only.
    single: Option<SingleSession>,
    /// The runtime of the server.
    runtime: OnceLock<Handle>,
    server: OnceLock<WeakServerHandle>,
}

type Shard<K, V> = Mutex<HashMap<K, V, RandomState>>;

impl Registry {
    /// Creates the registry of a server that runs in `runtime`.
    pub(crate) fn of(runtime: Handle, single: Option<SingleSession>) -> Self {
        Self { runtime: runtime.into(), single, ..Self::default() }
    }

    pub(crate) fn runtime(&self) -> Option<Handle> {
        self.runtime.get().cloned()
    }

    /// Sets the server of the sessions.
    pub(crate) fn set_server(&self, server: WeakServerHandle) {
        let _ = self.server.set(server);
    }

    pub(super) fn server(&self) -> Option<ServerHandle> {
        self.server.get()?.upgrade()
    }

    /// Returns the profile, shared with an equal one of the last client.
    pub(super) fn share_client(&self, profile: ClientProfile) -> Arc<ClientProfile> {
        self.clients.share(profile)
    }

    pub(crate) fn insert(&self, session: &Session) {
        lock(self.shard(session.id())).insert(session.id(), session.clone());
    }

    pub(crate) fn remove(&self, session: &Session) {
        lock(self.shard(session.id())).remove(&session.id());
        // The session keeps its user id, for the close hooks.
        if let Some(uid) = session.uid() {
            self.unbind(&uid, session.id());
        }
    }

    pub(crate) fn get(&self, id: SessionId) -> Option<Session> {
        lock(self.shard(id)).get(&id).cloned()
    }

    pub(crate) fn len(&self) -> usize {
        self.sessions.iter().map(|shard| lock(shard).len()).sum()
    }

    /// Returns all current sessions.
    pub(crate) fn all(&self) -> Vec<Session> {
        self.sessions
            .iter()
            .flat_map(|shard| lock(shard).values().cloned().collect::<Vec<_>>())
            .collect()
    }

    /// Adds a session to those of a user. A session that has to end is not added: one that
    /// was kicked for another login may not come back in its place.
    pub(super) fn bind(&self, uid: Arc<str>, session: &Session) -> Result<(), BindError> {
        let mut users = lock(self.user_shard(&uid));
        if session.0.outbox.is_closed() {
            return Err(BindError::Closed);
        }
        let mut entry = match users.entry(uid) {
            Entry::Vacant(entry) => {
                entry.insert(UserSessions::One(session.clone()));
                return Ok(());
            }
            Entry::Occupied(entry) => entry,
        };
        match &self.single {
            None => entry.get_mut().add(session.clone()),
            Some(SingleSession::Refuse) if entry.get().any(|other| !other.0.outbox.is_closed()) => {
                return Err(BindError::Taken(entry.key().clone()));
            }
            Some(policy) => {
                let old = entry.insert(UserSessions::One(session.clone()));
                if let SingleSession::Kick(reason) = policy {
                    // Under the lock, so that none of them is bound again.
                    old.all().iter().for_each(|old| old.kick(reason.as_deref()));
                }
            }
        }
        Ok(())
    }

    /// Returns all sessions that are bound to a user.
    pub(crate) fn logins(&self) -> Vec<Login> {
        let shards = self
            .users
            .iter()
            .map(|shard| lock(shard).values().flat_map(UserSessions::all).collect::<Vec<_>>());
        shards.flatten().filter_map(|session| session.login()).collect()
    }

    /// Returns the number of sessions that are bound to a user.
    pub(crate) fn bound(&self) -> usize {
        let of_shard = |shard| {
            lock::<HashMap<_, UserSessions, _>>(shard)
                .values()
                .map(UserSessions::len)
                .sum::<usize>()
        };
        self.users.iter().map(of_shard).sum()
    }

    pub(crate) fn unbind(&self, uid: &Arc<str>, id: SessionId) {
        let mut users = lock(self.user_shard(uid));
        if users.get_mut(uid).is_some_and(|sessions| sessions.remove(id)) {
            users.remove(uid);
        }
    }

    pub(crate) fn of_user(&self, uid: &str) -> Vec<Session> {
        lock(self.user_shard(uid)).get(uid).map(UserSessions::all).unwrap_or_default()
    }

    pub(crate) fn users(&self) -> usize {
        self.users.iter().map(|shard| lock(shard).len()).sum()
    }

    fn shard(&self, id: SessionId) -> &Mutex<BTreeMap<SessionId, Session>> {
        &self.sessions[id.get() as usize / NEIGHBOURS % SHARDS]
    }

    fn user_shard(&self, uid: &str) -> &Shard<Arc<str>, UserSessions> {
        use std::hash::BuildHasher;
        &self.users[self.hash.hash_one(uid) as usize % SHARDS]
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
