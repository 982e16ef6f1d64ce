//! The handle of a server.

use std::sync::{Arc, Weak};
use std::time::Duration;

use super::accept::admit;
use super::end::tell_stop;
use super::inner::ServerInner;
use super::settings::ConnectorSettings;
use crate::body::ToBody;
use crate::codec::{Codec, CodecError};
use crate::connector::Socket;
use crate::handler::{RouteSpec, States};
use crate::push::{Channels, RouteFor, push_all};
use crate::session::{Login, Session, SessionId};

/// A handle of a server: sessions, pushes, kicks, statistics and the stop. Clones are
/// handles of the same server.
///
/// [`Server::handle`](super::Server::handle) returns it, and a handler takes it as an
/// argument.
///
/// ```
/// use connector::prelude::*;
///
/// async fn announce_and_stop(server: ServerHandle) {
///     println!("{:?}", server.statistics());
///     let _ = server.broadcast("onNotice", Json("the server restarts"));
///     server.kick("mallory", Some("banned"));
///     server.stop().await;
/// }
/// ```
#[derive(Clone, Debug)]
pub struct ServerHandle {
    inner: Arc<ServerInner>,
}

/// A handle that does not keep its server alive, for the parts that the server owns.
#[derive(Clone, Debug)]
pub(crate) struct WeakServerHandle(Weak<ServerInner>);

impl WeakServerHandle {
    pub(crate) fn upgrade(&self) -> Option<ServerHandle> {
        self.0.upgrade().map(ServerHandle::new)
    }
}

/// Counts of connections, sessions and users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Connections, including those before the end of their handshake.
    pub connections: usize,
    /// Connections that were accepted since the server's start, without those that were
    /// refused for their number.
    pub connections_ever: u64,
    /// Open sessions.
    pub sessions: usize,
    /// Sessions that are bound to a user.
    pub logins: usize,
    /// Users that have at least one session.
    pub users: usize,
}

impl ServerHandle {
    pub(super) fn new(inner: Arc<ServerInner>) -> Self {
        Self { inner }
    }

    pub(crate) fn downgrade(&self) -> WeakServerHandle {
        WeakServerHandle(Arc::downgrade(&self.inner))
    }

    /// The values given to [`ServerBuilder::state`](super::ServerBuilder::state).
    pub(crate) fn states(&self) -> &States {
        &self.inner.dispatcher.states
    }

    pub(crate) fn inner(&self) -> &ServerInner {
        &self.inner
    }

    /// Returns an open session.
    pub fn session(&self, id: SessionId) -> Option<Session> {
        self.inner.registry.get(id)
    }

    /// Returns all open sessions.
    pub fn sessions(&self) -> Vec<Session> {
        self.inner.registry.all()
    }

    /// Returns the open sessions of a user.
    pub fn sessions_of(&self, uid: &str) -> Vec<Session> {
        self.inner.registry.of_user(uid)
    }

    /// Returns the channels of the server.
    pub fn channels(&self) -> &Channels {
        &self.inner.channels
    }

    /// Sends a message to every session, encoded once for each kind of peer. Returns the
    /// number of sessions that it was queued for; a session that is closed, or whose peer
    /// does not read, is left out.
    ///
    /// # Errors
    /// Returns [`CodecError`] if the body cannot be written. Sessions of other kinds may
    /// have got the message then.
    pub fn broadcast<B: ToBody>(
        &self,
        route: impl RouteFor<B>,
        body: B,
    ) -> Result<usize, CodecError> {
        push_all(self.sessions(), route.name(), &body)
    }

    /// Sends a message to the sessions that `filter` accepts, encoded once for each kind of
    /// peer: pomelo's `broadcastFilter`. Returns the number of sessions that it was queued
    /// for.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// fn announce(server: &ServerHandle, text: &str) {
    ///     let signed_in = |session: &Session| session.uid().is_some();
    ///     let _ = server.broadcast_to("onNotice", Json(text), signed_in);
    /// }
    /// ```
    ///
    /// # Errors
    /// Returns [`CodecError`] if the body cannot be written. Sessions of other kinds may
    /// have got the message then.
    pub fn broadcast_to<B: ToBody>(
        &self,
        route: impl RouteFor<B>,
        body: B,
        filter: impl Fn(&Session) -> bool,
    ) -> Result<usize, CodecError> {
        let mut sessions = self.sessions();
        sessions.retain(filter);
        push_all(sessions, route.name(), &body)
    }

    /// Sends a message to every session of several users, encoded once for each kind of
    /// peer: pomelo's `pushMessageByUids`. Returns the users without a session, in the given
    /// order. A user that is named twice gets one message.
    ///
    /// ```
    /// use connector::prelude::*;
    ///
    /// fn invite<'a>(server: &ServerHandle, friends: &[&'a str]) -> Vec<&'a str> {
    ///     server.multicast(friends.iter().copied(), "onInvite", Json("chess")).unwrap_or_default()
    /// }
    /// ```
    ///
    /// # Errors
    /// Returns [`CodecError`] if the body cannot be written. Sessions of other kinds may
    /// have got the message then.
    pub fn multicast<'a, B: ToBody>(
        &self,
        uids: impl IntoIterator<Item = &'a str>,
        route: impl RouteFor<B>,
        body: B,
    ) -> Result<Vec<&'a str>, CodecError> {
        let mut missed = Vec::new();
        let mut sessions = Vec::new();
        for uid in uids {
            let found = self.sessions_of(uid);
            if found.is_empty() {
                missed.push(uid);
            }
            sessions.extend(found);
        }
        sessions.sort_unstable_by_key(Session::id);
        sessions.dedup_by_key(|session| session.id());
        push_all(sessions, route.name(), &body)?;
        Ok(missed)
    }

    /// Sends a message to every session of a user. Returns the number of sessions that it
    /// was queued for.
    ///
    /// # Errors
    /// Returns [`CodecError`] if the body cannot be written.
    pub fn push_to<B: ToBody>(
        &self,
        uid: &str,
        route: impl RouteFor<B>,
        body: B,
    ) -> Result<usize, CodecError> {
        push_all(self.sessions_of(uid), route.name(), &body)
    }

    /// Returns the sessions that are bound to a user: pomelo's list of logins, in no order.
    pub fn logins(&self) -> Vec<Login> {
        self.inner.registry.logins()
    }

    /// Kicks a session. Returns `false` if there is none with this id.
    pub fn kick_session(&self, id: SessionId, reason: Option<&str>) -> bool {
        self.session(id).inspect(|session| session.kick(reason)).is_some()
    }

    /// Kicks every session of a user. Returns their number.
    pub fn kick(&self, uid: &str, reason: Option<&str>) -> usize {
        let sessions = self.sessions_of(uid);
        for session in &sessions {
            session.kick(reason);
        }
        sessions.len()
    }

    /// Returns the current counts of connections, sessions and users.
    pub fn statistics(&self) -> Statistics {
        let registry = &self.inner.registry;
        Statistics {
            connections: self.inner.admissions.of_server(),
            connections_ever: self.inner.admissions.ever(),
            sessions: registry.len(),
            logins: registry.bound(),
            users: registry.users(),
        }
    }

    /// Returns all routes, in the order of their registration.
    pub fn routes(&self) -> Vec<RouteSpec> {
        self.inner.dispatcher.table.specs().copied().collect()
    }

    /// Serves a socket that the application has accepted by itself.
    ///
    /// A broadcast is encoded once for all connections whose codec is of the same type, if
    /// that type has no fields, and else once for each.
    pub fn serve_connection(&self, socket: impl Socket, codec: impl Codec) {
        let settings = ConnectorSettings::new(&self.inner, None, Arc::new(codec));
        admit(&self.inner, &Arc::new(settings), socket.boxed());
    }

    /// Stops the server gracefully within [`Limits::drain`], and waits until it has stopped.
    /// Nothing more is accepted, running and waiting calls are finished and answered, and
    /// the connections are closed. Calls that run longer are dropped.
    ///
    /// # Cancel safety
    /// The stop begins with the first poll, and continues if the future is dropped then.
    ///
    /// [`Limits::drain`]: crate::Limits::drain
    pub async fn stop(&self) {
        self.stop_within(self.inner.config.get_limits().drain).await;
    }

    /// Stops the server as [`ServerHandle::stop`] does, within `deadline` instead of
    /// [`Limits::drain`]. The deadline of the first stop counts.
    ///
    /// # Cancel safety
    /// The stop begins with the first poll, and continues if the future is dropped then.
    ///
    /// [`Limits::drain`]: crate::Limits::drain
    pub async fn stop_within(&self, deadline: Duration) {
        let inner = &self.inner;
        let _ = inner.stopping.set(inner.timer.now().saturating_add(deadline));
        inner.stop.send_replace(true);
        inner.tasks.close();
        self.sessions().iter().for_each(tell_stop);
        self.stopped().await;
    }

    /// Waits until the server has stopped.
    ///
    /// # Cancel safety
    /// Dropping the future has no effect on the server.
    pub async fn stopped(&self) {
        self.inner.ended().await;
    }
}
