//! The server for tests, without a port.

use std::panic::Location;

use super::TestClientBuilder;
use super::insight::{Causes, Insight};
use crate::server::{Server, ServerBuilder, ServerHandle};
use crate::transport::{Memory, MemoryDialer};
use crate::{Address, MemoryConnector};

/// A server for tests, to which clients connect in memory. It runs handlers with
/// everything that a real server does, and needs no port.
///
/// It works with paused time (`#[tokio::test(start_paused = true)]`), so that an hour of
/// heartbeats takes a moment.
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
    causes: Causes,
}

impl TestServer {
    /// Starts the server, with an additional connector in memory.
    ///
    /// # Panics
    /// Panics if it cannot start, with the [`ServeError`](crate::ServeError).
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no server.
    #[track_caller]
    pub fn start(builder: ServerBuilder) -> impl Future<Output = Self> {
        let caller = Location::caller();
        async move {
            let memory = MemoryConnector::bind(Memory::default());
            let dialer = memory.dialer();
            let causes = Causes::default();
            match causes.watch(builder).connector(memory).start().await {
                Ok(server) => Self { server, dialer, causes },
                Err(error) => panic!("{caller}: the server did not start: {error}"),
            }
        }
    }

    /// Starts building a client of this server.
    pub fn client(&self) -> TestClientBuilder {
        let insight = Insight::new(&self.handle(), &self.causes);
        TestClientBuilder::new(self.dialer.clone(), insight)
    }

    /// Returns the addresses of the connectors that the builder has, in their order.
    pub fn addresses(&self) -> &[Address] {
        let addresses = self.server.addresses();
        // The last one is in memory.
        &addresses[..addresses.len().saturating_sub(1)]
    }

    /// Returns the server's handle: sessions, pushes, kicks, statistics, and the stop.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }
}
