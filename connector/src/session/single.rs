//! The policy for users with a second session.

use std::borrow::Cow;

/// The policy for a user who logs in a second time, see
/// [`ServerBuilder::single_session`](crate::server::ServerBuilder::single_session).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SingleSession {
    /// The new session is not bound: [`Session::bind`](crate::Session::bind) returns
    /// [`BindError::Taken`](super::BindError::Taken). This is pomelo's `singleSession`. A
    /// session that is kicked or closed no longer counts, even before it has ended.
    Refuse,
    /// The new session is bound, and the old one kicked with this reason. From that moment
    /// on the user has the new session only, even if a call of the old one blocks or its
    /// client takes nothing.
    Kick(Option<Cow<'static, str>>),
}

impl SingleSession {
    /// Returns the policy that kicks the old session with this reason.
    pub fn kick(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Kick(Some(reason.into()))
    }
}
