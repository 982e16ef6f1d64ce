//! All sessions of a server, by id and by user.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use connector_protocol::session::ClientProfile;
use foldhash::fast::RandomState;

use super::clients::Clients;
use super::user::UserSessions;
use super::{Session, SessionId};
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
    /// The runtime of the server.
    runtime: OnceLock<Handle>,
    server: OnceLock<WeakServerHandle>,
}

type Shard<K, V> = Mutex<HashMap<K, V, RandomState>>;

impl Registry {
    /// Creates the registry of a server that runs in `runtime`.
    pub(crate) fn of(runtime: Handle) -> Self {
        Self { runtime: runtime.into(), ..Self::default() }
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

    pub(crate) fn bind(&self, uid: Arc<str>, session: &Session) {
        lock(self.user_shard(&uid))
            .entry(uid)
            .and_modify(|sessions| sessions.add(session.clone()))
            .or_insert_with(|| UserSessions::One(session.clone()));
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
