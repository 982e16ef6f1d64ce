//! The receiving half of an open link.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use connector_protocol::CloseReason;

use super::{Half, Watch};
use crate::link::{AsyncReceiver, Buffer};

/// A half that receives one message after the other, each as soon as the last one is
/// taken.
pub(super) struct Receiving {
    half: Pin<Box<dyn Half>>,
    slot: Arc<Slot>,
    watch: Box<dyn Watch>,
    ended: Option<CloseReason>,
}

/// What was received last. Both who fills and who empties it belong to the same link, and
/// the library's code runs in between, not under the lock.
#[derive(Default)]
struct Slot(Mutex<Option<Result<Bytes, CloseReason>>>);

impl Receiving {
    pub(super) fn new(receiver: impl AsyncReceiver) -> Self {
        let slot = Arc::<Slot>::default();
        let watch = Box::new(receiver.watch_peer());
        Self { half: Box::pin(receive(receiver, slot.clone())), slot, watch, ended: None }
    }

    pub(super) fn peer_has_left(&self) -> bool {
        self.ended.is_some() || (self.watch)()
    }

    /// Waits for the next package.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, CloseReason>> {
        if let Some(reason) = &self.ended {
            return Poll::Ready(Err(reason.clone()));
        }
        // If the library panics, its future must not be polled again.
        self.ended = Some(CloseReason::Panicked);
        // Whether it is done is in the slot.
        let _ = self.half.as_mut().poll(cx);
        let received = self.slot.lock().take();
        self.ended = received.as_ref().and_then(|received| received.as_ref().err()).cloned();
        received.map_or(Poll::Pending, Poll::Ready)
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Option<Result<Bytes, CloseReason>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the slot is empty. Whoever empties it polls again.
    async fn emptied(&self) {
        std::future::poll_fn(|_| match *self.lock() {
            None => Poll::Ready(()),
            Some(_) => Poll::Pending,
        })
        .await;
    }
}

async fn receive(mut receiver: impl AsyncReceiver, slot: Arc<Slot>) {
    loop {
        let received = match receiver.recv().await {
            Some(received) => received.map(Buffer::into_package),
            None => Err(CloseReason::PeerClosed),
        };
        let ends = received.is_err();
        *slot.lock() = Some(received);
        if ends {
            return;
        }
        slot.emptied().await;
    }
}
