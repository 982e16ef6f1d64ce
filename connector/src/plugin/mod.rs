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
//! | plugin | [`ClientConnector`], which is a [`MessageLink`] | [`PluginClient`] | [`#[plugin]`](macro@plugin), [`Methods`] |
//! | engine, for one plugin | [`PluginConnector`], which opens one | [`RemotePlugin`] | [`HostHandler`] |
//! | engine, for many | a [`PluginConnector`] each | [`Engine`] | [`Permissions`] |
//!
//! A plugin to which any engine can connect:
//!
//! ```no_run
//! use connector::plugin::{self, CallError, PluginClient, WebSocketPlugin, plugin};
//!
//! struct Calculator;
//!
//! /// Adds numbers.
//! #[plugin(name = "calculator", events("announced"))]
//! impl Calculator {
//!     #[method]
//!     fn add(&self, a: i64, b: i64) -> i64 {
//!         a + b
//!     }
//!
//!     #[method]
//!     async fn announce(&self, client: &PluginClient, text: Option<String>) -> Result<(), CallError> {
//!         Self::emit_announced(client, (text,))
//!     }
//!
//!     #[on("theme", "themeChanged")]
//!     async fn restyled(&self, theme: plugin::Payload) {
//!         println!("the theme is {theme}");
//!     }
//! }
//!
//! # async fn example() -> Result<(), connector::StartError> {
//! plugin::serve(Calculator, WebSocketPlugin::bind("127.0.0.1:65520")).await
//! # }
//! ```
//!
//! Methods that are closures are collected in [`Methods`]. A [`PluginClient`] and
//! [`create_connector_client`] connect a plugin over a link of any kind.
//!
//! An engine's call of its method:
//!
//! ```no_run
//! use connector::plugin::{PluginOptions, Profile, RemotePlugin, WebSocketPluginConnector};
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
//!
//! A client with the plugin's own types, for plugins and engines alike, is declared by
//! [`#[remote_plugin]`](macro@remote_plugin). Those of Remix IDE's plugins are in
//! [`profiles`].
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use connector::plugin::{Engine, LocalPlugin, Methods, PluginCall, Profile, remote_plugin};
//!
//! #[remote_plugin("calculator")]
//! trait Calculator {
//!     async fn add(&self, a: i64, b: i64) -> i64;
//!
//!     #[event]
//!     fn added(&self, sum: i64);
//! }
//!
//! let methods = Methods::new().method("add", |call: PluginCall| async move {
//!     let (a, b): (i64, i64) = call.args()?;
//!     Calculator::emit_added(call.client(), a + b)?;
//!     Ok(a + b)
//! });
//! let engine = Engine::new();
//! engine.register(LocalPlugin::new(Profile::new("calculator"), methods))?;
//!
//! let calculator = Calculator::new(&engine);
//! let mut added = calculator.added();
//! assert_eq!(calculator.add(3, 4).await?, 7);
//! assert_eq!(added.next().await.transpose()?, Some(7));
//! # Ok(())
//! # }
//! ```

mod backlog;
mod call;
mod caller;
mod calls;
mod carrier;
mod client;
mod closures;
mod connection_limits;
pub(crate) mod connector;
mod consent;
mod engine;
mod error;
mod events;
pub(crate) mod expansion;
mod host;
mod isolated;
mod listeners;
mod liveness;
mod message_io;
mod methods;
mod next_message;
mod options;
mod pending_call;
pub mod profiles;
pub(crate) mod remote;
pub(crate) mod remote_fields;
mod serve;
mod shared;
#[cfg(test)]
mod tests;
mod values;
mod warnings;

use std::sync::Arc;

use crate::{MaybeSend, MaybeSync};

pub use connector_macros::{ClientConnector, PluginConnector, plugin, remote_plugin};
pub use connector_protocol::remix::{
    Arguments, ArgumentsError, HostCall, ListenerId, Payload, Profile, QueueOptions, RemixError,
    RequestInfo,
};

pub use call::{PluginCall, PluginEvent};
pub use caller::{EventListener, PluginCaller};
pub use calls::MethodResult;
pub use client::{Loaded, PluginClient, create_connector_client};
pub use closures::Methods;
pub use connector::{
    AcceptedLink, AcceptedPlugin, CallbackLink, ClientConnector, DialedPlugin, Incoming,
    LineDialer, LineLink, LocalLink, LocalPlugin, MessageInbox, MessageLink, MessageSender,
    OfConnector, OfLinks, OfStreams, PluginConnector, Port, inbox,
};
pub use consent::Consent;
pub use engine::{Engine, EngineError, Permissions, PersonGuard, WeakEngine};
pub use error::{CallError, PluginError};
pub use events::Events;
pub use host::{ConnectError, HostHandler, HostRequest, PluginStatus, RemotePlugin};
pub use message_io::MessageIo;
pub use methods::{Plugin, PluginMethods};
pub use options::{ClientOptions, PluginOptions};
pub use serve::{serve, serve_until};
pub use values::arguments::Rest;
pub use values::into_arguments::IntoArguments;

#[cfg(all(feature = "sio", not(target_family = "wasm")))]
pub use connector::{SocketIoConnector, SocketIoPlugin};
#[cfg(not(target_family = "wasm"))]
pub use connector::{WebSocketPlugin, WebSocketPluginConnector};

/// A listener of an event.
trait Listen: MaybeSend + MaybeSync {
    fn call(&self, payload: Arguments);
}

impl<F: Fn(Arguments) + MaybeSend + MaybeSync> Listen for F {
    fn call(&self, payload: Arguments) {
        self(payload);
    }
}

type Callback = Arc<dyn Listen>;
