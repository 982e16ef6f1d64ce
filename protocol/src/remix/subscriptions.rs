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
    /// further listeners get it from here. For a listener of one event this is that
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
}

#[derive(Debug, Default)]
struct Listeners {
    ids: Vec<(ListenerId, Span)>,
    last: Option<Arguments>,
}

impl Subscriptions {
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
        listeners.last = Some(payload.clone());
        (ids, Wire::Unchanged)
    }

    /// Forgets the last values, which the engine sends again on a new connection.
    pub(super) fn forget_values(&mut self) {
        for listeners in self.plugins.values_mut().flat_map(BTreeMap::values_mut) {
            listeners.last = None;
        }
    }

    /// Iterates over the events that have listeners, by plugin.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.plugins
            .iter()
            .flat_map(|(name, events)| events.keys().map(move |key| (name.as_str(), key.as_str())))
    }
}
