//! The server: connectors, handlers, and the sessions between them.

mod accept;
mod admit;
mod builder;
mod connection;
mod core;
mod end;
mod handle;
mod hooks;
mod lifecycle;
mod open;
mod settings;
// Signals of the system.
mod sign_in;
#[cfg(not(target_family = "wasm"))]
mod signal;
#[cfg(test)]
mod tests;
mod timer;

use std::sync::Arc;

pub use builder::{ServeError, ServerBuilder};
pub use handle::{ServerHandle, Statistics};
#[cfg(not(target_family = "wasm"))]
pub use signal::shutdown_signal;

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
