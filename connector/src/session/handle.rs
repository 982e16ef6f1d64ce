//! The handle of a session.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use connector_protocol::session::ClientProfile;
use connector_protocol::{CloseReason, Limit};

use super::groups::Groups;
use super::state::{Change, State};
use super::{Registry, SessionId};
use crate::body::Format;
use crate::connection::{CloseOrder, Encoder, Outbox};
use crate::connector::Address;
use crate::limits::ReportedLimits;
use crate::runtime::isolate;
use crate::runtime::sync::atomic::AtomicU64;
use crate::{Limits, MaybeSend, Peer};

/// A handle of a session, which is one client from the handshake to the close.
///
/// Clones are handles of the same session. A handle can be used anywhere in the program,
/// also after the connection has ended.
///
/// ```
/// use connector::prelude::*;
///
/// struct Entry;
///
/// #[handler("entry.entryHandler")]
/// impl Entry {
///     #[route]
///     async fn enter(&self, session: &Session, Json(name): Json<String>) -> Result<(), HandlerError> {
///         session.bind(&name).map_err(HandlerError::bad_request)?;
///         session.set("level", &7).map_err(HandlerError::bad_request)?;
///         session.on_close(|session, reason| println!("{:?}: {reason}", session.uid()));
///         session.push("onWelcome", Json(name))?;
///         Ok(())
///     }
/// }
/// # let _ = Server::builder().handler(Entry);
/// ```
#[derive(Clone)]
pub struct Session(pub(crate) Arc<Shared>);

/// The state of a session. The fields that a push needs come first and lie together,
/// since a broadcast visits thousands of sessions, which are not in the processor's cache.
#[repr(C)]
pub(crate) struct Shared {
    pub(crate) outbox: Outbox,
    pub(crate) encoder: Encoder,
    pub(crate) limits: Arc<Limits>,
    pub(crate) id: SessionId,
    pub(crate) peer: Peer,
    pub(crate) registry: Weak<Registry>,
    pub(super) reported: ReportedLimits,
    /// The timer tick at which this session is checked next.
    pub(crate) alarm: AtomicU64,
    state: Mutex<State>,
    client: OnceLock<Arc<ClientProfile>>,
}

impl Session {
    pub(crate) fn new(
        id: SessionId,
        peer: Peer,
        (outbox, encoder): (Outbox, Encoder),
        registry: &Arc<Registry>,
        limits: &Arc<Limits>,
    ) -> Self {
        Self(Arc::new(Shared {
            outbox,
            encoder,
            limits: limits.clone(),
            id,
            peer,
            registry: Arc::downgrade(registry),
            reported: ReportedLimits::default(),
            alarm: AtomicU64::new(u64::MAX),
            state: Mutex::default(),
            client: OnceLock::new(),
        }))
    }

    /// Returns the session's id on this server.
    pub fn id(&self) -> SessionId {
        self.0.id
    }

    /// Returns the client's transport and address, as they were when the session opened.
    pub fn peer(&self) -> &Peer {
        &self.0.peer
    }

    /// Returns the client's present address. Over QUIC a client may change it, as when a phone
    /// leaves its Wi-Fi; the limits by address follow. Over other transports it is that of
    /// [`Session::peer`].
    pub fn address(&self) -> Address {
        let state = self.state();
        let moved = state.extras.as_ref().and_then(|extras| extras.address.as_ref());
        moved.unwrap_or(&self.0.peer.address).clone()
    }

    pub(crate) fn set_address(&self, address: Address) {
        self.state().extras_mut().address = Some(address);
    }

    /// Returns the handle of the session's server, while that exists. It is for hooks,
    /// which get a session. A handler takes `&ServerHandle` as an argument.
    pub fn server(&self) -> Option<crate::ServerHandle> {
        self.0.registry.upgrade()?.server()
    }

    /// Returns the client's description of itself from the handshake. `None` on
    /// connectors without a handshake.
    pub fn client(&self) -> Option<&ClientProfile> {
        self.0.client.get().map(|client| &**client)
    }

    /// Returns the format of bodies on routes that do not choose one.
    pub fn format(&self) -> Format {
        self.0.encoder.agreement().format
    }

    /// Kicks the client: sends it the reason, then closes the connection.
    pub fn kick<'a>(&self, reason: impl Into<Option<&'a str>>) {
        let reason = CloseReason::Kicked(reason.into().map(str::to_owned));
        self.0.outbox.close(CloseOrder { reason, drain: false });
    }

    /// Closes the connection after all queued messages are sent.
    pub fn close(&self) {
        self.0.outbox.close(CloseOrder { reason: CloseReason::Requested, drain: false });
    }

    /// Returns the reason for which the session ended, if it has.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.state().closed.as_deref().cloned()
    }

    /// Calls `hook` when the session ends, or at once if it has ended.
    pub fn on_close(&self, hook: impl FnOnce(&Self, &CloseReason) + MaybeSend + 'static) {
        let mut state = self.state();
        match state.closed.as_deref().cloned() {
            None => state.extras_mut().on_close.push(Box::new(hook)),
            Some(reason) => {
                drop(state);
                hook(self, &reason);
            }
        }
    }

    /// Counts that a limit was reached. In a dry run it also logs this, the first time.
    pub(crate) fn report_limit(&self, limit: Limit) {
        let who = format_args!("session {} of {}", self.id(), self.peer());
        self.0.reported.report(&self.0.limits, limit, &who);
    }

    pub(crate) fn set_client(&self, client: ClientProfile) {
        let client = match self.0.registry.upgrade() {
            Some(registry) => registry.share_client(client),
            None => Arc::new(client),
        };
        let _ = self.0.client.set(client);
    }

    /// Adds the session to a group, unless it is a member or has ended.
    pub(crate) fn join<G: Groups + 'static>(&self, groups: &Arc<G>, name: &str) -> bool {
        let mut state = self.state();
        if state.closed.is_some() {
            return false;
        }
        let joined = groups.insert(name, self);
        joined.map(|name| state.extras_mut().groups.add(groups, name)).is_some()
    }

    /// Removes the session from a group. Returns `false` if it was not a member.
    pub(crate) fn leave<G: Groups>(&self, groups: &Arc<G>, name: &str) -> bool {
        let mut state = self.state();
        let left = groups.remove(name, self.id());
        if left {
            state.extras_mut().groups.remove(groups, name);
        }
        left
    }

    /// Returns the names of the session's groups, or of those that it left when it ended.
    pub(crate) fn groups<G>(&self, groups: &Arc<G>) -> Vec<Arc<str>> {
        self.state().extras.as_ref().map(|extras| extras.groups.names(groups)).unwrap_or_default()
    }

    /// Ends the session: closes the outbox, removes it from the registry and from its
    /// groups, and runs the hooks.
    pub(crate) fn end(&self, reason: &CloseReason) {
        self.0.outbox.end();
        let (groups, hooks) = {
            let mut state = self.state();
            if state.closed.is_some() {
                return;
            }
            state.closed = Some(Box::new(reason.clone()));
            let extras = state.extras.as_mut();
            extras
                .map(|extras| (extras.groups.all(), std::mem::take(&mut extras.on_close)))
                .unwrap_or_default()
        };
        if let Some(registry) = self.0.registry.upgrade() {
            registry.remove(self);
        }
        for (name, groups) in groups {
            groups.remove(&name, self.id());
        }
        if let Some(uid) = self.uid() {
            self.state().change(Change::Unbound(uid));
            self.tell_changes();
        }
        for hook in hooks {
            isolate("a session's close hook", || hook.call(self, reason));
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Session {}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id())
            .field("uid", &self.uid())
            .field("peer", self.peer())
            .finish_non_exhaustive()
    }
}
