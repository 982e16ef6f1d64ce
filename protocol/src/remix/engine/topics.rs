//! The listeners of events, and the last value of each event.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
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
    idle: VecDeque<(Arc<str>, Arc<str>)>,
    /// The bytes of their names.
    idle_bytes: usize,
}

/// The events of one plugin, by key.
#[derive(Debug, Default)]
struct Emitter {
    topics: HashMap<Arc<str>, Topic>,
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

/// The events that a plugin listens to.
#[derive(Debug, Default)]
struct Subscribed {
    /// The keys by the plugin that emits them, so that all are found without the others'.
    keys: HashMap<Arc<str>, HashSet<Arc<str>>>,
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
        let (name, key) = self.names_of(name, key);
        let emitter = self.emitters.entry(name.clone()).or_default();
        let topic = emitter.topics.entry(key.clone()).or_default();
        if let Some((_, known)) = topic.listener(listener) {
            *known = span;
            return;
        }
        topic.listeners.push((listener.clone(), span));
        self.listeners.entry(listener.clone()).or_default().add(name, key);
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
            self.idle.push_back(self.names_of(name, key));
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
        let subscribed = self.listeners.remove(listener).unwrap_or_default();
        for (name, keys) in subscribed.keys {
            for key in keys {
                if let Some(topic) = self.topic_mut(&name, &key) {
                    topic.listeners.retain(|(known, _)| **known != *listener);
                }
                self.tidy(&name, &key);
            }
        }
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
        subscribed.remove(name, key);
        if subscribed.events == 0 {
            self.listeners.remove(listener);
        }
    }

    /// Returns the names of an event, shared with those that it has already.
    fn names_of(&self, name: &str, key: &str) -> (Arc<str>, Arc<str>) {
        let emitter = self.emitters.get_key_value(name);
        let topic = emitter.and_then(|(_, emitter)| emitter.topics.get_key_value(key));
        (
            emitter.map_or_else(|| name.into(), |(name, _)| name.clone()),
            topic.map_or_else(|| key.into(), |(key, _)| key.clone()),
        )
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

impl Subscribed {
    /// Adds an event that is not one of them.
    fn add(&mut self, name: Arc<str>, key: Arc<str>) {
        self.events += 1;
        self.bytes += name.len() + key.len();
        self.keys.entry(name).or_default().insert(key);
    }

    fn remove(&mut self, name: &str, key: &str) {
        let Some(keys) = self.keys.get_mut(name) else { return };
        if !keys.remove(key) {
            return;
        }
        if keys.is_empty() {
            self.keys.remove(name);
        }
        self.events -= 1;
        self.bytes -= name.len() + key.len();
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

    #[test]
    fn the_listeners_of_other_events_are_not_looked_at_when_one_is_forgotten() {
        let mut topics = Topics::default();
        let bounds = EventBounds::default();
        let others: Vec<Arc<str>> = (0..1_000).map(|n: u32| n.to_string().into()).collect();
        for other in &others {
            for key in ["a", "b"] {
                topics.add(other, other, key, (Span::On, bounds)).unwrap();
            }
        }
        let one = Arc::from("one");
        for key in ["a", "c"] {
            topics.add(&one, "7", key, (Span::On, bounds)).unwrap();
        }
        topics.remove("8", "8", "a");
        topics.forget_listener("one");
        let heard = |topics: &mut Topics, name, key| {
            topics.emit(name, key, &Arguments::default(), bounds).len()
        };
        assert_eq!(["a", "b", "c"].map(|key| heard(&mut topics, "7", key)), [1, 1, 0]);
        assert!(
            !topics.listeners.contains_key("one") && !topics.emitters["7"].topics.contains_key("c")
        );
        // What nobody listens to for the moment is still remembered.
        heard(&mut topics, "8", "a");
        assert!(topics.last_value("8", "a").is_some());
        for other in &others {
            topics.forget_listener(other);
        }
        assert!(topics.listeners.is_empty());
        let remembered: Vec<_> = topics.emitters.keys().map(|name| &**name).collect();
        assert_eq!(remembered, ["7", "8"], "whose events have values");
    }
}
