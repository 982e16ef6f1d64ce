//! What a connection's handles and its task share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use atomic_waker::AtomicWaker;

/// State that handles change and a task acts upon.
#[derive(Debug)]
pub(super) struct Shared<T> {
    state: Mutex<T>,
    task: AtomicWaker,
}

impl<T> Shared<T> {
    pub(super) fn new(state: T) -> Self {
        Self { state: Mutex::new(state), task: AtomicWaker::new() }
    }

    /// The state, as the task looks at it. Nothing of the user's may run while
    /// the guard is held: it could come back here.
    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and wakes the task.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut T) -> R) -> R {
        let result = change(&mut self.lock());
        self.task.wake();
        result
    }

    /// Wakes this task at the next change.
    pub(super) fn register(&self, waker: &Waker) {
        self.task.register(waker);
    }
}
