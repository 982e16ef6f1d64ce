//! A waker that tells whether it was called.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Wake, Waker};

use atomic_waker::AtomicWaker;

/// The state of a waker that tells whether it was called.
#[derive(Default)]
pub(in crate::testing) struct Alarm {
    rang: AtomicBool,
    task: AtomicWaker,
}

impl Alarm {
    /// Returns the alarm and its waker.
    pub(in crate::testing) fn new() -> (Arc<Self>, Waker) {
        let alarm = Arc::new(Self::default());
        (alarm.clone(), alarm.into())
    }

    /// Waits until the waker was called since this last returned.
    pub(in crate::testing) async fn rung(&self) {
        poll_fn(|cx| {
            self.task.register(cx.waker());
            match self.rang.swap(false, Ordering::AcqRel) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.rang.store(true, Ordering::Release);
        self.task.wake();
    }
}
