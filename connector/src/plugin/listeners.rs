//! The listeners that an engine's program has.

use std::collections::HashMap;
use std::hash::Hash;

use super::Callback;

/// Listeners by event, in the order in which they were added.
pub(super) struct Listeners<K> {
    last: u64,
    events: HashMap<K, Vec<Listener>>,
}

struct Listener {
    id: u64,
    callback: Callback,
    once: bool,
}

impl<K> Default for Listeners<K> {
    fn default() -> Self {
        Self { last: 0, events: HashMap::new() }
    }
}

impl<K: Eq + Hash> Listeners<K> {
    /// Adds a listener, of all events of this kind or of one. Returns its id.
    pub(super) fn add(&mut self, event: K, callback: Callback, once: bool) -> u64 {
        self.last += 1;
        let listener = Listener { id: self.last, callback, once };
        self.events.entry(event).or_default().push(listener);
        self.last
    }

    /// Returns the callbacks of an event, and removes those of listeners for one.
    pub(super) fn deliver(&mut self, event: &K) -> Vec<Callback> {
        let Some(listeners) = self.events.get_mut(event) else { return Vec::new() };
        let callbacks = listeners.iter().map(|listener| listener.callback.clone()).collect();
        listeners.retain(|listener| !listener.once);
        if listeners.is_empty() {
            self.events.remove(event);
        }
        callbacks
    }

    pub(super) fn has(&self, event: &K) -> bool {
        self.events.contains_key(event)
    }

    /// Removes one listener of an event, or all. They are not to be dropped under a lock.
    #[must_use]
    pub(super) fn remove(&mut self, event: &K, id: Option<u64>) -> Vec<Callback> {
        let Some(listeners) = self.events.get_mut(event) else { return Vec::new() };
        let removed = listeners.extract_if(.., |listener| id.is_none_or(|id| id == listener.id));
        let removed = removed.map(|listener| listener.callback).collect();
        if listeners.is_empty() {
            self.events.remove(event);
        }
        removed
    }
}
