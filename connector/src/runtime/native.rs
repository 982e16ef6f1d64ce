//! Time and tasks of tokio, on threads.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

pub(crate) use futures_util::future::BoxFuture;
pub(crate) use tokio::runtime::Handle;
pub(crate) use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// A bound that is `Send` natively. In browsers every type has it, since futures that
/// hold JavaScript values cannot be sent.
pub trait MaybeSend: Send {}
impl<T: Send + ?Sized> MaybeSend for T {}

/// A bound that is `Sync` natively. In browsers every type has it.
pub trait MaybeSync: Sync {}
impl<T: Sync + ?Sized> MaybeSync for T {}

/// Runs a future in a task of its own.
pub(crate) fn spawn(future: impl Future<Output = ()> + MaybeSend + 'static) {
    tokio::spawn(future);
}

/// Wakes the task behind others that are ready, and behind what has arrived for
/// them: tokio looks at its driver first.
pub(crate) fn yield_now(cx: &mut Context<'_>) {
    // Its first poll leaves the waker with the runtime.
    if pin!(tokio::task::yield_now()).poll(cx).is_ready() {
        cx.waker().wake_by_ref();
    }
}

/// Polls outside of the budget that tokio gives the task, for work that is not the task's own.
pub(crate) fn unconstrained<T>(
    cx: &mut Context<'_>,
    poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    pin!(tokio::task::unconstrained(poll_fn(poll))).poll(cx)
}
