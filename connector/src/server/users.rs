//! The options of a server about its users: how many sessions each may have, and hooks.

use super::ServerBuilder;
use crate::session::{Session, SingleSession};
use crate::{MaybeSend, MaybeSync};

impl ServerBuilder {
    /// Lets a user have one session at a time, and says which one. Default: a user may have
    /// any number of sessions.
    ///
    /// ```
    /// use connector::prelude::*;
    /// use connector::server::SingleSession;
    ///
    /// let server = Server::builder().single_session(SingleSession::kick("signed in elsewhere"));
    /// # drop(server);
    /// ```
    pub fn single_session(mut self, policy: SingleSession) -> Self {
        self.single_session = Some(policy);
        self
    }

    /// Adds a hook that is called when a session was bound to a user, also in the handshake,
    /// by the task that [binds](Session::bind) it.
    pub fn on_bind(
        mut self,
        hook: impl Fn(&Session, &str) + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.hooks.bind.push(Box::new(hook));
        self
    }

    /// Adds a hook that is called when a session is no longer bound to a user: it was
    /// [unbound](Session::unbind), or has ended, then before the hooks of the close. For each
    /// call of an [`on_bind`](Self::on_bind) hook there is one of this, behind it: if a session
    /// ends while its `on_bind` hooks run, these run when they have returned, in their task.
    pub fn on_unbind(
        mut self,
        hook: impl Fn(&Session, &str) + MaybeSend + MaybeSync + 'static,
    ) -> Self {
        self.hooks.unbind.push(Box::new(hook));
        self
    }
}
