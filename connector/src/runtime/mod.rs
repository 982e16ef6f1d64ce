//! Time and tasks, the seam to whatever runs this crate: tokio, or a browser.

mod isolate;
#[cfg(not(target_family = "wasm"))]
mod native;
#[cfg(target_family = "wasm")]
mod web;

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

pub(crate) use isolate::{isolate, isolate_future};
#[cfg(not(target_family = "wasm"))]
pub(crate) use native::{Instant, Sleep, sleep_until, spawn, yield_now};
#[cfg(target_family = "wasm")]
pub(crate) use web::{Instant, Sleep, sleep_until, spawn, yield_now};

/// Waits for a future, but no longer than this; `None` if it took longer. The
/// future is polled at least once. A time beyond the clock's range is never over.
pub(crate) async fn timeout<F: Future>(limit: Duration, future: F) -> Option<F::Output> {
    let Some(deadline) = Instant::now().checked_add(limit) else { return Some(future.await) };
    match select(pin!(future), pin!(sleep_until(deadline))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}
