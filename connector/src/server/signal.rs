//! The system's signals to stop.

/// Waits for Ctrl-C, and on Unix also for SIGTERM. The usual argument of
/// [`Server::serve_until`](super::Server::serve_until).
///
/// # Cancel safety
/// Dropping the future loses nothing. After its first poll the process no longer ends by
/// itself at these signals.
pub async fn shutdown_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
