//! A server for tests, without a port.

use std::panic::Location;

use super::TestClientBuilder;
use crate::server::{Server, ServerBuilder, ServerHandle};
use crate::transport::{Memory, MemoryDialer};
use crate::{Address, MemoryConnector};

/// A server that is reached in memory: handlers are tested with all that
/// stands around them, and without a port.
///
/// It works while time is paused (`#[tokio::test(start_paused = true)]`): an
/// hour of heartbeats takes a moment then.
///
/// ```
/// use connector::prelude::*;
/// use connector::testing::TestServer;
/// use serde_json::json;
///
/// struct Chat;
///
/// #[handler("chat.chatHandler")]
/// impl Chat {
///     #[route]
///     async fn send(&self, session: &Session, Json(text): Json<String>) -> Json<usize> {
///         let _ = session.push("onLine", Json(&text));
///         Json(text.len())
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let server = TestServer::start(Server::builder().handler(Chat)).await;
/// let ann = server.client().user(json!({ "name": "ann" })).connect().await;
/// let Json(sent): Json<usize> = ann.request("chat.chatHandler.send", Json("hello")).await;
/// assert_eq!(sent, 5);
/// assert_eq!(ann.expect_push::<Json<String>>("onLine").await.0, "hello");
/// # }
/// ```
#[derive(Debug)]
pub struct TestServer {
    server: Server,
    dialer: MemoryDialer,
}

impl TestServer {
    /// Starts what was built, with one more connector that is in memory.
    ///
    /// # Panics
    /// If it cannot start, with the [`ServeError`](crate::ServeError).
    #[track_caller]
    pub fn start(builder: ServerBuilder) -> impl Future<Output = Self> {
        let caller = Location::caller();
        async move {
            let memory = MemoryConnector::bind(Memory::default());
            let dialer = memory.dialer();
            match builder.connector(memory).start().await {
                Ok(server) => Self { server, dialer },
                Err(error) => panic!("{caller}: the server did not start: {error}"),
            }
        }
    }

    /// A client that is still to be described.
    pub fn client(&self) -> TestClientBuilder {
        TestClientBuilder::new(self.dialer.clone())
    }

    /// Where the connectors that it was built with listen, in their order.
    pub fn addresses(&self) -> &[Address] {
        let addresses = self.server.addresses();
        // The last one is in memory.
        &addresses[..addresses.len().saturating_sub(1)]
    }

    /// Sessions, pushes, kicks, statistics, the stop.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }
}
