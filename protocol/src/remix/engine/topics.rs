//! The listeners of events, and the last value of each event.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::super::Arguments;
use super::super::subscriptions::Span;
use super::bounds::{EventBounds, NAMES};

/// The most idle events, and the most bytes of their names.
const IDLE: usize = 1024;
const IDLE_BYTES: usize = IDLE * NAMES;

/// The listeners of events, which are plugins, and the values that later ones get at once.
#[derive(Debug, Default)]
pub(super) struct Topics {
    /// By the plugin that emits the events.
    emitters: BTreeMap<Arc<str>, Emitter>,
    /// What each listener is subscribed to.
    listeners: HashMap<Arc<str>, Subscribed>,
    /// Events without a listener and a value, which had one: the next value is remembered.
    idle: VecDeque<(Arc<str>, String)>,
    /// The bytes of their names.
    idle_bytes: usize,
}

/// The events of one plugin, by key.
#[derive(Debug, Default)]
struct Emitter {
    topics: HashMap<String, Topic>,
    remembered: Remembered,
}

/// The number of the last values of a plugin's events, and their bytes with the keys.
#[derive(Debug, Default)]
struct Remembered {
    values: usize,
    bytes: usize,
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
        let topic = self.topic_mut(name, key);
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
        let emitter = self.emitters.entry(name.into()).or_default();
        let topic = emitter.topics.entry(key.to_owned()).or_default();
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
        self.topic(name, key)?.last.as_ref()
    }

    /// Removes a listener of an event. Its last value is kept.
    pub(super) fn remove(&mut self, listener: &str, name: &str, key: &str) {
        let Some(topic) = self.topic_mut(name, key) else { return };
        let before = topic.listeners.len();
        topic.listeners.retain(|(known, _)| **known != *listener);
        if topic.listeners.len() < before {
            self.left(listener, name, key);
        }
        if self.topic(name, key).is_some_and(Topic::is_empty) {
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
    /// has ever been one, and the emitter's bounds allow it.
    pub(super) fn emit(
        &mut self,
        name: &str,
        key: &str,
        payload: &Arguments,
        bounds: EventBounds,
    ) -> Vec<Arc<str>> {
        let Some(emitter) = self.emitters.get_mut(name) else { return Vec::new() };
        let Some(topic) = emitter.topics.get_mut(key) else { return Vec::new() };
        emitter.remembered.replace(key, &mut topic.last, payload, bounds);
        let listeners: Vec<_> = topic.listeners.clone();
        topic.listeners.retain(|(_, span)| *span == Span::On);
        for (listener, _) in listeners.iter().filter(|(_, span)| *span == Span::Once) {
            self.left(listener, name, key);
        }
        self.tidy(name, key);
        listeners.into_iter().map(|(listener, _)| listener).collect()
    }

    /// Removes a plugin's subscriptions.
    pub(super) fn forget_listener(&mut self, listener: &str) {
        if self.listeners.remove(listener).is_none() {
            return;
        }
        for emitter in self.emitters.values_mut() {
            for topic in emitter.topics.values_mut() {
                topic.listeners.retain(|(known, _)| **known != *listener);
            }
            emitter.topics.retain(|_, topic| !topic.is_empty());
        }
        self.emitters.retain(|_, emitter| !emitter.topics.is_empty());
    }

    /// Forgets the last values of a plugin's events, whose listeners stay.
    pub(super) fn forget_values(&mut self, name: &str) {
        let Some(emitter) = self.emitters.get_mut(name) else { return };
        emitter.remembered = Remembered::default();
        emitter.topics.retain(|_, topic| {
            topic.last = None;
            !topic.is_empty()
        });
        if emitter.topics.is_empty() {
            self.emitters.remove(name);
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
        let Some(emitter) = self.emitters.get_mut(name) else { return };
        if emitter.topics.get(key).is_some_and(Topic::is_empty) {
            emitter.topics.remove(key);
        }
        if emitter.topics.is_empty() {
            self.emitters.remove(name);
        }
    }

    fn topic(&self, name: &str, key: &str) -> Option<&Topic> {
        self.emitters.get(name)?.topics.get(key)
    }

    fn topic_mut(&mut self, name: &str, key: &str) -> Option<&mut Topic> {
        self.emitters.get_mut(name)?.topics.get_mut(key)
    }
}

impl Remembered {
    /// Replaces the last value of an event by a new one, or by none if that is too much.
    fn replace(
        &mut self,
        key: &str,
        last: &mut Option<Arguments>,
        value: &Arguments,
        bounds: EventBounds,
    ) {
        let size = |value: &Arguments| key.len() + value.as_payload().as_str().len();
        if let Some(last) = last.take() {
            self.values -= 1;
            self.bytes -= size(&last);
        }
        let bytes = self.bytes.saturating_add(size(value));
        if self.values < bounds.values && bytes <= bounds.memory {
            self.values += 1;
            self.bytes = bytes;
            *last = Some(value.clone());
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

/// A plugin listens to too many events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_nobody_hears_and_whose_value_is_too_long_is_forgotten() {
        let (mut topics, listener) = (Topics::default(), Arc::from("x"));
        let bounds = EventBounds::default().memory(0);
        for n in 0..100 {
            let key = n.to_string();
            topics.add(&listener, "p", &key, (Span::Once, bounds)).unwrap();
            let heard = topics.emit("p", &key, &Arguments::default(), bounds);
            assert_eq!(heard.len(), 1);
        }
        assert!(topics.emitters.is_empty() && topics.listeners.is_empty());
    }
}
