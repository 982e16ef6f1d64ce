//! Time and tasks of a browser, which has one thread for them.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

pub(crate) use futures_util::future::LocalBoxFuture as BoxFuture;
pub(crate) use wasmtimer::std::Instant;

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

/// A timer that is ready as soon as its deadline has passed, as tokio's is. That of wasmtimer is
/// ready when its own task has run behind that, also when it is reset to a time in the past.
#[derive(Debug)]
pub(crate) struct Sleep(wasmtimer::tokio::Sleep);

impl Sleep {
    pub(crate) fn deadline(&self) -> Instant {
        self.0.deadline()
    }

    pub(crate) fn is_elapsed(&self) -> bool {
        self.0.is_elapsed() || Instant::now() >= self.0.deadline()
    }

    pub(crate) fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        Pin::new(&mut self.0).reset(deadline);
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.0.deadline() {
            return Poll::Ready(());
        }
        Pin::new(&mut self.0).poll(cx)
    }
}

/// Waits until then.
pub(crate) fn sleep_until(deadline: Instant) -> Sleep {
    Sleep(wasmtimer::tokio::sleep_until(deadline))
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
