//! The system's wish that a server stops.

/// Resolves at Ctrl-C, and on Unix at SIGTERM too: what
/// [`Server::serve_until`](super::Server::serve_until) usually wants.
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
