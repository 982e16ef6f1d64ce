//! The state that the handles of a plugin's connection share with its task.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use connector_protocol::CloseReason;
use connector_protocol::remix::{
    Answer, Arguments, CallId, ListenerId, Message, Outcome, PluginSession, RemixError, Reply,
};
use tokio::sync::{oneshot, watch};

use super::PluginClient;
use super::link::AnyLink;
use crate::plugin::Callback;
use crate::plugin::calls::{MethodResult, drop_listeners, notify};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::pending_call::PendingCall;
use crate::plugin::shared::Shared;
use crate::runtime::BoxFuture;

/// The content of an engine's first handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loaded {
    /// The plugin's name in the engine.
    pub name: String,
    /// The program that the engine runs in, such as `vscode`, if the engine sent it.
    pub engine: Option<String>,
}

pub(super) struct Inner {
    pub(super) shared: Shared<State>,
    pub(super) limits: ConnectionLimits,
    pub(super) status: watch::Sender<Status>,
    /// Serves the client's connection, until it has one.
    pub(super) connect: Mutex<Option<Connect>>,
}

pub(super) struct State {
    pub(super) session: PluginSession,
    /// The messages for the task to send.
    pub(super) out: Vec<Message>,
    pub(super) calls: HashMap<CallId, oneshot::Sender<Outcome>>,
    pub(super) listeners: HashMap<ListenerId, Listener>,
    /// The reason with which the task is to close the connection.
    pub(super) close: Option<CloseReason>,
}

pub(super) struct Listener {
    callback: Callback,
    once: bool,
}

#[derive(Debug, Default)]
pub(super) struct Status {
    pub(super) loaded: Option<Loaded>,
    pub(super) closed: Option<CloseReason>,
    /// The hook for the end has run too.
    pub(super) gone: bool,
}

/// Serves a client over a link to its end. It is called once.
#[cfg(not(target_family = "wasm"))]
pub(super) type Connect =
    Box<dyn FnOnce(PluginClient, AnyLink) -> BoxFuture<'static, CloseReason> + Send>;
#[cfg(target_family = "wasm")]
pub(super) type Connect = Box<dyn FnOnce(PluginClient, AnyLink) -> BoxFuture<'static, CloseReason>>;

impl Inner {
    pub(super) fn new(
        methods: Vec<String>,
        limits: ConnectionLimits,
        connect: Option<Connect>,
    ) -> Self {
        let state = State {
            session: PluginSession::new(methods)
                .last_values(limits.enforced.subscriptions, limits.enforced.call_bytes),
            out: Vec::new(),
            calls: HashMap::new(),
            listeners: HashMap::new(),
            close: None,
        };
        let (shared, status) = (Shared::new(state), watch::Sender::default());
        Self { shared, limits, status, connect: Mutex::new(connect) }
    }

    pub(super) fn call(
        &self,
        path: &str,
        method: &str,
        payload: Arguments,
    ) -> Result<PendingCall<impl FnOnce()>, RemixError> {
        let (answer, answered) = oneshot::channel();
        let id = self.shared.update(|state| {
            let id = state.session.call(path, method, payload, &mut state.out)?;
            state.calls.insert(id, answer);
            Ok::<_, RemixError>(id)
        })?;
        Ok(PendingCall::new("the engine", answered, move || {
            self.shared.update(|state| {
                if state.calls.remove(&id).is_some() {
                    state.session.give_up(id, &mut state.out);
                }
            });
        }))
    }

    pub(super) fn listen(
        &self,
        name: &str,
        key: &str,
        callback: Callback,
        once: bool,
    ) -> ListenerId {
        let subscription = self.shared.update(|state| {
            let session = &mut state.session;
            let out = &mut state.out;
            let subscription =
                if once { session.once(name, key, out) } else { session.on(name, key, out) };
            // The status changes before the listeners of a connection that ends are dropped.
            let is_open = self.status.borrow().closed.is_none();
            if is_open && (!once || subscription.replay.is_none()) {
                let listener = Listener { callback: callback.clone(), once };
                state.listeners.insert(subscription.listener, listener);
            }
            subscription
        });
        if let Some(value) = subscription.replay {
            notify(callback, value);
        }
        subscription.listener
    }

    /// Ends the connection for its handles, calls and listeners.
    pub(super) fn end(&self, reason: &CloseReason) {
        // Before calls fail, so that nobody sees one fail on an open connection.
        self.status.send_if_modified(|status| {
            let first = status.closed.is_none();
            status.closed.get_or_insert_with(|| reason.clone());
            first
        });
        let listeners = self.shared.update(|state| {
            let answers = state.session.handle_disconnect();
            answers.into_iter().for_each(|answer| state.answer(answer));
            state.out.clear();
            std::mem::take(&mut state.listeners)
        });
        drop_listeners(listeners.into_values());
    }
}

impl State {
    pub(super) fn respond(&mut self, reply: Reply, result: MethodResult) {
        let result = result.map_err(|error| error.into_text());
        self.session.respond(reply, result, &mut self.out);
    }

    pub(super) fn answer(&mut self, answer: Answer<CallId>) {
        if let Some(call) = self.calls.remove(&answer.id) {
            // The caller may have dropped its future.
            let _ = call.send(answer.outcome);
        }
    }

    /// Returns the callback of a listener, and removes one for one event.
    pub(super) fn callback(&mut self, id: ListenerId) -> Option<Callback> {
        let listener = self.listeners.get(&id)?;
        let callback = Arc::clone(&listener.callback);
        if listener.once {
            self.listeners.remove(&id);
        }
        Some(callback)
    }
}
