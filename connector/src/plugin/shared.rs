//! State that a connection's handles share with its task.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use atomic_waker::AtomicWaker;

/// State that handles change, with the waker of the task that handles the changes.
#[derive(Debug)]
pub(super) struct Shared<T> {
    state: Mutex<T>,
    task: AtomicWaker,
}

impl<T> Shared<T> {
    pub(super) fn new(state: T) -> Self {
        Self { state: Mutex::new(state), task: AtomicWaker::new() }
    }

    /// Locks the state without waking the task. Do not run the user's code while the
    /// guard is held: it could lock the state again.
    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes the task.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.task.wake();
        result
    }

    /// Sets the waker of the task, which the next change wakes.
    pub(super) fn register(&self, waker: &Waker) {
        self.task.register(waker);
    }
}
