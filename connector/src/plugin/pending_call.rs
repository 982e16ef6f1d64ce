//! Calls that wait for their outcome.

use std::pin::Pin;
use std::task::{Context, Poll};

use connector_protocol::remix::{Outcome, RemixError};
use tokio::sync::oneshot;

/// A call whose outcome is waited for. Dropped before that, it is given up.
pub(super) struct PendingCall<F: FnOnce()> {
    /// The name of the called side.
    callee: String,
    answered: oneshot::Receiver<Outcome>,
    give_up: Option<F>,
}

impl<F: FnOnce()> PendingCall<F> {
    pub(super) fn new(
        callee: impl Into<String>,
        answered: oneshot::Receiver<Outcome>,
        give_up: F,
    ) -> Self {
        Self { callee: callee.into(), answered, give_up: Some(give_up) }
    }
}

impl<F: FnOnce() + Unpin> Future for PendingCall<F> {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let answered = std::task::ready!(Pin::new(&mut self.answered).poll(cx));
        self.give_up = None;
        Poll::Ready(answered.unwrap_or_else(|_| Err(RemixError::Lost(self.callee.clone()))))
    }
}

impl<F: FnOnce()> Drop for PendingCall<F> {
    fn drop(&mut self) {
        if let Some(give_up) = self.give_up.take() {
            give_up();
        }
    }
}
