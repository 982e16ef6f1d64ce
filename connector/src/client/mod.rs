//! The client: requests, notifies and pushes over one connection.
//!
//! A [`Client`] is a handle. One task owns the socket, sends what the handles have queued,
//! and passes answers and pushes to their readers.
//!
//! | to | use |
//! |---|---|
//! | connect by URL, or over a socket of your own | [`Client::connect`], [`ClientBuilder::connect_socket`] |
//! | set the handshake's data, formats, timeouts | [`Client::builder`] |
//! | join rooms on each connection | [`ClientBuilder::on_open`] |
//! | keep the server's dictionary and schemas | [`HandshakeCache`] |
//! | send | [`Client::request`], [`Client::ask`], [`Client::notify`] |
//! | read the pushes of one route, of a schema, or of all | [`Client::pushes`], [`Client::pushes_of`], [`Client::all_pushes`] |
//! | call a function for each push | [`Client::listen`] |
//! | notice a loss, or the end | [`Client::states`], [`Client::closed`], [`Client::close_reason`] |
//!
//! Generated clients of `.proto` services wrap a [`Client`]. For tests there is the module
//! `testing`.
//!
//! ```no_run
//! use connector::Json;
//! use connector::client::Client;
//! # #[derive(serde::Serialize)] struct Line { text: String }
//! # #[derive(serde::Deserialize)] struct Sent { id: u64 }
//! # #[derive(serde::Deserialize)] struct OnLine { text: String }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::connect("ws://127.0.0.1:3010").await?;
//! let mut lines = client.pushes::<Json<OnLine>>("onLine");
//! let line = Line { text: "hello".into() };
//! let Json(sent): Json<Sent> = client.request("chat.chatHandler.send", Json(line)).await?;
//! while let Some(line) = lines.next().await {
//!     let Json(line) = line?;
//!     println!("{}", line.text);
//! }
//! println!("closed: {}", client.closed().await);
//! # Ok(())
//! # }
//! ```
//!
//! # Connections that are lost
//!
//! A client that was connected by URL, or by [`ClientBuilder::connect_with`], connects again
//! when its connection is lost, by the policy [`Reconnect`]:
//!
//! | at a loss | happens this |
//! |---|---|
//! | requests that were sent | They fail at once with [`RequestError::Lost`]. None is sent twice. |
//! | requests and notifies made meanwhile | They wait for the next connection in their order, up to their timeout, and fail with [`RequestError::NotConnected`]. With [`ClientBuilder::fail_while_lost`] they fail at once. |
//! | subscriptions and listeners | They go on with the next connection. Pushes that were sent meanwhile are missed. |
//! | the handshake | It is made anew, with new data of [`ClientBuilder::user_with`]. |
//! | what the server kept of the session: its user, its channels | It is gone. Sign in by [`ClientBuilder::user_with`], and join again in [`ClientBuilder::on_open`], before messages that have waited leave. |
//!
//! A kick and a refused handshake are the end, and so is [`Client::close`], or the drop of the
//! last handle.
//!
//! ```
//! use std::time::Duration;
//!
//! use connector::client::{Client, ConnectionState, Reconnect};
//! use connector::prelude::*;
//!
//! struct Echo;
//!
//! #[handler("echo.echoHandler")]
//! impl Echo {
//!     #[route]
//!     fn send(&self, Json(text): Json<String>) -> Json<String> {
//!         Json(text)
//!     }
//! }
//!
//! async fn serve(address: &str) -> Result<Server, ServeError> {
//!     let tcp = TcpConnector::bind(address);
//!     Server::builder().connector(tcp).handler(Echo).start().await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = serve("127.0.0.1:0").await?;
//! let address = server.addresses()[0].to_string();
//! let policy = Reconnect::new().first_wait(Duration::from_millis(20));
//! let client = Client::builder().reconnect(policy).connect(&address).await?;
//! let mut states = client.states();
//! assert_eq!(states.next().await, Some(ConnectionState::Open));
//!
//! server.handle().stop().await;
//! assert!(matches!(states.next().await, Some(ConnectionState::Lost { attempt: 1, .. })));
//!
//! // It waits for the next connection, and so for the next server.
//! let request = client.request("echo.echoHandler.send", Json("hi"));
//! let (answer, server) = tokio::join!(request, serve(&address));
//! let Json(text): Json<String> = answer?;
//! assert_eq!(text, "hi");
//! # drop(server?);
//! # Ok(())
//! # }
//! ```

mod builder;
mod cache;
mod dial;
mod driver;
mod error;
mod handle;
mod listener;
mod live;
mod on_open;
mod open;
mod pending;
mod pushes;
mod reconnect;
mod route;
mod shared;
mod state;
mod supervisor;
#[cfg(test)]
mod tests;
mod turns;
mod user;

pub use builder::ClientBuilder;
pub use cache::HandshakeCache;
pub use error::{ConnectError, RequestError};
pub use handle::Client;
pub use listener::Listener;
pub use pushes::{AllPushes, Push, PushSet, Pushes, PushesOf};
pub use reconnect::Reconnect;
pub use route::RequestRoute;
pub use state::{ConnectionState, States};
