//! Calls in the order of a key, over all sessions.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use foldhash::fast::RandomState;

/// How many locks the keys are spread over.
const SHARDS: usize = 32;

/// Who waits for which key. A key is known as long as somebody has it.
#[derive(Debug, Default)]
pub(crate) struct KeyedOrder {
    shards: [Mutex<Shard>; SHARDS],
    hash: RandomState,
}

type Shard = HashMap<Key, Queue, RandomState>;

/// Those with the same one come one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// The handler's place in the table.
    pub(crate) handler: usize,
    pub(crate) field: &'static str,
    pub(crate) value: Box<str>,
}

/// All that have taken a number for one key, the first of whom has its turn.
#[derive(Debug, Default)]
struct Queue {
    next: u64,
    /// By number, with who is to be woken.
    waiting: VecDeque<(u64, Option<Waker>)>,
}

impl KeyedOrder {
    /// Takes a number, behind everybody who has one.
    pub(crate) fn take(&self, key: Key) -> Ticket<'_> {
        let mut shard = self.lock(&key);
        let queue = shard.entry(key.clone()).or_default();
        let number = queue.next;
        queue.next += 1;
        let came = queue.waiting.is_empty();
        queue.waiting.push_back((number, None));
        drop(shard);
        Ticket { order: self, key, number, came }
    }

    fn lock(&self, key: &Key) -> MutexGuard<'_, Shard> {
        let shard = &self.shards[self.hash.hash_one(key) as usize % SHARDS];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue of a key. Dropped, it lets the next one come.
#[derive(Debug)]
pub(crate) struct Ticket<'a> {
    order: &'a KeyedOrder,
    key: Key,
    number: u64,
    came: bool,
}

impl Ticket<'_> {
    /// Ready once all before it are done.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.came {
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
                self.came = true;
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

    fn key(value: &str) -> Key {
        Key { handler: 0, field: "room", value: value.into() }
    }

    fn has_come(turn: &mut Ticket<'_>) -> bool {
        turn.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    #[test]
    fn one_key_is_one_queue() {
        let order = KeyedOrder::default();
        let (mut first, mut second) = (order.take(key("a")), order.take(key("a")));
        let mut other = order.take(key("b"));
        assert!(has_come(&mut first) && has_come(&mut other));
        assert!(!has_come(&mut second));
        drop(first);
        assert!(has_come(&mut second));
    }

    #[test]
    fn who_leaves_the_queue_holds_nobody_up() {
        let order = KeyedOrder::default();
        let first = order.take(key("a"));
        let [left, mut third, mut fourth] = [(); 3].map(|()| order.take(key("a")));
        drop(left);
        assert!(!has_come(&mut third));
        drop(first);
        assert!(has_come(&mut third) && !has_come(&mut fourth));
        drop(third);
        assert!(has_come(&mut fourth));
    }

    #[test]
    fn nothing_is_kept_of_a_key_that_nobody_has() {
        let order = KeyedOrder::default();
        let both = [order.take(key("a")), order.take(key("a"))];
        assert_eq!(order.lock(&key("a")).len(), 1);
        drop(both);
        assert!(order.shards.iter().all(|shard| shard.lock().unwrap().is_empty()));
    }
}
