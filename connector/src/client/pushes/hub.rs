//! Who listens for which pushes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use connector_protocol::pomelo::handshake::{Agreement, Direction};
use foldhash::fast::RandomState;

use super::Push;
use super::mailbox::{Backlog, Mailbox, Room};

/// How much is kept of what nobody has listened for yet. It bridges the moment
/// between the open of a connection and the first listener.
const UNCLAIMED: Room = Room { pushes: 64, bytes: 64 * 1024 };

/// Who listens for which pushes.
#[derive(Debug)]
pub(in crate::client) struct Hub {
    listeners: Mutex<Listeners>,
    room: Room,
    agreement: Agreement,
}

#[derive(Debug)]
struct Listeners {
    routes: HashMap<Arc<str>, Vec<Arc<Mailbox>>, RandomState>,
    all: Vec<Arc<Mailbox>>,
    unclaimed: Backlog,
    ended: bool,
}

/// One listener, until it is dropped.
#[derive(Debug)]
pub(in crate::client) struct Subscription {
    hub: Arc<Hub>,
    /// None listens for all.
    route: Option<Arc<str>>,
    mailbox: Arc<Mailbox>,
}

impl Hub {
    /// A hub whose listeners may be late by as much as `room`.
    pub(in crate::client) fn new(room: Room, agreement: Agreement) -> Self {
        let listeners = Listeners {
            routes: HashMap::default(),
            all: Vec::new(),
            unclaimed: Backlog::new(UNCLAIMED),
            ended: false,
        };
        Self { listeners: Mutex::new(listeners), room, agreement }
    }

    /// Listens for a route, or for all. What came before anybody did is for
    /// the first who does.
    pub(in crate::client) fn subscribe(self: &Arc<Self>, route: Option<&str>) -> Subscription {
        let route = route.map(Arc::<str>::from);
        let mailbox = Arc::new(Mailbox::new(self.room));
        let mut listeners = self.lock();
        for push in listeners.unclaimed.split_off(route.as_deref()) {
            mailbox.put(push);
        }
        if listeners.ended {
            mailbox.end();
        }
        listeners.of(route.as_ref()).push(mailbox.clone());
        drop(listeners);
        Subscription { hub: self.clone(), route, mailbox }
    }

    /// A push has come; copied once for all who listen.
    pub(in crate::client) fn deliver(&self, route: &str, body: &[u8]) {
        let mut guard = self.lock();
        let listeners = &mut *guard;
        let known = listeners.routes.get_key_value(route);
        let (name, ours) = match known {
            Some((name, ours)) => (name.clone(), &**ours),
            None => (Arc::from(route), [].as_slice()),
        };
        let format = *self.agreement.format(route, Direction::ToClient);
        let push = Push { route: name, body: Bytes::copy_from_slice(body), format };
        if ours.is_empty() && listeners.all.is_empty() {
            return listeners.unclaimed.put(push);
        }
        for mailbox in ours.iter().chain(&listeners.all) {
            mailbox.put(push.clone());
        }
    }

    /// No push comes any more.
    pub(in crate::client) fn end(&self) {
        let mut listeners = self.lock();
        listeners.ended = true;
        for mailbox in listeners.routes.values().flatten().chain(&listeners.all) {
            mailbox.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listeners {
    fn of(&mut self, route: Option<&Arc<str>>) -> &mut Vec<Arc<Mailbox>> {
        match route {
            Some(route) => self.routes.entry(route.clone()).or_default(),
            None => &mut self.all,
        }
    }
}

impl Subscription {
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Push>> {
        self.mailbox.poll_next(cx)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.mailbox.dropped()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut listeners = self.hub.lock();
        let mailboxes = listeners.of(self.route.as_ref());
        mailboxes.retain(|mailbox| !Arc::ptr_eq(mailbox, &self.mailbox));
        if let (Some(route), true) = (&self.route, mailboxes.is_empty()) {
            listeners.routes.remove(route);
        }
    }
}
