//! Panics of the application's code, kept to where they happened.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;

/// Runs the application's code; `None` if it panicked, which is logged. `what` names
/// the code: "a close hook".
///
/// What it had borrowed may be half changed afterwards, which the caller has to
/// drop or repair.
pub(crate) fn isolate<T>(what: &str, run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).inspect_err(|panic| log(what, &**panic)).ok()
}

/// [`isolate`] for a future.
pub(crate) async fn isolate_future<T>(what: &str, run: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(run).catch_unwind().await.inspect_err(|panic| log(what, &**panic)).ok()
}

fn log(what: &str, panic: &(dyn Any + Send)) {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("of an unknown type"), "{what} panicked");
}
