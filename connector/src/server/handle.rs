//! What the rest of the program holds of a server.

use std::sync::{Arc, Weak};
use std::time::Duration;

use connector_protocol::CloseReason;

use super::accept::take;
use super::core::Core;
use super::settings::Profile;
use crate::body::ToBody;
use crate::codec::{Codec, CodecError};
use crate::connection::CloseOrder;
use crate::connector::Socket;
use crate::handler::{RouteSpec, States};
use crate::push::{Channels, RouteFor, push_all};
use crate::session::{Session, SessionId};

/// What the rest of the program holds of a server: sessions, pushes, kicks,
/// statistics, the stop. Clones are the same server.
#[derive(Clone, Debug)]
pub struct ServerHandle {
    core: Arc<Core>,
}

/// A handle that does not keep its server, for what the server itself owns.
#[derive(Debug)]
pub(crate) struct WeakServerHandle(Weak<Core>);

impl WeakServerHandle {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self(Arc::downgrade(core))
    }

    pub(crate) fn upgrade(&self) -> Option<ServerHandle> {
        self.0.upgrade().map(ServerHandle::new)
    }
}

/// How much there is of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// Connections, those that still shake hands among them.
    pub connections: usize,
    /// Open sessions.
    pub sessions: usize,
    /// Users that have at least one session.
    pub users: usize,
}

impl ServerHandle {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// The values given to [`ServerBuilder::state`](super::ServerBuilder::state).
    pub(crate) fn states(&self) -> &States {
        &self.core.dispatcher.states
    }

    pub(super) fn core(&self) -> &Core {
        &self.core
    }

    /// An open session.
    pub fn session(&self, id: SessionId) -> Option<Session> {
        self.core.registry.get(id)
    }

    /// All sessions that are open at this moment.
    pub fn sessions(&self) -> Vec<Session> {
        self.core.registry.all()
    }

    /// The sessions of a user.
    pub fn sessions_of(&self, uid: &str) -> Vec<Session> {
        self.core.registry.of_user(uid)
    }

    /// The channels that all handlers of the server share.
    pub fn channels(&self) -> &Channels {
        &self.core.channels
    }

    /// Sends a message to every session, encoded once for each kind of peer. The
    /// sessions that it could not be put to are left out; the others are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn broadcast<B: ToBody>(
        &self,
        route: impl RouteFor<B>,
        body: B,
    ) -> Result<usize, CodecError> {
        push_all(self.sessions(), route.name(), &body)
    }

    /// Sends a message to every session of a user; they are counted.
    ///
    /// # Errors
    /// A value that cannot be written.
    pub fn push_to<B: ToBody>(
        &self,
        uid: &str,
        route: impl RouteFor<B>,
        body: B,
    ) -> Result<usize, CodecError> {
        push_all(self.sessions_of(uid), route.name(), &body)
    }

    /// Kicks every session of a user; they are counted.
    pub fn kick(&self, uid: &str, reason: Option<&str>) -> usize {
        let sessions = self.sessions_of(uid);
        for session in &sessions {
            session.kick(reason);
        }
        sessions.len()
    }

    /// How much there is of what.
    pub fn statistics(&self) -> Statistics {
        let registry = &self.core.registry;
        Statistics {
            connections: self.core.admissions.connections(),
            sessions: registry.len(),
            users: registry.users(),
        }
    }

    /// All routes, in the order of their registration.
    pub fn routes(&self) -> Vec<RouteSpec> {
        self.core.dispatcher.table.specs().copied().collect()
    }

    /// Serves a socket that somebody else has accepted.
    pub fn serve_connection(&self, socket: impl Socket, codec: impl Codec) {
        let profile = Profile::new(&self.core, &self.core.config, Arc::new(codec));
        take(&self.core, &Arc::new(profile), socket.boxed());
    }

    /// Stops: accepts nothing more, lets running and waiting calls finish and
    /// their answers leave, closes, all within [`Limits::drain`]. Whatever
    /// then still runs is dropped.
    ///
    /// [`Limits::drain`]: crate::Limits::drain
    pub async fn stop(&self) {
        self.stop_within(self.core.config.get_limits().drain).await;
    }

    /// [`ServerHandle::stop`] with another deadline.
    pub async fn stop_within(&self, deadline: Duration) {
        let core = &self.core;
        let _ = core.stopping.set(core.timer.now().saturating_add(deadline));
        core.stop.send_replace(true);
        core.tasks.close();
        for session in self.sessions() {
            let reason = CloseReason::Stopping;
            session.0.outbox.close(CloseOrder { reason, drain: true });
        }
        self.stopped().await;
    }

    /// Resolves when the server has stopped.
    pub async fn stopped(&self) {
        self.core.ended().await;
    }
}
