//! For tests of handlers, and of connectors. Needs the feature `testing`:
//!
//! ```toml
//! [dev-dependencies]
//! connector = { package = "connector-kit", version = "0.1", features = ["testing"] }
//! ```
//!
//! # Handlers
//!
//! A [`TestServer`] serves whatever a [`Server`](crate::Server) does, in
//! memory; its [`TestClient`]s send, and say what they expect.
//!
//! # Connectors
//!
//! The conformance kit: one suite of behaviours for every connector, built-in
//! or a user's own. A connector is done when the kit passes.
//!
//! The kit stands on both sides of a connection. On the server's it drives the
//! connector through its traits, as a [`Server`](crate::Server) would; on the
//! client's it writes and reads raw bytes, so that nothing of the connector
//! under test checks itself. What the bytes look like, a [`Subject`] says;
//! [`Tester`] is one for connectors over byte streams and over WebSocket:
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
//! [`Behaviour`] lists what is demanded. All of it runs within this process, on
//! loopback or in memory, and nothing sleeps: what does not happen within the
//! [`Subject::patience`] has failed.

mod arrived;
mod client;
mod client_builder;
mod conformance;
mod patience;
mod server;

pub use client::TestClient;
pub use client_builder::TestClientBuilder;
pub use conformance::{
    Behaviour, Dial, Dialers, Framed, Outcome, OverWebSocket, Report, Sockets, Speech, Subject,
    Tester, Wire, check, conformance,
};
pub use server::TestServer;
