//! The wire formats of Connector, without input or output of their own.
//!
//! Bytes and the time go in, bytes and events come out: nothing in this crate
//! opens a socket, asks a clock or draws a random number. Servers, clients,
//! browsers, fuzzers and tests therefore run the same code.
//!
//! A byte's way through the modules, from the socket inwards:
//!
//! | module | reads and writes |
//! |---|---|
//! | [`framing`] | the ends of packages in a byte stream, and the bytes around a package that is sent |
//! | [`http`] | HTTP/1 heads and plain responses |
//! | [`ws`] | RFC 6455 frames and upgrades |
//! | [`session`] | the contract of the state machines that live on packages |
//! | [`message`] | messages of every protocol: what they are, and where they go |
//! | [`format`](mod@format) | formats of bodies: JSON, protobuf, an application's own |
//! | [`pomelo`] | pomelo's packages, handshake, messages and machines |
//! | `mqtt` | MQTT's packets, messages and machines; with the feature `mqtt` |
//! | [`remix`] | the messages of the Remix plugin protocol |
//! | [`json`] | JSON as clients really write it |
//! | [`tls`] | the errors of TLS, which itself is a library's |
//! | `socketio` | Engine.IO and socket.io's events; with the feature `sio` |
//! | `zlib` | bodies as zlib streams; with the feature `zlib` |
//! | [`text`] | text of peers that do not write correct UTF-8 |
//! | [`options`] | the protobuf options with which a schema names its routes |
//! | [`route`] | the grammar of `server.handler.method`, shared with the macros |
//! | [`schema`] | the messages of Connector's own `.proto` files, generated |
//!
//! [`CloseReason`] is the error of all of them, and [`Limits`] are the limits that
//! they keep.
//!
//! Without default features only [`route`], [`options`], [`milliseconds`] and [`distance`]
//! are compiled, and there are no dependencies.

#[cfg(feature = "wire")]
pub mod close;
mod distance;
mod duration;
#[cfg(any(feature = "deflate", feature = "zlib"))]
mod flate;
#[cfg(feature = "wire")]
pub mod format;
#[cfg(feature = "wire")]
pub mod framing;
#[cfg(feature = "wire")]
pub mod http;
#[cfg(feature = "wire")]
pub mod json;
#[cfg(feature = "wire")]
pub mod limits;
#[cfg(feature = "wire")]
pub mod message;
#[cfg(feature = "mqtt")]
pub mod mqtt;
pub mod options;
#[cfg(feature = "wire")]
pub mod pomelo;
#[cfg(feature = "wire")]
mod process_exit;
#[cfg(feature = "wire")]
pub mod remix;
pub mod route;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(feature = "wire")]
pub mod session;
#[cfg(feature = "sio")]
pub mod socketio;
#[cfg(feature = "wire")]
pub mod text;
#[cfg(feature = "wire")]
pub mod tls;
#[cfg(feature = "wire")]
pub mod ws;
#[cfg(feature = "zlib")]
pub mod zlib;

#[cfg(feature = "wire")]
pub use close::CloseReason;
pub use distance::distance;
pub use duration::milliseconds;
#[cfg(feature = "wire")]
pub use limits::{Limit, Limits};
#[cfg(feature = "wire")]
pub use process_exit::ProcessExit;
#[cfg(feature = "wire")]
pub use tls::TlsError;
