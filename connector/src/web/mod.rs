//! Links and connectors of browsers, for programs that are compiled to WebAssembly.
//!
//! | other end | engine's side | plugin's side |
//! |---|---|---|
//! | a page in a frame | [`IframePlugin`] | [`PostLink::parent`], [`follow_theme`] |
//! | a dedicated worker | [`WebWorkerPlugin`] | [`PostLink::worker_scope`] |
//! | a shared worker | [`PortPlugin`] | [`each_shared_port`] |
//! | another `MessagePort`, such as that of a thread of Node's `worker_threads` | [`PortPlugin`] | [`PostLink::port`] |
//! | a page of the same origin | | [`PostLink::broadcast`] |
//! | a server, by a WebSocket | [`WebSocketDialer`] | |
//!
//! [`Client::builder`](crate::Client::builder) connects by the browser's WebSockets too, with the
//! same `connect` as elsewhere.
//!
//! A plugin in a frame or worker needs the package `@connector-kit/web` of `clients/web`: it keeps
//! the messages that come while the program is compiled. Without it, Remix's engine never
//! finishes the activation. `docs/web.md` goes from an empty folder to a plugin in the Remix IDE.
//!
//! # Values
//!
//! Messages are posted as objects. Their values are JSON within the program. What pages can post
//! and JSON cannot tell becomes:
//!
//! | what is posted | what arrives |
//! |---|---|
//! | `undefined` | `null` in a list, nothing in an object, as in JSON |
//! | `NaN`, infinities | `null`, as in JSON |
//! | a `Date` | its text in ISO 8601, as in JSON |
//! | a `BigInt` | a text of its decimal digits, if it has at most 32,768 bits |
//! | a typed array | a list of its numbers |
//! | an `ArrayBuffer`, a `DataView` | a list of its bytes |
//! | a `Map` | an object, whose keys are texts; objects cannot be keys |
//! | a `Set` | a list |
//! | an `Error` | its text |
//! | a `Blob`, a `File`, another object of the platform | `{}` |
//! | a value that contains itself, or more than 512 levels of others | an error for whoever calls, or waits for the result |

mod error;
mod listener;
#[cfg(feature = "plugin")]
mod plugins;
mod websocket;

pub use error::WebError;
#[cfg(feature = "plugin")]
pub use plugins::{
    IframePlugin, Origins, PortPlugin, PostLink, WebWorkerPlugin, apply_theme, each_shared_port,
    follow_theme,
};
pub(crate) use websocket::UrlDialer;
pub use websocket::{WebSocketDialer, WebSocketLink, WebSocketSocket};
