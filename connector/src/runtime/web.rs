//! Time and tasks of a browser, which has one thread for them.

use std::task::{Context, Poll};
use std::time::Duration;

pub(crate) use futures_util::future::LocalBoxFuture as BoxFuture;
pub(crate) use wasmtimer::std::Instant;
pub(crate) use wasmtimer::tokio::{Sleep, sleep_until};

/// A bound that is `Send` natively. In browsers every type has it, since futures that
/// hold JavaScript values cannot be sent.
pub trait MaybeSend {}
impl<T: ?Sized> MaybeSend for T {}

/// A bound that is `Sync` natively. In browsers every type has it.
pub trait MaybeSync {}
impl<T: ?Sized> MaybeSync for T {}

/// The sleep for a time that is beyond the clock's range: 30 years.
const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);

/// The page's event loop, or the worker's.
#[derive(Clone, Debug)]
pub(crate) struct Handle;

impl Handle {
    pub(crate) fn current() -> Self {
        Self
    }

    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + 'static) {
        spawn(future);
    }
}

/// Waits for this long.
pub(crate) fn sleep(duration: Duration) -> Sleep {
    let now = Instant::now();
    sleep_until(now.checked_add(duration).unwrap_or(now + FAR))
}

/// Runs a future on the event loop.
pub(crate) fn spawn(future: impl Future<Output = ()> + 'static) {
    wasm_bindgen_futures::spawn_local(future);
}

/// Wakes the task behind others that are ready.
pub(crate) fn yield_now(cx: &mut Context<'_>) {
    cx.waker().wake_by_ref();
}

/// Polls. A browser gives tasks no budget.
pub(crate) fn unconstrained<T>(
    cx: &mut Context<'_>,
    mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    poll(cx)
}
