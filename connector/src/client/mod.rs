//! The client: requests, notifies and pushes over one connection.
//!
//! A handle puts what it sends into a shared outbox; one task owns the socket,
//! reads, and hands answers and pushes to those who wait for them.
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
//! println!("over: {}", client.closed().await);
//! # Ok(())
//! # }
//! ```

mod builder;
// The system's sockets; elsewhere a socket is given to `connect_socket`.
#[cfg(not(target_family = "wasm"))]
mod dial;
mod driver;
mod error;
mod handle;
mod listener;
mod open;
mod pending;
mod pushes;
mod shared;
#[cfg(test)]
mod tests;

pub use builder::ClientBuilder;
pub use error::{ConnectError, RequestError};
pub use handle::Client;
pub use listener::Listener;
pub use pushes::{AllPushes, Push, Pushes};
