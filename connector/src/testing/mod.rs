//! Tools for testing handlers and connectors, with the feature `testing`.
//!
//! **Handlers**: a [`TestServer`] runs a [`Server`](crate::Server) in memory. Its
//! [`TestClient`]s send messages, and fail the test if something does not happen as expected.
//!
//! **Connectors**: the conformance kit is a suite of behaviours that every connector must
//! have, built-in ones and users' own. A connector is complete when the kit passes.
//! [`Behaviour`] lists the requirements, and the macro makes a test for each of them:
//!
//! ```
//! use connector::TcpConnector;
//! use connector::protocol::pomelo::package::PomeloPackages;
//! use connector::testing::{Tester, conformance};
//!
//! connector::conformance! {
//!     tcp => Tester::framed::<PomeloPackages>(|| TcpConnector::bind("127.0.0.1:0")).pomelo(),
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! // Or all in one, with a report.
//! conformance(&tcp::subject()).await.assert();
//! # }
//! ```
//!
//! The server's side drives the connector through its traits. The client's side writes and
//! reads raw bytes, which a [`Subject`] defines: [`Tester`] for byte streams and WebSocket.
//! Everything runs in this process, on loopback or in memory, and nothing sleeps. A step that
//! takes longer than [`Subject::timeout`] has failed.
//!
//! **Links of messages**, between plugins and engines: [`message_links`] checks a pair of them.

mod arrived;
mod client;
mod client_builder;
pub(crate) mod conformance;
mod insight;
#[cfg(feature = "plugin")]
mod messages;
mod patience;
mod server;

pub use client::TestClient;
pub use client_builder::TestClientBuilder;
pub use conformance::{
    Behaviour, ClientProtocol, Content, Dial, Dialers, Effort, Framed, Outcome, OverWebSocket,
    Report, Sockets, Subject, Tester, Wire, check, conformance, exemptions,
};
#[cfg(feature = "plugin")]
pub use messages::message_links;
pub use server::TestServer;

/// The route of a request that no handler answers. The log does not miss it.
pub(crate) const PING: &str = "connector.testClient.ping";
