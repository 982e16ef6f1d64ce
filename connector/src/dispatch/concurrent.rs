//! Calls that run concurrently.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::stream::{FuturesUnordered, Stream};

/// Futures that run concurrently. Most sessions never have any, so it is allocated by the
/// first one.
pub(super) struct Concurrent<F>(Option<Box<FuturesUnordered<F>>>);

impl<F> Concurrent<F> {
    pub(super) fn new() -> Self {
        Self(None)
    }

    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |running| running.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<F: Future> Concurrent<F> {
    pub(super) fn push(&mut self, future: F) {
        self.0.get_or_insert_default().push(future);
    }

    /// Returns the next result; `None` if no future runs.
    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<F::Output>> {
        match &mut self.0 {
            Some(running) => Pin::new(&mut **running).poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}
