//! The sessions of one user.

use std::collections::BTreeMap;

use super::{Session, SessionId};

/// The sessions of one user: mostly one, and sometimes thousands, such as those of guests.
#[derive(Debug)]
pub(super) enum UserSessions {
    One(Session),
    Many(BTreeMap<SessionId, Session>),
}

impl UserSessions {
    pub(super) fn add(&mut self, session: Session) {
        if let Self::One(first) = self {
            *self = Self::Many(BTreeMap::from([(first.id(), first.clone())]));
        }
        if let Self::Many(sessions) = self {
            sessions.insert(session.id(), session);
        }
    }

    /// Removes a session. Returns `true` if none is left.
    pub(super) fn remove(&mut self, id: SessionId) -> bool {
        match self {
            Self::One(session) => session.id() == id,
            Self::Many(sessions) => {
                sessions.remove(&id);
                sessions.is_empty()
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Many(sessions) => sessions.len(),
        }
    }

    pub(super) fn any(&self, is: impl FnMut(&Session) -> bool) -> bool {
        match self {
            Self::One(session) => std::iter::once(session).any(is),
            Self::Many(sessions) => sessions.values().any(is),
        }
    }

    /// Returns the sessions, in the order in which they were opened.
    pub(super) fn all(&self) -> Vec<Session> {
        match self {
            Self::One(session) => vec![session.clone()],
            Self::Many(sessions) => sessions.values().cloned().collect(),
        }
    }
}
