//! The state that the handles of a hosted plugin share with its task.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use connector_protocol::remix::{
    Answer, Arguments, HostCall, HostReply, HostSession, Message, Outcome, RemixError, Ticket,
};
use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit};
use tokio::sync::{oneshot, watch};

use super::subscriptions::{Span, Subscriptions};
use crate::limits::HeldInAll;
use crate::metrics;
use crate::plugin::PluginOptions;
use crate::plugin::calls::{MethodResult, drop_listeners};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::listeners::Listeners;
use crate::plugin::pending_call::PendingCall;
use crate::plugin::shared::Shared;
use crate::runtime::Instant;
use crate::{MaybeSend, MaybeSync};

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

/// The engine around a plugin, which has the queue of its calls.
pub(in crate::plugin) trait Around: MaybeSend + MaybeSync {
    /// Handles the outcome of a call that the engine has started.
    fn answered(&self, call: Ticket, outcome: Outcome);

    /// Handles another status of the connection. That of its end comes before the calls that
    /// run fail.
    fn status_changed(&self, plugin: &str, status: PluginStatus);

    /// Returns what all plugins of the engine hold.
    fn held(&self) -> Arc<HeldInAll>;
}

/// Who gets the outcome of a call.
enum Caller {
    /// A handle, which waits for it.
    Handle(oneshot::Sender<Outcome>),
    /// The engine around the plugin, which has given the call this ticket.
    Around(Ticket),
}

pub(super) struct Inner {
    pub(super) shared: Shared<State>,
    pub(super) status: watch::Sender<PluginStatus>,
    around: Option<Box<dyn Around>>,
    /// What all plugins of the engine hold.
    pub(super) held: Option<Arc<HeldInAll>>,
    /// The most values of a result.
    pub(super) values: AtomicUsize,
    started: Instant,
}

pub(super) struct State {
    pub(super) session: HostSession,
    /// The messages for the task to send.
    pub(super) out: Vec<Message>,
    pub(super) options: PluginOptions,
    calls: BTreeMap<Ticket, Caller>,
    pub(super) subscriptions: Subscriptions,
    pub(super) listeners: Listeners<String>,
    /// Who waits until the plugin's calls are answered.
    pub(super) finishing: Vec<oneshot::Sender<()>>,
}

impl Inner {
    pub(super) fn new(
        session: HostSession,
        options: PluginOptions,
        around: Option<Box<dyn Around>>,
    ) -> Self {
        let state = State {
            session,
            out: Vec::new(),
            options,
            calls: BTreeMap::new(),
            subscriptions: Subscriptions::default(),
            listeners: Listeners::default(),
            finishing: Vec::new(),
        };
        let status = watch::Sender::new(PluginStatus::Disconnected);
        let held = around.as_ref().map(|engine| engine.held());
        let (values, started) = (AtomicUsize::default(), Instant::now());
        Self { shared: Shared::new(state), status, around, held, values, started }
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
        let ticket = self.add(call, Caller::Handle(answer))?;
        Ok(PendingCall::new(callee, answered, move || self.give_up(ticket)))
    }

    /// Makes a call for the engine around the plugin, which gets the outcome.
    pub(super) fn start(&self, call: HostCall, ticket: Ticket) -> Result<Ticket, RemixError> {
        self.add(call, Caller::Around(ticket))
    }

    fn add(&self, call: HostCall, caller: Caller) -> Result<Ticket, RemixError> {
        let now = self.now();
        self.shared.update(|state| {
            let ticket = state.session.call(call, now, &mut state.out)?;
            state.calls.insert(ticket, caller);
            Ok(ticket)
        })
    }

    /// Ends a call whose outcome nobody needs any more.
    pub(super) fn give_up(&self, ticket: Ticket) {
        let now = self.now();
        self.shared.update(|state| {
            if state.calls.remove(&ticket).is_some() {
                state.session.give_up(ticket, now, &mut state.out);
            }
        });
    }

    pub(super) fn cancel(&self, from: &str, method: Option<&str>) {
        let now = self.now();
        let cancel = |state: &mut State| state.session.cancel(from, method, now, &mut state.out);
        let canceled = self.shared.update(cancel);
        self.answer(canceled);
    }

    /// Hands out the outcomes of calls that have ended. Not under the lock, since the engine
    /// may make further calls at once.
    pub(super) fn answer(&self, answers: impl IntoIterator<Item = Answer<Ticket>>) {
        for Answer { id, outcome } in answers {
            let caller = self.shared.lock().calls.remove(&id);
            match (caller, &self.around) {
                // The caller may have dropped its future.
                (Some(Caller::Handle(caller)), _) => drop(caller.send(outcome)),
                (Some(Caller::Around(ticket)), Some(engine)) => engine.answered(ticket, outcome),
                _ => {}
            }
        }
    }

    /// Changes the status, then fails all calls, since the connection ended. In this order,
    /// so that nobody sees a call fail on a plugin that is ready. Subscriptions outlive a
    /// connection that is opened again, and no other.
    pub(super) fn disconnected(&self, status: PluginStatus) {
        if !matches!(status, PluginStatus::Lost(_)) {
            self.shared.lock().subscriptions.clear();
        }
        self.set_status(status);
        let failed = self.shared.update(|state| {
            state.out.clear();
            state.finishing.clear();
            state.session.handle_disconnect()
        });
        self.answer(failed);
    }

    /// Changes the status, and tells that the engine around the plugin at once.
    pub(super) fn set_status(&self, status: PluginStatus) {
        self.status.send_replace(status.clone());
        if let Some(engine) = &self.around {
            let name = self.shared.lock().session.name().to_owned();
            engine.status_changed(&name, status);
        }
    }

    /// Changes the options: those of the queue at once, the others from the next connection
    /// on.
    pub(super) fn set_options(&self, options: PluginOptions) {
        let now = self.now();
        self.values.store(options.limits.enforced().values, Ordering::Relaxed);
        self.shared.update(|state| {
            state.session.set_engine(options.engine.clone());
            state.session.set_queue(&options.queue(), now, &mut state.out);
            state.options = options;
        });
    }

    /// Removes one of the listeners of an event, or all.
    pub(super) fn unlisten(&self, key: &String, id: Option<u64>) {
        let removed = self.shared.lock().listeners.remove(key, id);
        drop_listeners(removed);
    }
}

impl State {
    pub(super) fn respond(&mut self, reply: HostReply, result: MethodResult) {
        let result = result.map_err(|error| error.into_text());
        self.session.respond(reply, result, &mut self.out);
    }

    /// Subscribes the plugin to an event. Returns `false` if it has too many already.
    pub(super) fn subscribe(
        &mut self,
        (name, key): (&str, &str),
        span: Span,
        limits: &ConnectionLimits,
    ) -> bool {
        let subscribed = self.subscriptions.add(name, key, span, limits);
        if !subscribed {
            self.log_refusal(name, key);
        }
        subscribed
    }

    /// Takes a subscription back that the engine around the plugin refuses.
    pub(super) fn refuse_subscription(&mut self, name: &str, key: &str) {
        self.subscriptions.remove(name, key);
        metrics::limit_reached(Limit::Subscriptions);
        self.log_refusal(name, key);
    }

    /// Logs the first subscription of a connection that was refused.
    fn log_refusal(&mut self, name: &str, key: &str) {
        if self.subscriptions.is_first_refusal() {
            let plugin = self.session.name();
            tracing::warn!(
                plugin = %escaped(plugin),
                name = %escaped(name),
                key = %escaped(key),
                "a plugin listens to too many events: further subscriptions are refused"
            );
        }
    }

    /// Delivers an event if the plugin is subscribed to it. Returns that subscription.
    pub(super) fn notify(&mut self, name: &str, key: &str, payload: Arguments) -> Option<Span> {
        let span = self.subscriptions.deliver(name, key)?;
        self.session.notify(name, key, payload, &mut self.out);
        Some(span)
    }
}
