//! Time and tasks of a browser.

use std::task::Context;

pub(crate) use wasmtimer::std::Instant;
pub(crate) use wasmtimer::tokio::{Sleep, sleep_until};

/// Runs a future on the page's event loop.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(future);
}

/// Wakes the task behind others that are ready.
pub(crate) fn yield_now(cx: &mut Context<'_>) {
    cx.waker().wake_by_ref();
}
