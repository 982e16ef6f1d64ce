//! What the attributes and derives of handlers promise.

#![allow(clippy::unwrap_used)]

mod arguments;
mod errors;
mod filters;
mod hooks;
mod keys;
mod logs;
mod order;
mod plain;
mod run_time;
mod server;
mod timeouts;

use connector::server::ServerBuilder;
use connector::testing::{TestClient, TestServer};

/// A server in memory and a client of it.
async fn start(builder: ServerBuilder) -> (TestServer, TestClient) {
    let server = TestServer::start(builder).await;
    let client = server.client().connect().await;
    (server, client)
}
