//! Channels: named groups of sessions that pushes go to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{RouteFor, push_all};
use crate::body::ToBody;
use crate::codec::CodecError;
use crate::session::{Session, SessionId};

/// The channels of a server: named groups of sessions that pushes go to. Clones share
/// the same channels.
///
/// A channel exists as long as it has members, and a session leaves all of its channels
/// when it ends. [`ServerHandle::channels`](crate::ServerHandle::channels) returns those
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
pub struct Channels(Arc<Mutex<HashMap<String, Members>>>);

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
        let joined = {
            let mut channels = self.lock();
            let members = channels.entry(channel.to_owned()).or_default();
            members.insert(session.id(), session.clone()).is_none()
        };
        if joined {
            let channels = Arc::downgrade(&self.0);
            let name = channel.to_owned();
            session.on_close(move |session, _| {
                if let Some(channels) = Weak::upgrade(&channels) {
                    Self(channels).leave(&name, session);
                }
            });
        }
        joined && session.close_reason().is_none()
    }

    /// Removes a session from a channel. Returns `false` if it was not a member.
    pub fn leave(&self, channel: &str, session: &Session) -> bool {
        let mut channels = self.lock();
        let Some(members) = channels.get_mut(channel) else { return false };
        let left = members.remove(&session.id()).is_some();
        if members.is_empty() {
            channels.remove(channel);
        }
        left
    }

    /// Returns the current members.
    pub fn members(&self, channel: &str) -> Vec<Session> {
        self.lock()
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
        self.lock().get(channel).is_some_and(|members| members.contains_key(&session.id()))
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

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Members>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
