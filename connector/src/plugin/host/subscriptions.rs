//! The events that a plugin is subscribed to.

use std::collections::HashMap;

use connector_protocol::Limit;

use crate::plugin::connection_limits::ConnectionLimits;

/// The bytes of an event's names that a subscription may have, on average.
const NAMES: usize = 64;

/// The events that a plugin is subscribed to, by the plugin that emits them and by key.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    events: HashMap<(String, String), Span>,
    /// The bytes of their names.
    bytes: usize,
    /// A further one was refused.
    has_refused: bool,
}

/// The lifetime of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::plugin) enum Span {
    On,
    Once,
}

impl Subscriptions {
    /// Adds an event. A lasting subscription is not shortened to one event. Returns `false`
    /// if there are too many already.
    pub(super) fn add(
        &mut self,
        name: &str,
        key: &str,
        span: Span,
        limits: &ConnectionLimits,
    ) -> bool {
        let event = (name.to_owned(), key.to_owned());
        if let Some(known) = self.events.get_mut(&event) {
            if span == Span::On {
                *known = span;
            }
            return true;
        }
        let bytes = self.bytes + name.len() + key.len();
        let is_over =
            |limit: usize| self.events.len() >= limit || bytes > limit.saturating_mul(NAMES);
        if is_over(limits.configured.subscriptions) {
            limits.report(Limit::Subscriptions);
            if is_over(limits.enforced.subscriptions) {
                return false;
            }
        }
        self.bytes = bytes;
        self.events.insert(event, span);
        true
    }

    pub(super) fn remove(&mut self, name: &str, key: &str) {
        if self.events.remove(&(name.to_owned(), key.to_owned())).is_some() {
            self.bytes -= name.len() + key.len();
        }
    }

    /// Notes that a subscription was refused. Returns `true` for the first one.
    pub(super) fn is_first_refusal(&mut self) -> bool {
        !std::mem::replace(&mut self.has_refused, true)
    }

    /// Returns `true` if the plugin is subscribed to an event.
    pub(super) fn has(&self, name: &str, key: &str) -> bool {
        self.events.contains_key(&(name.to_owned(), key.to_owned()))
    }

    /// Returns the plugin's subscription to an event that happens now, if it has one. That to
    /// one event ends with it.
    pub(super) fn deliver(&mut self, name: &str, key: &str) -> Option<Span> {
        let span = *self.events.get(&(name.to_owned(), key.to_owned()))?;
        if span == Span::Once {
            self.remove(name, key);
        }
        Some(span)
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use connector_protocol::Limits;

    use super::*;

    fn limits(dry_run: bool) -> ConnectionLimits {
        ConnectionLimits::new(&Limits { subscriptions: 2, dry_run, ..Limits::default() })
    }

    #[test]
    fn events_are_few() {
        let (mut events, limits) = (Subscriptions::default(), limits(false));
        assert!(events.add("a", "x", Span::Once, &limits));
        assert!(events.add("a", "y", Span::On, &limits));
        assert!(!events.add("b", "x", Span::On, &limits));
        assert!(events.add("a", "x", Span::Once, &limits), "it is subscribed to that");
        assert_eq!(events.deliver("a", "x"), Some(Span::Once));
        assert_eq!(events.deliver("a", "x"), None);
        assert!(events.add("b", "x", Span::On, &limits));
        events.remove("b", "x");
        assert!(events.add("c", "x", Span::On, &limits));
        assert_eq!([(); 2].map(|()| events.deliver("a", "y")), [Some(Span::On); 2]);
    }

    #[test]
    fn names_of_events_are_short() {
        let (mut events, limits) = (Subscriptions::default(), limits(false));
        let long = "x".repeat(100);
        assert!(events.add("a", &long, Span::On, &limits));
        assert!(!events.add("b", &long, Span::On, &limits));
        assert!(events.add("b", &long[..26], Span::On, &limits));
        events.remove("a", &long);
        events.remove("a", "not subscribed");
        assert!(events.add("c", &long[..99], Span::On, &limits));
    }

    #[test]
    fn a_dry_run_allows_eight_times_as_many() {
        let (mut events, limits) = (Subscriptions::default(), limits(true));
        let added = (0..100).filter(|n| events.add("a", &n.to_string(), Span::On, &limits));
        assert_eq!(added.count(), 16);
    }
}
