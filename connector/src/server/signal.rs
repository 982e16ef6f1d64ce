//! The system's signals to stop.

use std::process::exit;

use futures_util::FutureExt;

use crate::runtime::spawn;

/// The exit code of a process that ended at Ctrl-C, as shells report it.
const INTERRUPTED: i32 = 128 + 2;
/// The exit code of a process that ended at SIGTERM.
#[cfg(unix)]
const TERMINATED: i32 = 128 + 15;

/// Waits for Ctrl-C, and on Unix also for SIGTERM. The usual argument of
/// [`Server::serve_until`](super::Server::serve_until).
///
/// A second signal ends the process at once, with exit code 130 for Ctrl-C and 143 for
/// SIGTERM: whoever sends it does not want to wait for the stop.
///
/// # Cancel safety
/// Dropping the future loses nothing. After its first poll the process no longer ends by
/// itself at the first of these signals.
pub async fn shutdown_signal() {
    next_signal().await;
    // Listens before the stop begins.
    let mut second = Box::pin(next_signal());
    if let Some(code) = second.as_mut().now_or_never() {
        end(code);
    }
    spawn(async { end(second.await) });
}

fn end(code: i32) {
    tracing::warn!(code, "a second signal to stop ends the process");
    exit(code);
}

/// Waits for a signal. Returns the exit code of a process that ends at it.
async fn next_signal() -> i32 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = terminate.recv() => TERMINATED,
                _ = tokio::signal::ctrl_c() => INTERRUPTED,
            };
        }
    }
    let _ = tokio::signal::ctrl_c().await;
    INTERRUPTED
}
