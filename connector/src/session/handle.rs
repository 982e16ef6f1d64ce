//! The handle of a session.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use bytes::Bytes;
use connector_protocol::session::ClientProfile;
use connector_protocol::{CloseReason, Limit};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Registry;
use crate::body::{Format, ToBody};
use crate::connection::{CloseOrder, Encoder, Outbox, PushError, Put};
use crate::limits::Told;
use crate::push::RouteFor;
use crate::runtime::isolate;
use crate::{Limits, MaybeSend, Peer};

/// One client, from the handshake to the close.
///
/// A handle: clones are the same session, and it works from anywhere in the
/// program, also after the connection has ended.
#[derive(Clone)]
pub struct Session(pub(crate) Arc<Shared>);

/// Names a session within its server. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(crate) u64);

impl SessionId {
    /// The number; counted from 1.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a push needs comes first and lies together: a broadcast visits thousands
/// of these, none of which is in a processor's cache.
#[repr(C)]
pub(crate) struct Shared {
    pub(crate) outbox: Outbox,
    pub(crate) encoder: Encoder,
    pub(crate) limits: Arc<Limits>,
    pub(crate) id: SessionId,
    pub(crate) peer: Peer,
    pub(crate) registry: Weak<Registry>,
    pub(super) told: Told,
    /// When the timer looks after this session next, in its ticks.
    pub(crate) alarm: AtomicU64,
    state: Mutex<State>,
    client: OnceLock<Arc<ClientProfile>>,
}

#[derive(Default)]
struct State {
    uid: Option<Arc<str>>,
    settings: BTreeMap<String, Value>,
    on_close: Vec<Box<dyn OnClose>>,
    closed: Option<Box<CloseReason>>,
}

/// A hook, called once.
trait OnClose: MaybeSend {
    fn call(self: Box<Self>, session: &Session, reason: &CloseReason);
}

impl<F: FnOnce(&Session, &CloseReason) + MaybeSend> OnClose for F {
    fn call(self: Box<Self>, session: &Session, reason: &CloseReason) {
        self(session, reason);
    }
}

/// A user id that a session cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// It has another one; unbind first.
    #[error("the session is bound to `{0}` already: unbind it first")]
    Bound(Arc<str>),
    /// The session is closed.
    #[error("the session is closed")]
    Closed,
    /// Empty, or longer than `Limits::uid`.
    #[error("a uid has 1 to {limit} bytes, this one has {len}")]
    Length {
        /// Bytes of this one.
        len: usize,
        /// Bytes allowed.
        limit: usize,
    },
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
            told: Told::default(),
            alarm: AtomicU64::new(u64::MAX),
            state: Mutex::default(),
            client: OnceLock::new(),
        }))
    }

    /// Its number on this server.
    pub fn id(&self) -> SessionId {
        self.0.id
    }

    /// Who is at the other end.
    pub fn peer(&self) -> &Peer {
        &self.0.peer
    }

    /// What the client said about itself in the handshake, on connectors that
    /// have one.
    pub fn client(&self) -> Option<&ClientProfile> {
        self.0.client.get().map(|client| &**client)
    }

    /// The user that it is bound to, or was when it ended.
    pub fn uid(&self) -> Option<Arc<str>> {
        self.state().uid.clone()
    }

    /// Binds it to a user. Several sessions may have the same one. Binding to
    /// the same user again does nothing.
    ///
    /// # Errors
    /// [`BindError`] if it is bound to another, or closed, or the uid is empty
    /// or too long.
    pub fn bind(&self, uid: &str) -> Result<(), BindError> {
        let (len, limits) = (uid.len(), &self.0.limits);
        if len > limits.uid {
            self.reached(Limit::Uid);
        }
        if len == 0 || len > limits.enforced().uid {
            return Err(BindError::Length { len, limit: limits.uid });
        }
        let mut state = self.state();
        match &state.uid {
            _ if state.closed.is_some() => Err(BindError::Closed),
            Some(bound) if **bound == *uid => Ok(()),
            Some(bound) => Err(BindError::Bound(bound.clone())),
            None => {
                let uid: Arc<str> = uid.into();
                state.uid = Some(uid.clone());
                if let Some(registry) = self.0.registry.upgrade() {
                    registry.bind(uid, self);
                }
                Ok(())
            }
        }
    }

    /// Takes the user off; the one that it was bound to is returned.
    pub fn unbind(&self) -> Option<Arc<str>> {
        let mut state = self.state();
        let uid = state.uid.take()?;
        if let Some(registry) = self.0.registry.upgrade() {
            registry.unbind(&uid, self.id());
        }
        Some(uid)
    }

    /// Remembers a setting until the session ends.
    ///
    /// # Errors
    /// A value that JSON cannot express.
    pub fn set<T: Serialize + ?Sized>(
        &self,
        key: impl Into<String>,
        value: &T,
    ) -> Result<(), serde_json::Error> {
        let value = serde_json::to_value(value)?;
        self.state().settings.insert(key.into(), value);
        Ok(())
    }

    /// A setting, if it is there and of this type.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Option<T> {
        let value = self.state().settings.get(key)?.clone();
        serde_json::from_value(value).ok()
    }

    /// Forgets a setting; the old value is returned.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.state().settings.remove(key)
    }

    /// All settings.
    pub fn settings(&self) -> BTreeMap<String, Value> {
        self.state().settings.clone()
    }

    /// Returns the format of bodies whose route has none of its own.
    pub fn format(&self) -> Format {
        self.0.encoder.agreement().format
    }

    /// Sends a message that answers nothing.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// # fn example(session: &Session) -> Result<(), connector::session::PushError> {
    /// session.push("onJoin", Json("ann"))
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`PushError`] if the session is closed, its peer does not read, or the
    /// body cannot be written. `Ok` means it waits to be sent.
    pub fn push<B: ToBody>(&self, route: impl RouteFor<B>, body: B) -> Result<(), PushError> {
        self.push_body(route.name(), &body)
    }

    fn push_body(&self, route: &str, body: &dyn ToBody) -> Result<(), PushError> {
        let mut out = Vec::new();
        self.0.encoder.write_push(route, body, &mut out)?;
        self.push_framed(out.into())
    }

    /// Sends several messages as one batch, in the way of the connector: one
    /// array, one frame, or one after the other. Bodies of several types are
    /// `&dyn ToBody`.
    ///
    /// # Errors
    /// As [`Session::push`]; none of them is sent then.
    pub fn push_batch<B: ToBody>(
        &self,
        messages: &[(impl RouteFor<B>, B)],
    ) -> Result<(), PushError> {
        if self.0.outbox.batches() {
            return messages
                .iter()
                .try_for_each(|(route, body)| self.push_body(route.name(), body));
        }
        let messages: Vec<(&str, &dyn ToBody)> =
            messages.iter().map(|(route, body)| (route.name(), body as _)).collect();
        let mut out = Vec::new();
        self.0.encoder.write_batch(&messages, &mut out)?;
        self.push_framed(out.into())
    }

    /// Tells the client that it is kicked, with the reason, and closes the
    /// connection once that is sent.
    pub fn kick<'a>(&self, reason: impl Into<Option<&'a str>>) {
        let reason = CloseReason::Kicked(reason.into().map(str::to_owned));
        self.0.outbox.close(CloseOrder { reason, drain: false });
    }

    /// Closes the connection once all that waits is sent.
    pub fn close(&self) {
        self.0.outbox.close(CloseOrder { reason: CloseReason::Requested, drain: false });
    }

    /// Why the session ended, if it has.
    pub fn close_reason(&self) -> Option<CloseReason> {
        self.state().closed.as_deref().cloned()
    }

    /// Calls `hook` when the session ends; at once if it has.
    pub fn on_close(&self, hook: impl FnOnce(&Self, &CloseReason) + MaybeSend + 'static) {
        let mut state = self.state();
        match state.closed.as_deref().cloned() {
            None => state.on_close.push(Box::new(hook)),
            Some(reason) => {
                drop(state);
                hook(self, &reason);
            }
        }
    }

    /// Counts that a limit was reached, and tells so if a dry run lets that
    /// pass.
    pub(crate) fn reached(&self, limit: Limit) {
        let who = format_args!("session {} of {}", self.id(), self.peer());
        self.0.told.reached(&self.0.limits, limit, &who);
    }

    pub(crate) fn push_framed(&self, bytes: Bytes) -> Result<(), PushError> {
        if self.put_framed(bytes)? {
            self.0.outbox.wake();
        }
        Ok(())
    }

    /// Puts a framed message into the outbox; `true` if the caller has to see to
    /// it that it is sent.
    pub(crate) fn put_framed(&self, bytes: Bytes) -> Result<bool, PushError> {
        let len = bytes.len();
        let Put { first, queued } = self.0.outbox.put(bytes)?;
        let limit = self.0.limits.queued;
        if queued > limit && queued - len <= limit {
            self.reached(Limit::Queued);
        }
        Ok(first)
    }

    pub(crate) fn set_client(&self, client: ClientProfile) {
        let client = match self.0.registry.upgrade() {
            Some(registry) => registry.share_client(client),
            None => Arc::new(client),
        };
        let _ = self.0.client.set(client);
    }

    /// The end: nothing is sent any more, the hooks run, the user id is free.
    pub(crate) fn ended(&self, reason: &CloseReason) {
        self.0.outbox.end();
        let hooks = {
            let mut state = self.state();
            if state.closed.is_some() {
                return;
            }
            state.closed = Some(Box::new(reason.clone()));
            std::mem::take(&mut state.on_close)
        };
        if let Some(registry) = self.0.registry.upgrade() {
            registry.remove(self);
        }
        for hook in hooks {
            isolate("a session's close hook", || hook.call(self, reason));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
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
