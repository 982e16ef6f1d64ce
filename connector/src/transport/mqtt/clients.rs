//! The client ids of a connector's sessions.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;

use atomic_waker::AtomicWaker;
use foldhash::fast::RandomState;

/// The client ids of a connector's sessions, each with the one session that has it.
#[derive(Debug, Default)]
pub(in crate::transport) struct Clients(Mutex<HashMap<Arc<str>, Arc<Place>, RandomState>>);

/// A session's place among those with a client id.
#[derive(Debug, Default)]
struct Place {
    taken: AtomicBool,
    waker: AtomicWaker,
}

/// A session that has a client id, until another one takes that over.
#[derive(Debug)]
pub(super) struct Seat {
    id: Arc<str>,
    place: Arc<Place>,
    clients: Arc<Clients>,
}

impl Clients {
    /// Gives a session this client id. One that has it loses it.
    pub(super) fn seat(self: &Arc<Self>, id: &Arc<str>) -> Seat {
        let place = Arc::new(Place::default());
        let before = self.places().insert(id.clone(), place.clone());
        if let Some(before) = before {
            before.taken.store(true, Ordering::Release);
            before.waker.wake();
        }
        Seat { id: id.clone(), place, clients: self.clone() }
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Arc<str>, Arc<Place>, RandomState>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Returns whether another session has the client id now.
    pub(super) fn is_taken(&self) -> bool {
        self.place.taken.load(Ordering::Acquire)
    }

    /// Wakes the task when another session takes the client id. It may have done so before.
    pub(super) fn register(&self, cx: &mut Context<'_>) {
        self.place.waker.register(cx.waker());
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut places = self.clients.places();
        if places.get(&self.id).is_some_and(|place| Arc::ptr_eq(place, &self.place)) {
            places.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_session_has_the_id() {
        let clients = Arc::new(Clients::default());
        let (ann, bob) = ("ann".into(), "bob".into());
        let first = clients.seat(&ann);
        let other = clients.seat(&bob);
        assert!(!first.is_taken());
        let second = clients.seat(&ann);
        assert!(first.is_taken());
        assert!(!second.is_taken());
        assert!(!other.is_taken());
        drop(first);
        let third = clients.seat(&ann);
        assert!(second.is_taken(), "the end of the first one is not its end");
        drop((second, third, other));
        assert!(clients.places().is_empty());
    }
}
