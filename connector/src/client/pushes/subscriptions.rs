//! The subscriptions of a client to pushes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use connector_protocol::pomelo::protobuf::DecodeError;
use foldhash::fast::RandomState;

use super::Push;
use crate::body::Format;
use crate::limits::{Newest, NewestLimits, NewestQueue};

/// The limits of pushes without a subscription, which are kept for the first one: a program
/// can subscribe only after its connection has opened.
const UNCLAIMED: NewestLimits = NewestLimits { number: 64, bytes: 64 * 1024 };

/// The subscriptions of a client, by route.
#[derive(Debug)]
pub(in crate::client) struct Subscriptions {
    listeners: Mutex<Listeners>,
    limits: NewestLimits,
}

#[derive(Debug)]
struct Listeners {
    routes: HashMap<Arc<str>, Vec<Arc<NewestQueue<Push>>>, RandomState>,
    all: Vec<Arc<NewestQueue<Push>>>,
    unclaimed: Newest<Push>,
    ended: bool,
}

/// A subscription, until it is dropped.
#[derive(Debug)]
pub(in crate::client) struct Subscription {
    subscriptions: Arc<Subscriptions>,
    routes: Wanted,
    queue: Arc<NewestQueue<Push>>,
}

/// The routes of a subscription.
#[derive(Debug)]
enum Wanted {
    All,
    Some(Box<[Arc<str>]>),
}

impl Subscriptions {
    /// Creates the subscriptions, each with a queue of these limits.
    pub(in crate::client) fn new(limits: NewestLimits) -> Self {
        let listeners = Listeners {
            routes: HashMap::default(),
            all: Vec::new(),
            unclaimed: Newest::new(UNCLAIMED),
            ended: false,
        };
        Self { listeners: Mutex::new(listeners), limits }
    }

    /// Subscribes to all routes.
    pub(in crate::client) fn subscribe_to_all(self: &Arc<Self>) -> Subscription {
        self.add(Wanted::All)
    }

    /// Subscribes to routes, whose pushes come in the order of arrival.
    pub(in crate::client) fn subscribe(self: &Arc<Self>, routes: &[&str]) -> Subscription {
        self.add(Wanted::Some(routes.iter().map(|route| Arc::from(*route)).collect()))
    }

    /// Adds a subscription. Unclaimed pushes go to the first one of their route.
    fn add(self: &Arc<Self>, routes: Wanted) -> Subscription {
        let queue = Arc::new(NewestQueue::new(self.limits));
        let mut listeners = self.lock();
        for push in listeners.unclaimed.split_off(|push| routes.has(&push.route)) {
            queue.put(push);
        }
        if listeners.ended {
            queue.end();
        }
        listeners.each(&routes, |queues| queues.push(queue.clone()));
        drop(listeners);
        Subscription { subscriptions: self.clone(), routes, queue }
    }

    /// Delivers a push, whose body is in this format, or does not fit its schema.
    pub(in crate::client) fn deliver(
        &self,
        route: &str,
        body: Bytes,
        format: Format,
        fault: Option<DecodeError>,
    ) {
        let mut guard = self.lock();
        let listeners = &mut *guard;
        let known = listeners.routes.get_key_value(route);
        let (name, ours) = match known {
            Some((name, ours)) => (name.clone(), &**ours),
            None => (Arc::from(route), [].as_slice()),
        };
        let push = Push { route: name, body, format, fault: fault.map(Box::new) };
        if ours.is_empty() && listeners.all.is_empty() {
            return listeners.unclaimed.put(push);
        }
        for queue in ours.iter().chain(&listeners.all) {
            queue.put(push.clone());
        }
    }

    /// Ends all subscriptions after the pushes that are queued.
    pub(in crate::client) fn end(&self) {
        let mut listeners = self.lock();
        listeners.ended = true;
        for queue in listeners.routes.values().flatten().chain(&listeners.all) {
            queue.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listeners {
    /// Changes the queues of each of these routes.
    fn each(&mut self, routes: &Wanted, mut change: impl FnMut(&mut Vec<Arc<NewestQueue<Push>>>)) {
        let Wanted::Some(routes) = routes else { return change(&mut self.all) };
        for route in routes {
            let queues = self.routes.entry(route.clone()).or_default();
            change(queues);
            if queues.is_empty() {
                self.routes.remove(route);
            }
        }
    }
}

impl Wanted {
    fn has(&self, route: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(routes) => routes.iter().any(|wanted| **wanted == *route),
        }
    }
}

impl Subscription {
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Push>> {
        self.queue.poll_next(cx)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.queue.dropped()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut listeners = self.subscriptions.lock();
        let others = |queue: &Arc<_>| !Arc::ptr_eq(queue, &self.queue);
        listeners.each(&self.routes, |queues| queues.retain(others));
    }
}
