//! Plugins and the engines that host them: Remix's connectors over any link.
//!
//! An engine calls the methods of a plugin, a plugin calls other plugins through its
//! engine, and both send each other events. The session machines
//! ([`PluginSession`](crate::protocol::remix::PluginSession),
//! [`HostSession`](crate::protocol::remix::HostSession)) implement the protocol. This
//! module runs them on connections, with a task for each.
//!
//! | side | transport | handle | user's code |
//! |---|---|---|---|
//! | plugin | [`ClientConnector`] | [`PluginClient`] | [`PluginMethods`] |
//! | engine | [`PluginConnector`] | [`RemotePlugin`] | [`HostHandler`] |
//!
//! A plugin to which any engine can connect:
//!
//! ```no_run
//! use connector::plugin::{self, Methods, PluginCall, WebSocketPlugin};
//!
//! # async fn example() -> Result<(), connector::StartError> {
//! let methods = Methods::new()
//!     .method("add", |call: PluginCall| async move {
//!         let (a, b): (i64, i64) = call.args()?;
//!         Ok(a + b)
//!     })
//!     .method("announce", |call: PluginCall| async move {
//!         call.client().emit("announced", ("it",))?;
//!         Ok(())
//!     });
//! plugin::serve(methods, WebSocketPlugin::bind("127.0.0.1:65520")).await
//! # }
//! ```
//!
//! An engine's call of its method:
//!
//! ```no_run
//! use connector::plugin::{PluginOptions, RemotePlugin, WebSocketPluginConnector};
//! use connector::protocol::remix::Profile;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let profile = Profile::new("calculator").url("ws://127.0.0.1:65520");
//! let connector = WebSocketPluginConnector::new(profile);
//! let calculator = RemotePlugin::new(connector, (), PluginOptions::new());
//! calculator.on("announced", |payload| println!("announced {}", payload.as_payload()));
//! calculator.connect().await?;
//! let sum: i64 = calculator.call("add", (3, 4)).await?;
//! # Ok(())
//! # }
//! ```

mod connector;
mod error;
mod message_io;
mod socket;

#[cfg(not(target_family = "wasm"))]
mod calls;
#[cfg(not(target_family = "wasm"))]
mod client;
#[cfg(not(target_family = "wasm"))]
mod host;
#[cfg(not(target_family = "wasm"))]
mod methods;
#[cfg(not(target_family = "wasm"))]
mod options;
#[cfg(not(target_family = "wasm"))]
mod outcome;
#[cfg(not(target_family = "wasm"))]
mod serve;
#[cfg(not(target_family = "wasm"))]
mod shared;
#[cfg(test)]
mod tests;
#[cfg(not(target_family = "wasm"))]
mod websocket;

pub use connector::{ClientConnector, PluginConnector};
pub use error::{CallError, PluginError};
pub use message_io::MessageIo;
pub use socket::SocketClientConnector;

#[cfg(not(target_family = "wasm"))]
pub use self::{
    calls::MethodResult,
    client::{Loaded, PluginClient, create_connector_client},
    host::{ConnectError, HostHandler, HostRequest, PluginStatus, RemotePlugin},
    methods::{Methods, PluginCall, PluginMethods},
    options::{ClientOptions, PluginOptions},
    serve::{WebSocketPlugin, serve, serve_until},
    websocket::WebSocketPluginConnector,
};

/// A listener of an event.
#[cfg(not(target_family = "wasm"))]
type Callback = std::sync::Arc<dyn Fn(connector_protocol::remix::Arguments) + Send + Sync>;

/// The time in which a connection has to close.
#[cfg(not(target_family = "wasm"))]
const CLOSING: std::time::Duration = std::time::Duration::from_secs(5);
