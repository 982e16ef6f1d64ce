//! Threads of models that wait to be woken. One that nobody wakes is a deadlock, which loom
//! reports.
#![allow(clippy::unwrap_used)]

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Condvar, Mutex};

/// A thread that waits to be woken.
#[derive(Debug)]
pub(crate) struct Woken {
    is_woken: Mutex<bool>,
    changed: Condvar,
}

impl Woken {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { is_woken: Mutex::new(false), changed: Condvar::new() })
    }

    /// Waits for a wake-up since this was last called.
    pub(crate) fn wait(&self) {
        let mut is_woken = self.is_woken.lock().unwrap();
        while !std::mem::take(&mut *is_woken) {
            is_woken = self.changed.wait(is_woken).unwrap();
        }
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        *self.is_woken.lock().unwrap() = true;
        self.changed.notify_one();
    }
}

/// Runs a future to its end, and polls it only when it is woken.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let (woken, mut future) = (Woken::new(), pin!(future));
    let waker = Waker::from(woken.clone());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        woken.wait();
    }
}
