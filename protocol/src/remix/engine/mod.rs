//! The machine of an engine: the registry of plugins, their calls, their events.

mod bounds;
mod calls;
mod event;
mod hosted;
mod topics;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::subscriptions::Span;
use super::{Arguments, Profile, QueueOptions, RemixError};
pub use bounds::EventBounds;
pub use event::EngineEvent;
pub use hosted::Activity;
use hosted::{Hosted, not_activated};
use topics::Topics;

/// The machine of an engine, for plugins inside and outside of its program alike.
///
/// It has the registry of plugins and their activity, a queue of calls for each plugin,
/// subscriptions, and the last values of events. It has neither a clock nor connections: a
/// driver tells it what happens, and does what [`EngineSession::poll_event`] returns.
///
/// ```
/// use std::time::Duration;
/// use connector_protocol::remix::{
///     Arguments, EngineEvent, EngineSession, HostCall, Profile, QueueOptions,
/// };
///
/// let mut engine = EngineSession::default();
/// let clock = Profile::new("clock").methods(["now"]);
/// engine.register(clock, QueueOptions::default())?;
/// engine.activate("clock");
/// assert_eq!(engine.poll_event(), Some(EngineEvent::Activate("clock".into())));
///
/// // The driver has opened its connection.
/// engine.activated("clock", Duration::ZERO);
/// let call = HostCall::new("editor", "clock", "now", Arguments::default());
/// let ticket = engine.call(call.clone(), Duration::ZERO)?;
/// assert_eq!(engine.poll_event(), Some(EngineEvent::Start { ticket, call }));
/// # Ok::<(), connector_protocol::remix::RemixError>(())
/// ```
#[derive(Debug, Default)]
pub struct EngineSession {
    plugins: BTreeMap<Arc<str>, Hosted>,
    topics: Topics,
    calls: calls::Calls,
    events: VecDeque<EngineEvent>,
}

impl EngineSession {
    /// Returns what the driver has to do next, in order.
    pub fn poll_event(&mut self) -> Option<EngineEvent> {
        self.events.pop_front()
    }

    /// Adds a plugin, which is not active. Its events have default bounds.
    ///
    /// # Errors
    /// Returns [`RemixError::AlreadyRegistered`] if another plugin has its name, and
    /// [`RemixError::Name`] for a name that is empty or has a dot.
    pub fn register(&mut self, profile: Profile, options: QueueOptions) -> Result<(), RemixError> {
        if profile.name.is_empty() || profile.name.contains('.') {
            return Err(RemixError::Name(profile.name));
        }
        if self.plugins.contains_key(&*profile.name) {
            return Err(RemixError::AlreadyRegistered(profile.name));
        }
        self.plugins.insert(profile.name.as_str().into(), Hosted::new(profile, &options));
        Ok(())
    }

    /// Removes a plugin, after it was deactivated. Returns its profile.
    pub fn remove(&mut self, name: &str, now: Duration) -> Option<Profile> {
        self.deactivate(name, now);
        self.plugins.remove(name).map(|plugin| Arc::unwrap_or_clone(plugin.profile))
    }

    /// Returns the plugins' profiles, in the order of their names.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.plugins.values().map(|plugin| &*plugin.profile)
    }

    /// Returns a plugin's profile.
    pub fn profile(&self, name: &str) -> Option<&Arc<Profile>> {
        self.plugins.get(name).map(|plugin| &plugin.profile)
    }

    /// Returns a plugin's profile, to be changed. Its name has to stay.
    pub fn profile_mut(&mut self, name: &str) -> Option<&mut Profile> {
        self.plugins.get_mut(name).map(|plugin| Arc::make_mut(&mut plugin.profile))
    }

    /// Returns whether a plugin is active.
    pub fn activity(&self, name: &str) -> Option<Activity> {
        self.plugins.get(name).map(|plugin| plugin.activity)
    }

    /// Returns the number of a plugin's calls that run or wait.
    pub fn queued(&self, name: &str) -> usize {
        self.plugins.get(name).map_or(0, |plugin| plugin.queue.len() + plugin.parked.len())
    }

    /// Changes how a plugin's calls run. Those that run are not changed.
    pub fn set_queue(&mut self, name: &str, options: QueueOptions, now: Duration) {
        if let Some(plugin) = self.plugins.get_mut(name) {
            plugin.set_options(&options);
            self.start_calls(name, now);
        }
    }

    /// Changes the bounds of a plugin's events. What it listens to already stays.
    pub fn set_event_bounds(&mut self, name: &str, bounds: EventBounds) {
        if let Some(plugin) = self.plugins.get_mut(name) {
            plugin.events = bounds;
        }
    }

    /// Begins to activate a plugin, unless that was begun before. Returns `false` if there
    /// is none of this name.
    ///
    /// The driver gets an [`EngineEvent::Activate`].
    pub fn activate(&mut self, name: &str) -> bool {
        let Some((name, plugin)) = self.plugin_mut(name) else { return false };
        if plugin.activity == Activity::Inactive {
            plugin.activity = Activity::Activating;
            self.events.push_back(EngineEvent::Activate(name));
        }
        true
    }

    /// Handles that a plugin can be called: for the first time, or again. Calls that have
    /// waited for that start.
    pub fn activated(&mut self, name: &str, now: Duration) {
        let Some((_, plugin)) = self.plugin_mut(name) else { return };
        if plugin.activity == Activity::Inactive {
            return;
        }
        plugin.activity = Activity::Active;
        for (ticket, call) in plugin.take_allowed() {
            match self.enqueue(ticket, call) {
                Ok(()) => self.start_calls(name, now),
                Err(error) => self.end_call(ticket, Err(error)),
            }
        }
    }

    /// Handles that a plugin could not be activated. The calls that have waited for that
    /// fail with this error.
    pub fn activation_failed(&mut self, name: &str, error: &RemixError) {
        let Some((_, plugin)) = self.plugin_mut(name) else { return };
        if plugin.activity != Activity::Activating {
            return;
        }
        plugin.activity = Activity::Inactive;
        for (ticket, _) in plugin.take_allowed() {
            self.end_call(ticket, Err(error.clone()));
        }
    }

    /// Handles that the connection to an active plugin has ended, and is opened again. Its
    /// calls fail, and so do further ones until it is active again. Those that it made are
    /// cancelled.
    pub fn lost(&mut self, name: &str, now: Duration) {
        let Some((name, plugin)) = self.plugin_mut(name) else { return };
        if plugin.activity == Activity::Active {
            plugin.activity = Activity::Lost;
            self.fail_calls(&name, now);
            self.cancel_calls_of(&name, now);
        }
    }

    /// Handles that a plugin has begun anew on its connection, like a page that was loaded
    /// again: its calls fail, those that it made are cancelled, and its subscriptions end.
    pub fn reloaded(&mut self, name: &str, now: Duration) {
        let Some((name, _)) = self.plugin_mut(name) else { return };
        self.fail_calls(&name, now);
        self.cancel_calls_of(&name, now);
        self.topics.forget_listener(&name);
    }

    /// Deactivates a plugin: its calls fail, those that it made are cancelled, its
    /// subscriptions end, and the last values of its events are forgotten. Subscriptions to
    /// its events stay. Returns `false` if it was not active.
    pub fn deactivate(&mut self, name: &str, now: Duration) -> bool {
        let Some((name, plugin)) = self.plugin_mut(name) else { return false };
        let was = std::mem::replace(&mut plugin.activity, Activity::Inactive);
        plugin.allowed.clear();
        for (ticket, call) in plugin.parked.drain() {
            self.end_call(ticket, Err(not_activated(call)));
        }
        self.fail_calls(&name, now);
        self.cancel_calls_of(&name, now);
        self.topics.forget_listener(&name);
        self.topics.forget_values(&name);
        was != Activity::Inactive
    }

    /// Subscribes a plugin to an event of the plugin `name`. It gets the last value at once,
    /// if there is one. A further subscription to the same event changes nothing besides.
    ///
    /// # Errors
    /// Returns [`RemixError::TooManySubscriptions`] for a plugin that listens to too many
    /// events.
    pub fn on(&mut self, listener: &str, name: &str, key: &str) -> Result<(), RemixError> {
        self.subscribe(listener, name, key, Span::On)
    }

    /// Subscribes a plugin to the next event, or to the last value if there is one. It does
    /// not end an earlier subscription.
    ///
    /// # Errors
    /// Returns the same errors as [`EngineSession::on`].
    pub fn once(&mut self, listener: &str, name: &str, key: &str) -> Result<(), RemixError> {
        self.subscribe(listener, name, key, Span::Once)
    }

    /// Subscribes like [`EngineSession::on`], without the last value and without a limit, for
    /// the program around the engine.
    pub fn listen(&mut self, listener: &str, name: &str, key: &str) {
        if let Some((listener, _)) = self.plugin_mut(listener) {
            self.topics.insert(&listener, name, key, Span::On);
        }
    }

    /// Returns the last value of an event, if one is remembered.
    pub fn last_value(&self, name: &str, key: &str) -> Option<&Arguments> {
        self.topics.last_value(name, key)
    }

    /// Ends a plugin's subscription to an event.
    pub fn off(&mut self, listener: &str, name: &str, key: &str) {
        self.topics.remove(listener, name, key);
    }

    /// Delivers an event of the plugin `name` to all that listen to it, in the order in which
    /// they have subscribed. An inactive plugin's events are dropped.
    pub fn emit(&mut self, name: &str, key: &str, payload: &Arguments) {
        let Some((name, plugin)) = self.plugin_mut(name) else { return };
        if plugin.activity == Activity::Inactive {
            return;
        }
        let bounds = plugin.events;
        for listener in self.topics.emit(&name, key, payload, bounds) {
            let (name, key, payload) = (name.clone(), key.to_owned(), payload.clone());
            self.events.push_back(EngineEvent::Notify { listener, name, key, payload });
        }
    }

    /// Returns the time at which to call [`EngineSession::tick`], if there is one.
    pub fn deadline(&self) -> Option<Duration> {
        self.plugins.values().filter_map(|plugin| plugin.queue.deadline()).min()
    }

    /// Returns the time at which the first of a plugin's running calls ends.
    pub fn deadline_of(&self, name: &str) -> Option<Duration> {
        self.plugins.get(name)?.queue.deadline()
    }

    /// Handles that the deadline has passed: running calls end, and others start.
    pub fn tick(&mut self, now: Duration) {
        let due = |plugin: &Hosted| plugin.queue.deadline().is_some_and(|due| due <= now);
        let due = self.plugins.iter().filter(|(_, plugin)| due(plugin));
        let due: Vec<_> = due.map(|(name, _)| name.clone()).collect();
        for name in due {
            while let Some(expired) =
                self.plugins.get_mut(&name).and_then(|plugin| plugin.queue.expire(now))
            {
                self.drop_running(expired.id, &name);
                self.end_call(expired.id, expired.outcome);
            }
            self.start_calls(&name, now);
        }
    }

    fn subscribe(
        &mut self,
        listener: &str,
        name: &str,
        key: &str,
        span: Span,
    ) -> Result<(), RemixError> {
        let Some((listener, plugin)) = self.plugin_mut(listener) else { return Ok(()) };
        let span = (span, plugin.events);
        let too_many = |_| RemixError::TooManySubscriptions(listener.to_string());
        if let Some(payload) = self.topics.add(&listener, name, key, span).map_err(too_many)? {
            let (name, key) = (name.into(), key.to_owned());
            self.events.push_back(EngineEvent::Notify { listener, name, key, payload });
        }
        Ok(())
    }

    /// Returns a name, which plugins share.
    fn name_of(&self, name: &str) -> Arc<str> {
        self.plugins.get_key_value(name).map_or_else(|| name.into(), |(name, _)| name.clone())
    }

    fn plugin_mut(&mut self, name: &str) -> Option<(Arc<str>, &mut Hosted)> {
        let name = self.plugins.get_key_value(name)?.0.clone();
        let plugin = self.plugins.get_mut(&name)?;
        Some((name, plugin))
    }
}
