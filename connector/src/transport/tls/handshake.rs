//! Handshakes that have begun.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

/// The handshake of one connection, once it has begun. A clone is for another connection and
/// has none.
///
/// It is in a lock, which nobody ever waits for, so that an opener can be shared by threads.
pub(super) struct Handshake<F>(Mutex<Option<Box<F>>>);

impl<F: Future + Unpin> Handshake<F> {
    pub(super) fn begin(&mut self, handshake: F) {
        *self.get_mut() = Some(Box::new(handshake));
    }

    /// Polls the handshake, if one has begun, and drops it when it is done.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Option<Poll<F::Output>> {
        let handshake = self.get_mut();
        let polled = Pin::new(handshake.as_deref_mut()?).poll(cx);
        if polled.is_ready() {
            *handshake = None;
        }
        Some(polled)
    }

    fn get_mut(&mut self) -> &mut Option<Box<F>> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F> Default for Handshake<F> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<F> Clone for Handshake<F> {
    fn clone(&self) -> Self {
        Self::default()
    }
}
