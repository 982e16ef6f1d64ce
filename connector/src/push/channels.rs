//! Channels: messages to many sessions at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::{RouteFor, push_all};
use crate::body::ToBody;
use crate::codec::CodecError;
use crate::session::{Session, SessionId};

/// All channels of an application, by name. Clones are the same channels.
///
/// A channel is there as long as it has members, and a session leaves all of
/// its channels when it ends.
#[derive(Clone, Debug, Default)]
pub struct Channels(Arc<Mutex<HashMap<String, Members>>>);

/// In the order in which they were opened, see [`Registry`](crate::session::Registry).
type Members = BTreeMap<SessionId, Session>;

impl Channels {
    /// No channels yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a session into a channel; `false` if it is in already, or has
    /// ended.
    pub fn join(&self, channel: &str, session: &Session) -> bool {
        let joined = {
            let mut channels = self.lock();
            let members = channels.entry(channel.to_owned()).or_default();
            members.insert(session.id(), session.clone()).is_none()
        };
        if joined {
            let (channels, name) = (Arc::downgrade(&self.0), channel.to_owned());
            session.on_close(move |session, _| {
                if let Some(channels) = Weak::upgrade(&channels) {
                    Self(channels).leave(&name, session);
                }
            });
        }
        joined && session.close_reason().is_none()
    }

    /// Takes a session out of a channel; `false` if it was not in.
    pub fn leave(&self, channel: &str, session: &Session) -> bool {
        let mut channels = self.lock();
        let Some(members) = channels.get_mut(channel) else { return false };
        let left = members.remove(&session.id()).is_some();
        if members.is_empty() {
            channels.remove(channel);
        }
        left
    }

    /// The members at this moment.
    pub fn members(&self, channel: &str) -> Vec<Session> {
        self.lock()
            .get(channel)
            .map(|members| members.values().cloned().collect())
            .unwrap_or_default()
    }

    /// The users who are members at this moment, each once, by name: pomelo's
    /// `getMembers`. Sessions that are bound to none do not count.
    pub fn users(&self, channel: &str) -> Vec<Arc<str>> {
        let users = self.members(channel).iter().filter_map(Session::uid).collect::<BTreeSet<_>>();
        users.into_iter().collect()
    }

    /// Whether a session is in a channel.
    pub fn contains(&self, channel: &str, session: &Session) -> bool {
        self.lock().get(channel).is_some_and(|members| members.contains_key(&session.id()))
    }

    /// Sends a message to all members, encoded once for each kind of peer; those
    /// that it could be put to are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
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
