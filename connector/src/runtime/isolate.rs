//! The isolation of panics in the application's code.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;

/// Runs the application's code. A panic is logged, and `None` is returned. `what` names the
/// code in the log, such as "a close hook".
///
/// Borrowed values may be half changed after a panic: the caller must drop or repair
/// them.
pub(crate) fn isolate<T>(what: &str, run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).inspect_err(|panic| log(what, &**panic)).ok()
}

/// Runs a future as [`isolate`] runs a function.
pub(crate) async fn isolate_future<T>(what: &str, run: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(run).catch_unwind().await.inspect_err(|panic| log(what, &**panic)).ok()
}

fn log(what: &str, panic: &(dyn Any + Send)) {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(what, panic = text.unwrap_or("of an unknown type"), "a panic");
}
