//! The server: connectors, handlers, and the sessions between them.

mod accept;
mod builder;
mod connection;
mod core;
mod handle;
mod lifecycle;
mod open;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;
mod timer;

use std::sync::Arc;

pub use builder::{ServeError, ServerBuilder};
pub(crate) use handle::WeakServerHandle;
pub use handle::{ServerHandle, Statistics};

use crate::connector::Address;
use core::Core;

/// A server that listens and serves.
///
/// ```
/// use connector::prelude::*;
///
/// # async fn example() -> Result<(), ServeError> {
/// let server = Server::builder()
///     .connector(HybridConnector::bind("127.0.0.1:0"))
///     .start()
///     .await?;
/// println!("listening on {}", server.addresses()[0]);
/// server.handle().stop().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Server {
    handle: ServerHandle,
    addresses: Vec<Address>,
}

impl Server {
    /// A server with nothing yet.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Where its connectors listen, in the order in which they were given.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// The handle for the rest of the program.
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Serves until `shutdown` resolves, then stops gracefully.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        tokio::select! {
            () = shutdown => self.handle.stop().await,
            () = self.handle.stopped() => {}
        }
    }

    /// Serves until somebody stops it through a [`ServerHandle`].
    pub async fn serve(self) {
        self.handle.stopped().await;
    }

    fn new(core: Arc<Core>, addresses: Vec<Address>) -> Self {
        Self { handle: ServerHandle::new(core), addresses }
    }
}

/// Resolves at Ctrl-C, and on Unix at SIGTERM too: what
/// [`Server::serve_until`] usually wants.
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
