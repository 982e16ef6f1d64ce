//! The listeners of a plugin.

use std::collections::BTreeMap;

use super::Arguments;

/// The id of a listener, unique in a plugin's session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListenerId(u64);

/// A new subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The new listener.
    pub listener: ListenerId,
    /// The event's last value, to be delivered to this listener at once.
    ///
    /// Engines remember the value and send it for the first listener only, so
    /// further listeners get it from here, if it was not too long to be kept. For a listener of one event this is that
    /// event, and the listener is not added.
    pub replay: Option<Arguments>,
}

/// Whether the subscription on the wire has to change too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wire {
    Unchanged,
    Changed,
}

/// The lifetime of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Span {
    On,
    Once,
}

/// The local listeners of each event, which share one subscription on the wire.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    last_id: u64,
    plugins: BTreeMap<String, BTreeMap<String, Listeners>>,
    values: LastValues,
}

/// The size of all last values, and its limits.
#[derive(Debug)]
struct LastValues {
    number: usize,
    bytes: usize,
    max_number: usize,
    max_bytes: usize,
}

impl Default for LastValues {
    fn default() -> Self {
        Self { number: 0, bytes: 0, max_number: 4_096, max_bytes: 16 << 20 }
    }
}

impl LastValues {
    /// Replaces a value by a new one, unless that is too much.
    fn replace(&mut self, last: &mut Option<Arguments>, value: &Arguments) {
        self.forget(last.take());
        let bytes = self.bytes.saturating_add(size(value));
        if self.number < self.max_number && bytes <= self.max_bytes {
            self.number += 1;
            self.bytes = bytes;
            *last = Some(value.clone());
        }
    }

    fn forget(&mut self, last: Option<Arguments>) {
        if let Some(last) = last {
            self.number -= 1;
            self.bytes -= size(&last);
        }
    }
}

fn size(value: &Arguments) -> usize {
    value.as_payload().as_str().len()
}

#[derive(Debug, Default)]
struct Listeners {
    ids: Vec<(ListenerId, Span)>,
    last: Option<Arguments>,
}

impl Subscriptions {
    /// Sets how many last values are kept, and how many bytes they have together.
    pub(super) fn limit_values(&mut self, number: usize, bytes: usize) {
        self.values.max_number = number;
        self.values.max_bytes = bytes;
    }

    /// Adds a listener. The wire changes with the first one.
    pub(super) fn add(&mut self, name: &str, key: &str, span: Span) -> (Subscription, Wire) {
        self.last_id += 1;
        let listener = ListenerId(self.last_id);
        let events = self.plugins.entry(name.to_owned()).or_default();
        let listeners = events.entry(key.to_owned()).or_default();
        let wire = if listeners.ids.is_empty() { Wire::Changed } else { Wire::Unchanged };
        let replay = listeners.last.clone();
        if span == Span::On || replay.is_none() {
            listeners.ids.push((listener, span));
        }
        (Subscription { listener, replay }, wire)
    }

    /// Removes all listeners of an event.
    pub(super) fn remove(&mut self, name: &str, key: &str) -> Vec<ListenerId> {
        let Some(events) = self.plugins.get_mut(name) else { return Vec::new() };
        let removed = events.remove(key).unwrap_or_default();
        if events.is_empty() {
            self.plugins.remove(name);
        }
        self.values.forget(removed.last);
        removed.ids.into_iter().map(|(id, _)| id).collect()
    }

    /// Removes one listener. Returns its event if that has no listeners any more.
    pub(super) fn remove_one(&mut self, listener: ListenerId) -> Option<(String, String)> {
        let (name, key) = self.plugins.iter_mut().find_map(|(name, events)| {
            let (key, listeners) = events
                .iter_mut()
                .find(|(_, listeners)| listeners.ids.iter().any(|(id, _)| *id == listener))?;
            listeners.ids.retain(|(id, _)| *id != listener);
            listeners.ids.is_empty().then(|| (name.clone(), key.clone()))
        })?;
        self.remove(&name, &key);
        Some((name, key))
    }

    /// Returns the listeners of an event. The wire changes if none of them stays.
    pub(super) fn deliver(
        &mut self,
        name: &str,
        key: &str,
        payload: &Arguments,
    ) -> (Vec<ListenerId>, Wire) {
        let Some(listeners) = self.plugins.get_mut(name).and_then(|events| events.get_mut(key))
        else {
            return (Vec::new(), Wire::Unchanged);
        };
        let ids = listeners.ids.iter().map(|(id, _)| *id).collect();
        listeners.ids.retain(|(_, span)| *span == Span::On);
        if listeners.ids.is_empty() {
            self.remove(name, key);
            return (ids, Wire::Changed);
        }
        self.values.replace(&mut listeners.last, payload);
        (ids, Wire::Unchanged)
    }

    /// Forgets the last values, which the engine sends again on a new connection.
    pub(super) fn forget_values(&mut self) {
        for listeners in self.plugins.values_mut().flat_map(BTreeMap::values_mut) {
            self.values.forget(listeners.last.take());
        }
    }

    /// Iterates over the events that have listeners, by plugin.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.plugins
            .iter()
            .flat_map(|(name, events)| events.keys().map(move |key| (name.as_str(), key.as_str())))
    }
}
