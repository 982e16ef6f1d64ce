//! Calls of one key on several threads, in every order of these.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use loom::thread::spawn;

use super::*;
use crate::runtime::sync::woken::block_on;

const KEY: Key = Key { handler: 0, field: "room", value: 0 };

/// The calls that run, and the number of those that ran.
#[derive(Default)]
struct Calls {
    running: AtomicUsize,
    ran: AtomicUsize,
}

impl Calls {
    /// Runs the call of a ticket, which nobody else may do meanwhile.
    fn run(&self, mut ticket: Ticket<'_>) {
        block_on(poll_fn(|cx| ticket.poll(cx)));
        assert_eq!(self.running.fetch_add(1, Ordering::Relaxed), 0, "another call runs");
        // A moment in which others may run.
        loom::thread::yield_now();
        self.running.fetch_sub(1, Ordering::Relaxed);
        self.ran.fetch_add(1, Ordering::Relaxed);
    }
}

/// Checks every order of the threads that `act` starts, with an order of calls that lives
/// as long as they.
fn model(calls: usize, act: fn(&'static KeyedOrder, &Arc<Calls>)) {
    loom::model(move || {
        let order: &KeyedOrder = Box::leak(Box::default());
        let ran = Arc::<Calls>::default();
        act(order, &ran);
        assert_eq!(ran.ran.load(Ordering::Relaxed), calls);
        assert!(order.lock(&KEY).is_empty());
    });
}

#[test]
fn calls_run_one_after_the_other() {
    model(3, |order, calls| {
        let threads = [(); 2].map(|()| {
            let calls = calls.clone();
            spawn(move || calls.run(order.take(KEY)))
        });
        calls.run(order.take(KEY));
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn calls_run_in_the_order_of_their_tickets() {
    model(2, |order, calls| {
        let [first, second] = [order.take(KEY), order.take(KEY)];
        let later = calls.clone();
        let later = spawn(move || {
            later.run(second);
            later.ran.load(Ordering::Relaxed)
        });
        calls.run(first);
        assert_eq!(later.join().unwrap(), 2, "the second one ran first");
    });
}

#[test]
fn a_ticket_that_leaves_lets_the_next_one_run() {
    model(2, |order, calls| {
        let [first, mut leaves, last] = [(); 3].map(|()| order.take(KEY));
        let (earlier, later) = (calls.clone(), calls.clone());
        let threads = [spawn(move || earlier.run(first)), spawn(move || later.run(last))];
        let _ = leaves.poll(&mut Context::from_waker(Waker::noop()));
        drop(leaves);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}
