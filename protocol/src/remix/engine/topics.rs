//! The listeners of events, and the last value of each event.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::super::Arguments;
use super::super::subscriptions::Span;

/// The bytes of an event's names that a subscription may have, on average.
const NAMES: usize = 64;
/// The most idle events, and the most bytes of their names.
const IDLE: usize = 1024;
const IDLE_BYTES: usize = IDLE * NAMES;

/// The bounds of a plugin's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventBounds {
    pub(super) subscriptions: usize,
    pub(super) memory: usize,
}

impl Default for EventBounds {
    fn default() -> Self {
        Self { subscriptions: 4096, memory: 16 << 20 }
    }
}

impl EventBounds {
    /// Sets how many events the plugin may listen to, whose names have 64 bytes on average.
    /// Default: 4,096.
    #[must_use]
    pub fn subscriptions(mut self, events: usize) -> Self {
        self.subscriptions = events;
        self
    }

    /// Sets how many bytes the last values of its own events may have together, to be
    /// remembered. Default: 16 MiB.
    #[must_use]
    pub fn memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self
    }
}

/// The listeners of events, which are plugins, and the values that later ones get at once.
#[derive(Debug, Default)]
pub(super) struct Topics {
    /// By the plugin that emits the events, and by key.
    topics: BTreeMap<Arc<str>, HashMap<String, Topic>>,
    /// What each listener is subscribed to.
    listeners: HashMap<Arc<str>, Subscribed>,
    /// Events without a listener and a value, which had one: the next value is remembered.
    idle: VecDeque<(Arc<str>, String)>,
    /// The bytes of their names.
    idle_bytes: usize,
}

/// An event that has, or once had, a listener.
#[derive(Debug, Default)]
struct Topic {
    /// In the order of their subscriptions.
    listeners: Vec<(Arc<str>, Span)>,
    last: Option<Arguments>,
}

#[derive(Debug, Default)]
struct Subscribed {
    events: usize,
    /// The bytes of the events' names.
    bytes: usize,
}

impl Topics {
    /// Adds a listener, once for each event, and returns the event's last value. That ends a
    /// subscription to one event. Fails if the plugin listens to too many.
    pub(super) fn add(
        &mut self,
        listener: &Arc<str>,
        name: &str,
        key: &str,
        (span, bounds): (Span, EventBounds),
    ) -> Result<Option<Arguments>, TooMany> {
        let topic = self.topics.get_mut(name).and_then(|topics| topics.get_mut(key));
        let last = topic.as_ref().and_then(|topic| topic.last.clone());
        if let Some((_, known)) = topic.and_then(|topic| topic.listener(listener)) {
            if span == Span::On {
                *known = span;
            }
            return Ok(last);
        }
        if span == Span::Once && last.is_some() {
            return Ok(last);
        }
        let (events, bytes) =
            self.listeners.get(listener).map_or((0, 0), |known| (known.events, known.bytes));
        let bytes = bytes + name.len() + key.len();
        if events >= bounds.subscriptions || bytes > bounds.subscriptions.saturating_mul(NAMES) {
            return Err(TooMany);
        }
        self.insert(listener, name, key, span);
        Ok(last)
    }

    /// Adds a listener that is not one yet, without a limit.
    pub(super) fn insert(&mut self, listener: &Arc<str>, name: &str, key: &str, span: Span) {
        let topics = self.topics.entry(name.into()).or_default();
        let topic = topics.entry(key.to_owned()).or_default();
        if let Some((_, known)) = topic.listener(listener) {
            *known = span;
            return;
        }
        topic.listeners.push((listener.clone(), span));
        let subscribed = self.listeners.entry(listener.clone()).or_default();
        subscribed.events += 1;
        subscribed.bytes += name.len() + key.len();
    }

    /// Returns the last value of an event, if one is remembered.
    pub(super) fn last_value(&self, name: &str, key: &str) -> Option<&Arguments> {
        self.topics.get(name)?.get(key)?.last.as_ref()
    }

    /// Removes a listener of an event. Its last value is kept.
    pub(super) fn remove(&mut self, listener: &str, name: &str, key: &str) {
        let Some(topic) = self.topics.get_mut(name).and_then(|topics| topics.get_mut(key)) else {
            return;
        };
        let before = topic.listeners.len();
        topic.listeners.retain(|(known, _)| **known != *listener);
        if topic.listeners.len() < before {
            self.left(listener, name, key);
        }
        if topic_is_empty(&self.topics, name, key) {
            self.idle.push_back((name.into(), key.to_owned()));
            self.idle_bytes += name.len() + key.len();
        }
        while (self.idle.len() > IDLE || self.idle_bytes > IDLE_BYTES)
            && let Some((name, key)) = self.idle.pop_front()
        {
            self.idle_bytes -= name.len() + key.len();
            self.tidy(&name, &key);
        }
    }

    /// Returns the listeners of an event that happens now, and remembers its value if there
    /// has ever been one, and `memory` bytes are enough for all values of the emitter.
    pub(super) fn emit(
        &mut self,
        name: &str,
        key: &str,
        payload: &Arguments,
        memory: usize,
    ) -> Vec<Arc<str>> {
        let Some(topics) = self.topics.get_mut(name) else { return Vec::new() };
        let others = topics.iter().filter(|(other, _)| **other != *key);
        let size = |last: &Arguments| last.as_payload().as_str().len();
        let kept: usize = others.filter_map(|(_, topic)| topic.last.as_ref()).map(size).sum();
        let Some(topic) = topics.get_mut(key) else { return Vec::new() };
        let fits = kept.saturating_add(size(payload)) <= memory;
        topic.last = fits.then(|| payload.clone());
        let listeners: Vec<_> = topic.listeners.clone();
        topic.listeners.retain(|(_, span)| *span == Span::On);
        for (listener, _) in listeners.iter().filter(|(_, span)| *span == Span::Once) {
            self.left(listener, name, key);
        }
        listeners.into_iter().map(|(listener, _)| listener).collect()
    }

    /// Removes a plugin's subscriptions.
    pub(super) fn forget_listener(&mut self, listener: &str) {
        if self.listeners.remove(listener).is_none() {
            return;
        }
        for topics in self.topics.values_mut() {
            for topic in topics.values_mut() {
                topic.listeners.retain(|(known, _)| **known != *listener);
            }
            topics.retain(|_, topic| !topic.is_empty());
        }
        self.topics.retain(|_, topics| !topics.is_empty());
    }

    /// Forgets the last values of a plugin's events, whose listeners stay.
    pub(super) fn forget_values(&mut self, name: &str) {
        let Some(topics) = self.topics.get_mut(name) else { return };
        topics.retain(|_, topic| {
            topic.last = None;
            !topic.is_empty()
        });
        if topics.is_empty() {
            self.topics.remove(name);
        }
    }

    /// Counts a subscription that has ended.
    fn left(&mut self, listener: &str, name: &str, key: &str) {
        let Some(subscribed) = self.listeners.get_mut(listener) else { return };
        subscribed.events -= 1;
        subscribed.bytes -= name.len() + key.len();
        if subscribed.events == 0 {
            self.listeners.remove(listener);
        }
    }

    /// Removes an event that has neither listeners nor a last value.
    fn tidy(&mut self, name: &str, key: &str) {
        let is_empty = topic_is_empty(&self.topics, name, key);
        let Some(topics) = self.topics.get_mut(name).filter(|_| is_empty) else { return };
        topics.remove(key);
        if topics.is_empty() {
            self.topics.remove(name);
        }
    }
}

impl Topic {
    fn listener(&mut self, listener: &str) -> Option<&mut (Arc<str>, Span)> {
        self.listeners.iter_mut().find(|(known, _)| **known == *listener)
    }

    fn is_empty(&self) -> bool {
        self.listeners.is_empty() && self.last.is_none()
    }
}

fn topic_is_empty(
    topics: &BTreeMap<Arc<str>, HashMap<String, Topic>>,
    name: &str,
    key: &str,
) -> bool {
    topics.get(name).and_then(|topics| topics.get(key)).is_some_and(Topic::is_empty)
}

/// A plugin listens to too many events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;
