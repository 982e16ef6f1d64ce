//! The server: connectors, handlers, and the sessions between them.
//!
//! | type | use |
//! |---|---|
//! | [`ServerBuilder`] | collects connectors, handlers, filters, state, limits and hooks |
//! | [`Server`] | listens and serves, until it is stopped |
//! | [`ServerHandle`] | sessions, pushes, kicks and the stop, from any part of the program |
//!
//! A connection is accepted by its [`Connector`](crate::Connector), opens, shakes hands,
//! and is then a [`Session`](crate::Session), whose messages are calls of
//! [handlers](mod@crate::handler).
//!
//! ```no_run
//! use connector::prelude::*;
//!
//! struct Echo;
//!
//! #[handler("echo.echoHandler")]
//! impl Echo {
//!     #[route]
//!     async fn echo(&self, Json(text): Json<String>) -> Json<String> {
//!         Json(text)
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), ServeError> {
//! Server::builder()
//!     .connector(TcpConnector::bind("127.0.0.1:3010"))
//!     .handler(Echo)
//!     .serve_until(shutdown_signal())
//!     .await
//! # }
//! ```

mod accept;
mod builder;
mod call_options;
mod coder;
mod connection;
mod dictionary;
mod end;
mod handle;
mod hooks;
mod hosts;
mod inner;
mod lifecycle;
mod machine;
mod moving;
mod open;
mod protos;
mod settings;
mod sign_in;
#[cfg(not(target_family = "wasm"))]
mod signal;
#[cfg(feature = "crypto")]
mod signatures;
#[cfg(test)]
mod tests;
mod timer;
mod users;

use std::sync::Arc;

pub use builder::{ServeError, ServerBuilder};
pub(crate) use handle::WeakServerHandle;
pub use handle::{ServerHandle, Statistics};
#[cfg(not(target_family = "wasm"))]
pub use signal::shutdown_signal;

pub use crate::session::SingleSession;

use crate::connector::Address;
use inner::ServerInner;

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
    /// Starts building a server.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Returns the addresses of its connectors, in the order in which they were added. A
    /// connector without an address is left out.
    pub fn addresses(&self) -> &[Address] {
        &self.addresses
    }

    /// Returns a handle, for other parts of the program.
    pub fn handle(&self) -> ServerHandle {
        self.handle.clone()
    }

    /// Serves until `shutdown` resolves, then stops gracefully.
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the server, which serves in the background. A stop
    /// that has begun continues.
    pub async fn serve_until(self, shutdown: impl Future<Output = ()>) {
        tokio::select! {
            () = shutdown => self.handle.stop().await,
            () = self.handle.stopped() => {}
        }
    }

    /// Waits until the server is stopped through a [`ServerHandle`].
    ///
    /// # Cancel safety
    /// Dropping the future does not stop the server, which serves in the background.
    pub async fn serve(self) {
        self.handle.stopped().await;
    }

    fn new(server: Arc<ServerInner>, addresses: Vec<Address>) -> Self {
        Self { handle: ServerHandle::new(server), addresses }
    }
}
