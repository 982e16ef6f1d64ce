//! Tools for testing handlers and connectors.
//!
//! They need the feature `testing`:
//!
//! ```toml
//! [dev-dependencies]
//! connector = { package = "connector-kit", version = "0.1", features = ["testing"] }
//! ```
//!
//! # Handlers
//!
//! A [`TestServer`] runs a [`Server`](crate::Server) in memory. Its [`TestClient`]s send
//! messages, and fail the test if something does not happen as expected.
//!
//! # Connectors
//!
//! The conformance kit is a suite of behaviours that every connector must have, built-in
//! ones and users' own. A connector is complete when the kit passes.
//!
//! The kit runs both sides of a connection. On the server's side it drives the connector
//! through its traits, as a [`Server`](crate::Server) does. On the client's side it writes
//! and reads raw bytes, so that the connector's code does not check itself. A [`Subject`]
//! defines these bytes. [`Tester`] is the subject for connectors over byte streams and
//! over WebSocket:
//!
//! ```
//! use connector::TcpConnector;
//! use connector::protocol::pomelo::package::PomeloPackages;
//! use connector::testing::{Tester, conformance};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let tcp = Tester::framed::<PomeloPackages>(|| TcpConnector::bind("127.0.0.1:0")).pomelo();
//! conformance(&tcp).await.assert();
//! # }
//! ```
//!
//! [`Behaviour`] lists the requirements. Everything runs in this process, on loopback or in
//! memory, and nothing sleeps. A step that takes longer than [`Subject::timeout`] has
//! failed.

mod arrived;
mod client;
mod client_builder;
mod conformance;
mod server;
mod timeout;

pub use client::TestClient;
pub use client_builder::TestClientBuilder;
pub use conformance::{
    Behaviour, ClientProtocol, Dial, Dialers, Framed, Outcome, OverWebSocket, Report, Sockets,
    Subject, Tester, Wire, check, conformance,
};
pub use server::TestServer;
