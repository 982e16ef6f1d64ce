//! The order of calls with equal keys, over all sessions.

#[cfg(all(test, connector_loom))]
mod models;

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher};
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use foldhash::fast::RandomState;

use crate::handler::KeyHasher;
use crate::runtime::sync::{Mutex, MutexGuard};

/// The number of locks that the keys are spread over. A model has one, as each of its runs
/// has to take the same locks.
const SHARDS: usize = if cfg!(connector_loom) { 1 } else { 32 };

/// The queues of all keys. A key is kept as long as a call has it.
#[derive(Debug, Default)]
pub(crate) struct KeyedOrder {
    shards: [Mutex<Shard>; SHARDS],
    hash: RandomState,
    /// Hashes the values of keys, which peers choose, and of which nothing else is kept.
    values: std::hash::RandomState,
}

type Shard = HashMap<Key, Queue, RandomState>;

/// The key of a call. Calls with equal keys run in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The handler's index in the table.
    pub(crate) handler: usize,
    pub(crate) field: &'static str,
    /// The hash of the value. Two values of one hash only wait for each other.
    pub(crate) value: u64,
}

/// The tickets of one key. The first one's call runs.
#[derive(Debug, Default)]
struct Queue {
    next: u64,
    /// The numbers of the tickets in ascending order, with the wakers of their tasks.
    waiting: VecDeque<(u64, Option<Waker>)>,
}

impl KeyedOrder {
    /// Returns the hash of the key that `add` adds.
    pub(crate) fn hash_key<E>(
        &self,
        add: impl FnOnce(&mut KeyHasher<'_>) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut hasher = self.values.build_hasher();
        add(&mut KeyHasher::new(&mut hasher))?;
        Ok(hasher.finish())
    }

    /// Adds a ticket at the end of the key's queue.
    pub(crate) fn take(&self, key: Key) -> Ticket<'_> {
        let mut shard = self.lock(&key);
        let queue = shard.entry(key).or_default();
        let number = queue.next;
        queue.next += 1;
        let is_first = queue.waiting.is_empty();
        queue.waiting.push_back((number, None));
        drop(shard);
        Ticket { order: self, key, number, is_first }
    }

    fn lock(&self, key: &Key) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[self.hash.hash_one(key) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue of a key. Dropping it lets the next call run.
#[derive(Debug)]
pub(crate) struct Ticket<'a> {
    order: &'a KeyedOrder,
    key: Key,
    number: u64,
    is_first: bool,
}

impl Ticket<'_> {
    /// Ready once all tickets before this one are dropped.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.is_first {
            return Poll::Ready(());
        }
        let mut shard = self.order.lock(&self.key);
        let Some(queue) = shard.get_mut(&self.key) else { return Poll::Ready(()) };
        match queue.place(self.number) {
            Ok(place @ 1..) => {
                queue.waiting[place].1 = Some(cx.waker().clone());
                Poll::Pending
            }
            _ => {
                self.is_first = true;
                Poll::Ready(())
            }
        }
    }
}

impl Queue {
    fn place(&self, number: u64) -> Result<usize, usize> {
        self.waiting.binary_search_by_key(&number, |(number, _)| *number)
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut shard = self.order.lock(&self.key);
        let Some(queue) = shard.get_mut(&self.key) else { return };
        let Ok(place) = queue.place(self.number) else { return };
        queue.waiting.remove(place);
        let next = match queue.waiting.front_mut() {
            Some((_, waker)) if place == 0 => waker.take(),
            Some(_) => None,
            None => {
                shard.remove(&self.key);
                None
            }
        };
        drop(shard);
        if let Some(next) = next {
            next.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(value: u64) -> Key {
        Key { handler: 0, field: "room", value }
    }

    fn may_run(turn: &mut Ticket<'_>) -> bool {
        turn.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn one_key_is_one_queue() {
        let order = KeyedOrder::default();
        let mut first = order.take(key(1));
        let mut second = order.take(key(1));
        let mut other = order.take(key(2));
        assert!(may_run(&mut first) && may_run(&mut other));
        assert!(!may_run(&mut second));
        drop(first);
        assert!(may_run(&mut second));
    }

    #[test]
    fn a_dropped_ticket_does_not_block_the_queue() {
        let order = KeyedOrder::default();
        let first = order.take(key(1));
        let [left, mut third, mut fourth] = [(); 3].map(|()| order.take(key(1)));
        drop(left);
        assert!(!may_run(&mut third));
        drop(first);
        assert!(may_run(&mut third) && !may_run(&mut fourth));
        drop(third);
        assert!(may_run(&mut fourth));
    }

    #[test]
    fn a_key_without_tickets_is_removed() {
        let order = KeyedOrder::default();
        let both = [order.take(key(1)), order.take(key(1))];
        assert_eq!(order.lock(&key(1)).len(), 1);
        drop(both);
        assert!(order.shards.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }
}
