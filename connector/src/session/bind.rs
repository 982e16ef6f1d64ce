//! The user that a session is bound to.

use std::sync::Arc;
use std::time::Duration;

use connector_protocol::Limit;

use super::state::{Bound, Change};
use super::{BindError, Session, SessionId};
use crate::Peer;
use crate::runtime::{Instant, isolate};

/// A session that is bound to a user, as
/// [`ServerHandle::logins`](crate::ServerHandle::logins) lists it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Login {
    /// The user id.
    pub uid: Arc<str>,
    /// The id of the session.
    pub session: SessionId,
    /// The transport and the address of the client.
    pub peer: Peer,
    /// The time since the session was bound.
    pub age: Duration,
}

impl Session {
    /// Returns the user id that the session is bound to, or was bound to when it ended.
    pub fn uid(&self) -> Option<Arc<str>> {
        self.state().bound.as_ref().map(|bound| bound.uid.clone())
    }

    /// Binds the session to a user. A user may have several sessions, unless
    /// [`ServerBuilder::single_session`](crate::server::ServerBuilder::single_session)
    /// says otherwise. Binding to the same user again does nothing. The hooks of
    /// [`ServerBuilder::on_bind`](crate::server::ServerBuilder::on_bind) run before this
    /// returns, unless hooks of an earlier change still run: then behind those.
    ///
    /// # Errors
    /// Returns [`BindError`] if the session is bound to another user or closed, if the user
    /// id is empty or too long, or if the user has a session and may have no other.
    pub fn bind(&self, uid: &str) -> Result<(), BindError> {
        let len = uid.len();
        let limits = &self.0.limits;
        if len > limits.uid {
            self.report_limit(Limit::Uid);
        }
        if len == 0 || len > limits.enforced().uid {
            return Err(BindError::Length { len, limit: limits.uid });
        }
        {
            let mut state = self.state();
            match &state.bound {
                _ if state.closed.is_some() => return Err(BindError::Closed),
                Some(bound) if *bound.uid == *uid => return Ok(()),
                Some(bound) => return Err(BindError::Bound(bound.uid.clone())),
                None => {}
            }
            let uid: Arc<str> = uid.into();
            if let Some(registry) = self.0.registry.upgrade() {
                registry.bind(uid.clone(), self)?;
            }
            state.change(Change::Bound(uid.clone()));
            state.bound = Some(Bound { uid, since: Instant::now() });
        }
        self.tell_changes();
        Ok(())
    }

    /// Unbinds the session from its user, and returns the user id. The hooks of
    /// [`ServerBuilder::on_unbind`](crate::server::ServerBuilder::on_unbind) run before this
    /// returns, unless hooks of an earlier change still run: then behind those. Does nothing
    /// once the session has ended.
    pub fn unbind(&self) -> Option<Arc<str>> {
        let uid = {
            let mut state = self.state();
            if state.closed.is_some() {
                return None;
            }
            let uid = state.bound.take()?.uid;
            if let Some(registry) = self.0.registry.upgrade() {
                registry.unbind(&uid, self.id());
            }
            state.change(Change::Unbound(uid.clone()));
            uid
        };
        self.tell_changes();
        Some(uid)
    }

    /// Runs the hooks of all changes of the user, in their order. While somebody does so, in
    /// another task or around this call, the rest is left to that.
    pub(super) fn tell_changes(&self) {
        let mut state = self.state();
        match &mut state.changes {
            Some(changes) if !changes.are_told => changes.are_told = true,
            _ => return,
        }
        while let Some(change) = state.changes.as_mut().and_then(|all| all.waiting.pop_front()) {
            drop(state);
            self.tell(&change);
            state = self.state();
        }
        state.changes = None;
    }

    fn tell(&self, change: &Change) {
        let Some(server) = self.server() else { return };
        let hooks = &server.inner().hooks;
        let (what, hooks, uid) = match change {
            Change::Bound(uid) => ("a bind hook", &hooks.bind, uid),
            Change::Unbound(uid) => ("an unbind hook", &hooks.unbind, uid),
        };
        for hook in hooks {
            isolate(what, || hook.call(self, uid));
        }
    }

    pub(super) fn login(&self) -> Option<Login> {
        let state = self.state();
        let Bound { uid, since } = state.bound.as_ref()?;
        let (session, peer) = (self.id(), self.peer().clone());
        Some(Login { uid: uid.clone(), session, peer, age: since.elapsed() })
    }
}
