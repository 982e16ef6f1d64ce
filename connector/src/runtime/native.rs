//! Time and tasks of tokio.

use std::pin::pin;
use std::task::Context;

pub(crate) use tokio::time::{Instant, Sleep, sleep_until};

use crate::MaybeSend;

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
