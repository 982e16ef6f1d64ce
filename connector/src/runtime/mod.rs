//! Time, tasks and threads of the platform: tokio, or a browser.

mod backoff;
mod isolate;
mod judgement;
#[cfg(not(target_family = "wasm"))]
mod native;
pub(crate) mod sync;
#[cfg(target_family = "wasm")]
mod web;

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::{Either, select};

pub(crate) use backoff::Backoff;
pub(crate) use isolate::{isolate, isolate_future};
#[cfg(any(feature = "plugin", not(target_family = "wasm")))]
pub(crate) use judgement::Judgement;
pub(crate) use judgement::{GRACE, PAUSE, judge_after, judge_at};
#[cfg(not(target_family = "wasm"))]
use native as system;
#[cfg(target_family = "wasm")]
use web as system;

pub(crate) use system::{
    BoxFuture, Handle, Instant, Sleep, sleep, sleep_until, spawn, unconstrained, yield_now,
};
pub use system::{MaybeSend, MaybeSync};

/// Waits for a future for at most `limit`. Returns `None` if it takes longer. The future is
/// polled at least once. A limit beyond the clock's range never passes.
pub(crate) async fn timeout<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    timeout_at(Instant::now().checked_add(limit), future).await
}

/// Waits for a future until a deadline, if there is one, as [`timeout`] does.
pub(crate) async fn timeout_at<F: Future>(
    deadline: Option<Instant>,
    future: F,
) -> Option<F::Output> {
    let mut future = pin!(future);
    // Most are ready at once, and need no timer.
    if let Poll::Ready(output) = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
        return Some(output);
    }
    let Some(deadline) = deadline else { return Some(future.await) };
    match select(future, pin!(sleep_until(deadline))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Waits for a deadline, and may be ready before it: look at the clock again then. The alarm
/// is not reset when the deadline moves away, which it does often: it fires too early then,
/// and is reset once.
pub(crate) fn poll_alarm(
    mut alarm: Pin<&mut Sleep>,
    deadline: Instant,
    cx: &mut Context<'_>,
) -> Poll<()> {
    if alarm.is_elapsed() || alarm.deadline() > deadline {
        alarm.as_mut().reset(deadline);
    }
    alarm.poll(cx)
}
