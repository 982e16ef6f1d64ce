//! Channels: named groups of sessions that pushes go to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{RouteFor, push_all};
use crate::body::ToBody;
use crate::codec::CodecError;
use crate::session::{Groups, Session, SessionId};

/// The channels of a server: named groups of sessions that pushes go to. Clones share
/// the same channels.
///
/// A channel exists as long as it has members, and a session leaves all of its channels
/// when it ends. Those that it was in can still be asked for, see [`Channels::of`].
/// [`ServerHandle::channels`](crate::ServerHandle::channels) returns those
/// of a server.
///
/// ```
/// use connector::prelude::*;
///
/// struct Chat;
///
/// #[handler("chat.chatHandler")]
/// impl Chat {
///     #[route]
///     async fn join(&self, session: &Session, server: &ServerHandle, Json(room): Json<String>) {
///         server.channels().join(&room, session);
///     }
///
///     #[route]
///     async fn say(
///         &self,
///         server: &ServerHandle,
///         Json((room, text)): Json<(String, String)>,
///     ) -> Json<usize> {
///         // The number of members that the message was queued for.
///         Json(server.channels().push(&room, "onSay", Json(text)).unwrap_or(0))
///     }
/// }
///
/// let channels = Channels::new();
/// assert_eq!(channels.push("lobby", "onSay", Json("hello")), Ok(0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Channels(Arc<Rooms>);

/// The channels by name.
#[derive(Debug, Default)]
struct Rooms(Mutex<HashMap<Arc<str>, Members>>);

/// The members, in the order in which their sessions were opened, see [`Registry`](crate::session::Registry).
type Members = BTreeMap<SessionId, Session>;

impl Channels {
    /// Returns an empty set of channels.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a session to a channel. Returns `false` if it is a member already, or has
    /// ended.
    pub fn join(&self, channel: &str, session: &Session) -> bool {
        session.join(&self.0, channel)
    }

    /// Removes a session from a channel. Returns `false` if it was not a member.
    pub fn leave(&self, channel: &str, session: &Session) -> bool {
        session.leave(&self.0, channel)
    }

    /// Returns the channels that a session is a member of, sorted. For a session that has
    /// ended they are those that it has left by that, so that a close hook can tell them.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// let server = Server::builder().on_close(|session, _| {
    ///     let Some(server) = session.server() else { return };
    ///     for channel in server.channels().of(session) {
    ///         let _ = server.channels().push(&channel, "onLeave", Json(session.uid().as_deref()));
    ///     }
    /// });
    /// ```
    pub fn of(&self, session: &Session) -> Vec<Arc<str>> {
        session.groups(&self.0)
    }

    /// Returns the current members.
    pub fn members(&self, channel: &str) -> Vec<Session> {
        self.0
            .lock()
            .get(channel)
            .map(|members| members.values().cloned().collect())
            .unwrap_or_default()
    }

    /// Returns the users of the current members, each once and sorted, like pomelo's
    /// `getMembers`. Sessions that are not bound to a user are left out.
    pub fn users(&self, channel: &str) -> Vec<Arc<str>> {
        let users = self.members(channel).iter().filter_map(Session::uid).collect::<BTreeSet<_>>();
        users.into_iter().collect()
    }

    /// Returns `true` if a session is a member of a channel.
    pub fn contains(&self, channel: &str, session: &Session) -> bool {
        self.0.lock().get(channel).is_some_and(|members| members.contains_key(&session.id()))
    }

    /// Sends a message to all members, encoded once for each kind of peer. Returns the
    /// number of sessions that it was queued for; a session that is closed, or whose peer
    /// does not read, is left out.
    ///
    /// # Errors
    /// Returns [`CodecError`] if the body cannot be written. Members of other kinds may
    /// have got the message then.
    pub fn push<B: ToBody>(
        &self,
        channel: &str,
        route: impl RouteFor<B>,
        body: B,
    ) -> Result<usize, CodecError> {
        push_all(self.members(channel), route.name(), &body)
    }
}

impl Rooms {
    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Members>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Groups for Rooms {
    fn insert(&self, name: &str, session: &Session) -> Option<Arc<str>> {
        let mut rooms = self.lock();
        let room = rooms.entry(name.into());
        let name = room.key().clone();
        let joined = room.or_default().insert(session.id(), session.clone()).is_none();
        joined.then_some(name)
    }

    fn remove(&self, name: &str, id: SessionId) -> bool {
        let mut rooms = self.lock();
        let Some(members) = rooms.get_mut(name) else { return false };
        let left = members.remove(&id).is_some();
        if members.is_empty() {
            rooms.remove(name);
        }
        left
    }
}
