//! The client: requests, notifies and pushes over one connection.
//!
//! A [`Client`] is a handle. One task owns the socket, sends what the handles have queued,
//! and passes answers and pushes to their readers.
//!
//! | to | use |
//! |---|---|
//! | connect by URL, or over a socket of your own | [`Client::connect`], [`ClientBuilder::connect_socket`] |
//! | set the handshake's data, formats, timeouts | [`Client::builder`] |
//! | keep the server's dictionary and schemas | [`HandshakeCache`] |
//! | send | [`Client::request`], [`Client::notify`] |
//! | read the pushes of one route, or of all | [`Client::pushes`], [`Client::all_pushes`] |
//! | call a function for each push | [`Client::listen`] |
//! | notice the end | [`Client::closed`], [`Client::close_reason`] |
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

mod builder;
mod cache;
mod dial;
mod driver;
mod error;
mod handle;
mod listener;
mod live;
mod open;
mod pending;
mod pushes;
mod reconnect;
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
pub use pushes::{AllPushes, Push, Pushes};
pub use reconnect::Reconnect;
pub use state::{ConnectionState, States};
