//! The state that the handles of a hosted plugin share with its task.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::remix::{
    Answer, Arguments, HostCall, HostSession, Message, Outcome, RemixError, Ticket,
};
use tokio::sync::{oneshot, watch};

use super::subscriptions::Subscriptions;
use crate::plugin::Callback;
use crate::plugin::pending_call::PendingCall;
use crate::plugin::shared::Shared;
use crate::runtime::Instant;

/// The status of a plugin's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PluginStatus {
    /// There is no connection: not yet, or not any more.
    Disconnected,
    /// The connection is being opened, for the first time or again.
    Connecting,
    /// The connection is open, and the plugin may be called.
    Ready,
    /// The connection ended for this reason. It is opened again after
    /// [`reconnect_delay`](crate::plugin::PluginOptions::reconnect_delay) or later.
    Lost(CloseReason),
    /// The connection ended for this reason, and is not opened again.
    Ended(CloseReason),
}

pub(super) struct Inner {
    pub(super) shared: Shared<State>,
    pub(super) status: watch::Sender<PluginStatus>,
    started: Instant,
}

pub(super) struct State {
    pub(super) session: HostSession,
    /// The messages for the task to send.
    pub(super) out: Vec<Message>,
    calls: HashMap<Ticket, oneshot::Sender<Outcome>>,
    pub(super) subscriptions: Subscriptions,
    listeners: HashMap<String, Vec<Callback>>,
}

impl Inner {
    pub(super) fn new(session: HostSession) -> Self {
        let state = State {
            session,
            out: Vec::new(),
            calls: HashMap::new(),
            subscriptions: Subscriptions::default(),
            listeners: HashMap::new(),
        };
        let status = watch::Sender::new(PluginStatus::Disconnected);
        Self { shared: Shared::new(state), status, started: Instant::now() }
    }

    /// Returns the time for the session machine.
    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the instant of a time, unless it is beyond the clock's range.
    pub(super) fn at(&self, time: Duration) -> Option<Instant> {
        self.started.checked_add(time)
    }

    pub(super) fn call(&self, call: HostCall) -> Result<PendingCall<impl FnOnce()>, RemixError> {
        let callee = call.target().to_owned();
        let (answer, answered) = oneshot::channel();
        let now = self.now();
        let ticket = self.shared.update(|state| {
            let ticket = state.session.call(call, now, &mut state.out)?;
            state.calls.insert(ticket, answer);
            Ok::<_, RemixError>(ticket)
        })?;
        Ok(PendingCall::new(callee, answered, move || {
            let now = self.now();
            self.shared.update(|state| {
                if state.calls.remove(&ticket).is_some() {
                    state.session.give_up(ticket, now, &mut state.out);
                }
            });
        }))
    }

    pub(super) fn cancel(&self, from: &str, method: Option<&str>) {
        let now = self.now();
        self.shared.update(|state| {
            let canceled = state.session.cancel(from, method, now, &mut state.out);
            canceled.into_iter().for_each(|answer| state.answer(answer));
        });
    }

    /// Changes the status, then fails all calls, since the connection ended. In this order,
    /// so that nobody sees a call fail on a plugin that is ready.
    pub(super) fn disconnected(&self, status: PluginStatus) {
        self.status.send_replace(status);
        self.shared.update(|state| {
            state.out.clear();
            state.session.handle_disconnect().into_iter().for_each(|answer| state.answer(answer));
        });
    }
}

impl State {
    pub(super) fn answer(&mut self, answer: Answer<Ticket>) {
        if let Some(call) = self.calls.remove(&answer.id) {
            // The caller may have dropped its future.
            let _ = call.send(answer.outcome);
        }
    }

    /// Delivers an event if the plugin is subscribed to it.
    pub(super) fn notify(&mut self, name: &str, key: &str, payload: Arguments) -> bool {
        let wanted = self.subscriptions.deliver(name, key);
        if wanted {
            self.session.notify(name, key, payload, &mut self.out);
        }
        wanted
    }

    pub(super) fn listen(&mut self, key: &str, callback: Callback) {
        self.listeners.entry(key.to_owned()).or_default().push(callback);
    }

    /// Removes the listeners of an event. They are not to be dropped under the lock.
    #[must_use]
    pub(super) fn unlisten(&mut self, key: &str) -> Vec<Callback> {
        self.listeners.remove(key).unwrap_or_default()
    }

    pub(super) fn callbacks(&self, key: &str) -> Vec<Callback> {
        let callbacks = self.listeners.get(key);
        callbacks.into_iter().flatten().map(Arc::clone).collect()
    }
}
