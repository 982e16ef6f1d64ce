//! The order of the messages that wait for a connection.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

/// The order of the messages that wait for a connection. They leave one after the other, and
/// none that comes later passes them.
#[derive(Debug)]
pub(super) struct Turns {
    /// Its one permit goes to those who wait in the order in which they came.
    turn: Semaphore,
    /// The messages that have not left.
    waiting: AtomicUsize,
}

/// The turn of a message, which others await until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    _waiting: Waiting<'a>,
}

#[derive(Debug)]
struct Waiting<'a>(&'a AtomicUsize);

impl Turns {
    pub(super) fn new() -> Self {
        Self { turn: Semaphore::new(1), waiting: AtomicUsize::new(0) }
    }

    /// Returns whether there are messages that have not left.
    pub(super) fn are_awaited(&self) -> bool {
        self.waiting.load(Ordering::Acquire) > 0
    }

    /// Waits for the turn of a message. Its place in the order is that of the first poll.
    pub(super) async fn take(&self) -> Turn<'_> {
        self.waiting.fetch_add(1, Ordering::AcqRel);
        let waiting = Waiting(&self.waiting);
        // It is never closed.
        let permit = self.turn.acquire().await.ok();
        Turn { _permit: permit, _waiting: waiting }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
