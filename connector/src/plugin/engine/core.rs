//! The state of an engine, which its handles, its plugins and its task share.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, MutexGuard};
use std::task::Context;
use std::time::Duration;

use connector_protocol::Limits;
use connector_protocol::remix::{
    Answer, Arguments, EngineEvent, EngineSession, HostCall, Outcome, Profile, QueueOptions,
    RemixError, Ticket,
};
use tokio::sync::{oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::EngineError;
use super::activation::Activation;
use super::link::EngineLink;
use super::manager::{MANAGER, event};
use super::permissions::DynPermissions;
use crate::limits::HeldInAll;
use crate::plugin::calls::{drop_listeners, notify};
use crate::plugin::host::Span;
use crate::plugin::listeners::Listeners;
use crate::plugin::pending_call::PendingCall;
use crate::plugin::shared::Shared;
use crate::plugin::{Callback, Consent, PluginConnector, PluginOptions, RemotePlugin};
use crate::runtime::Instant;

/// The options of a connection whose calls the engine's machine starts and ends.
fn run_by_engine(options: PluginOptions) -> PluginOptions {
    options.at_once(usize::MAX).queue_timeout(Duration::MAX)
}

/// What the handles, plugins and the task of an engine share.
pub(super) struct Core {
    shared: Shared<State>,
    started: Instant,
    pub(super) permissions: Box<dyn DynPermissions>,
    /// What the messages of all plugins take whose calls run, and their connections.
    pub(super) held: Arc<HeldInAll>,
    /// Cancelled when the engine stops and all calls have ended.
    pub(super) drained: CancellationToken,
}

pub(super) struct State {
    pub(super) session: EngineSession,
    pub(super) plugins: HashMap<Arc<str>, Hosted>,
    callers: BTreeMap<Ticket, oneshot::Sender<Outcome>>,
    /// The tickets that plugins' connections have given the calls that run.
    running: BTreeMap<Ticket, Ticket>,
    /// The engine's own listeners, which listen as the manager.
    listeners: Listeners<(String, String)>,
    /// What the engine's task has to do.
    pub(super) tasks: VecDeque<EngineEvent>,
    /// Further calls are refused, except those that a plugin makes for a call that it runs.
    pub(super) is_stopping: bool,
    /// The latest time of any plugin.
    latest: Era,
    /// The time at which that task looks at the clock by itself.
    pub(super) alarm: Option<Duration>,
}

/// What follows from a change, and waits until the state is not locked.
#[derive(Default)]
struct Following {
    /// Events for the engine's own listeners.
    heard: Vec<(Callback, Arguments)>,
    /// The engine's task has something to do.
    wakes: bool,
}

/// A plugin's connection.
pub(super) struct Hosted {
    pub(super) remote: RemotePlugin,
    pub(super) consent: Option<Arc<dyn Consent>>,
    /// The state of the current activation.
    pub(super) activation: watch::Sender<Activation>,
    /// The time since it was registered or deactivated: what an earlier one has begun is over.
    pub(super) era: Era,
}

/// A time of a plugin, which no other one has, nor one of its name that was registered before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Era(u64);

impl Core {
    pub(super) fn new(permissions: Box<dyn DynPermissions>) -> Self {
        let state = State {
            session: EngineSession::default(),
            plugins: HashMap::new(),
            callers: BTreeMap::new(),
            running: BTreeMap::new(),
            listeners: Listeners::default(),
            tasks: VecDeque::new(),
            is_stopping: false,
            latest: Era::default(),
            alarm: None,
        };
        let (held, drained) = (Arc::default(), CancellationToken::new());
        Self { shared: Shared::new(state), started: Instant::now(), permissions, held, drained }
    }

    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// Returns the instant of a time, unless it is beyond the clock's range.
    pub(super) fn at(&self, time: Duration) -> Option<Instant> {
        self.started.checked_add(time)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.shared.lock()
    }

    /// Changes the state, and does what follows from that at once, so that a call takes no
    /// turn of another task.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut following = Following::default();
        let now = self.now();
        let (result, is_drained) = {
            let state = &mut *self.shared.lock();
            let result = change(state);
            state.follow(now, &mut following);
            (result, state.is_stopping && state.callers.is_empty())
        };
        if is_drained {
            self.drained.cancel();
        }
        if following.wakes {
            self.wake();
        }
        following.heard.into_iter().for_each(|(callback, payload)| notify(callback, payload));
        result
    }

    /// Wakes the engine's task, which looks at the state.
    pub(super) fn wake(&self) {
        self.shared.update(|_| {});
    }

    pub(super) fn register_waker(&self, cx: &Context<'_>) {
        self.shared.register(cx.waker());
    }

    pub(super) fn register(
        self: &Arc<Self>,
        connector: impl PluginConnector,
        options: PluginOptions,
    ) -> Result<(), EngineError> {
        let profile = connector.profile().clone();
        let (queue, events) = (options.queue(), options.event_bounds());
        let consent = connector.consent();
        let remote = RemotePlugin::within(EngineLink::new(self), connector, run_by_engine(options));
        let activation = watch::Sender::default();
        self.update(|state| {
            state.session.register(profile.clone(), queue)?;
            state.session.set_event_bounds(&profile.name, events);
            let hosted = Hosted { remote, consent, activation, era: state.next_era() };
            state.plugins.insert(profile.name.as_str().into(), hosted);
            state.tell("profileAdded", &profile);
            Ok(())
        })
    }

    pub(super) fn set_options(&self, name: &str, options: PluginOptions) {
        self.set_queue(name, options.queue());
        let remote = {
            let state = &mut *self.state();
            state.session.set_event_bounds(name, options.event_bounds());
            state.plugins.get(name).map(|hosted| hosted.remote.clone())
        };
        if let Some(remote) = remote {
            remote.set_options(run_by_engine(options));
        }
    }

    pub(super) fn set_queue(&self, name: &str, queue: QueueOptions) {
        let now = self.now();
        self.update(|state| state.session.set_queue(name, queue, now));
    }

    pub(super) fn remove(&self, name: &str) -> Option<Profile> {
        let now = self.now();
        let (profile, hosted) =
            self.update(|state| (state.session.remove(name, now), state.plugins.remove(name)));
        // Not under the lock.
        drop(hosted);
        profile
    }

    /// Returns who is asked before a plugin within the program is activated or deactivated.
    pub(super) fn consent(&self, name: &str) -> Option<Arc<dyn Consent>> {
        self.state().plugins.get(name)?.consent.clone()
    }

    /// Calls a method, and waits for the outcome. Dropped before that, the call is given up.
    pub(super) async fn call(&self, call: HostCall) -> Outcome {
        let (answer, answered) = oneshot::channel();
        let target = call.target().to_owned();
        let now = self.now();
        let ticket = self.update(|state| {
            if state.is_stopping && state.session.running(&call.from).is_empty() {
                let HostCall { from: caller, method, .. } = call;
                let target = target.clone();
                return Err(RemixError::Stopping { target, caller, method });
            }
            let ticket = state.session.call(call, now)?;
            state.callers.insert(ticket, answer);
            Ok::<_, RemixError>(ticket)
        })?;
        let pending = PendingCall::new(target, answered, || {
            let now = self.now();
            self.update(|state| {
                if state.callers.remove(&ticket).is_some() {
                    state.session.give_up(ticket, now);
                }
            });
        });
        pending.await
    }

    /// Returns the most values that a plugin's results may have.
    pub(super) fn values_of(&self, plugin: &str) -> usize {
        let state = self.state();
        let remote = state.plugins.get(plugin).map(|hosted| &hosted.remote);
        remote.map_or_else(|| Limits::default().values, RemotePlugin::values)
    }

    pub(super) fn methods_changed(&self, plugin: &str, methods: &[String]) {
        self.update(|state| {
            let Some(profile) = state.session.profile_mut(plugin) else { return };
            if profile.methods.as_deref() == Some(methods) {
                return;
            }
            profile.methods = Some(methods.to_vec());
            let profile = profile.clone();
            state.tell("profileUpdated", &profile);
        });
    }

    /// Adds a listener of the engine's own. Returns its id, unless the last value was its
    /// only event.
    pub(super) fn listen(
        &self,
        name: &str,
        key: &str,
        callback: Callback,
        once: bool,
    ) -> Option<u64> {
        let (id, replay) = self.update(|state| {
            let last = state.session.last_value(name, key).cloned();
            let id = (!once || last.is_none()).then(|| {
                state.session.listen(MANAGER, name, key);
                let event = (name.to_owned(), key.to_owned());
                state.listeners.add(event, callback.clone(), once)
            });
            (id, last)
        });
        if let Some(value) = replay {
            notify(callback, value);
        }
        id
    }

    /// Removes one of the engine's own listeners of an event, or all.
    pub(super) fn unlisten(&self, name: &str, key: &str, id: Option<u64>) {
        let removed = self.update(|state| {
            let event = (name.to_owned(), key.to_owned());
            let removed = state.listeners.remove(&event, id);
            let manager = state.plugins.get(MANAGER);
            let wants = manager.is_some_and(|manager| manager.remote.is_subscribed(name, key));
            if !wants && !state.listeners.has(&event) {
                state.session.off(MANAGER, name, key);
            }
            removed
        });
        drop_listeners(removed);
    }
}

impl State {
    /// Begins a time of a plugin.
    pub(super) fn next_era(&mut self) -> Era {
        self.latest.0 += 1;
        self.latest
    }

    /// Does what the machine asks for, and leaves to the engine's task what takes time.
    fn follow(&mut self, now: Duration, following: &mut Following) {
        while let Some(event) = self.session.poll_event() {
            match event {
                EngineEvent::Start { ticket, call } => self.start(ticket, call, now, following),
                EngineEvent::Drop { ticket, target } => {
                    let call = self.running.remove(&ticket);
                    if let (Some(call), Some(hosted)) = (call, self.plugins.get(&target)) {
                        hosted.remote.give_up(call);
                    }
                }
                EngineEvent::Answered(Answer { id, outcome }) => {
                    self.running.remove(&id);
                    if let Some(caller) = self.callers.remove(&id) {
                        // The caller may have dropped its future.
                        let _ = caller.send(outcome);
                    }
                }
                EngineEvent::Notify { listener, name, key, payload } => {
                    let callbacks = self.deliver(&listener, &name, &key, &payload);
                    let heard = callbacks.into_iter().map(|callback| (callback, payload.clone()));
                    following.heard.extend(heard);
                }
                task => {
                    if let EngineEvent::Activate(name) = &task
                        && let Some(hosted) = self.plugins.get(name)
                    {
                        hosted.activation.send_replace(Activation::Begun);
                    }
                    self.tasks.push_back(task);
                    following.wakes = true;
                }
            }
        }
    }

    /// Hands a call to its plugin's connection.
    fn start(
        &mut self,
        ticket: Ticket,
        mut call: HostCall,
        now: Duration,
        following: &mut Following,
    ) {
        let deadline = self.session.deadline_of(call.target());
        if self.alarm.is_none_or(|alarm| deadline.is_some_and(|deadline| deadline < alarm)) {
            following.wakes = true;
        }
        // The engine's clock counts, which may be stopped.
        call.timeout = None;
        let Some(hosted) = self.plugins.get(call.target()) else { return };
        match hosted.remote.start(call, ticket) {
            Ok(running) => _ = self.running.insert(ticket, running),
            Err(error) => self.session.finish(ticket, Err(error), now),
        }
    }

    /// Subscribes a plugin to the events that its profile names.
    pub(super) fn subscribe(&mut self, profile: &Profile) {
        let Some(hosted) = self.plugins.get(&*profile.name) else { return };
        for (name, keys) in profile.notifications.iter().flatten() {
            for key in keys {
                if hosted.remote.subscribe(name, key)
                    && self.session.on(&profile.name, name, key).is_err()
                {
                    hosted.remote.refuse_subscription(name, key);
                }
            }
        }
    }

    /// Subscribes a plugin to an event, as its connection has done already. The two count
    /// the same and have the same bounds, unless these have changed since it was connected.
    pub(super) fn subscribed(&mut self, plugin: &str, name: &str, key: &str) {
        if self.session.on(plugin, name, key).is_err()
            && let Some(hosted) = self.plugins.get(plugin)
        {
            hosted.remote.refuse_subscription(name, key);
        }
    }

    /// Emits one of the manager's events about a plugin.
    pub(super) fn tell(&mut self, key: &str, profile: &Profile) {
        if let Some(payload) = event(profile) {
            self.session.emit(MANAGER, key, &payload);
        }
    }

    /// Delivers an event to a plugin. Returns the engine's own listeners of it.
    pub(super) fn deliver(
        &mut self,
        listener: &str,
        name: &str,
        key: &str,
        payload: &Arguments,
    ) -> Vec<Callback> {
        let remote = self.plugins.get(listener).map(|hosted| hosted.remote.clone());
        let span = remote.and_then(|remote| remote.deliver(name, key, payload.clone()));
        let mut callbacks = Vec::new();
        let mut listens = span == Some(Span::On);
        if listener == MANAGER {
            let event = (name.to_owned(), key.to_owned());
            callbacks = self.listeners.deliver(&event);
            listens |= self.listeners.has(&event);
        }
        if !listens {
            self.session.off(listener, name, key);
        }
        callbacks
    }
}
