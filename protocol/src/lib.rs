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
//! | [`framing`] | where one package ends in a byte stream, and what goes around it on the way out |
//! | [`http`] | HTTP/1 heads and plain answers |
//! | [`ws`] | RFC 6455 frames and upgrades |
//! | [`session`] | the contract of the state machines that live on packages |
//! | [`message`] | messages of every protocol: what they are, and where they go |
//! | [`format`](mod@format) | formats of bodies: JSON, protobuf, an application's own |
//! | [`pomelo`] | pomelo's packages, handshake, messages and machines |
//! | [`remix`] | the messages of the Remix plugin protocol |
//! | [`text`] | text from peers whose UTF-8 is not quite UTF-8 |
//! | [`options`] | the options by which a schema names its routes |
//! | [`route`] | the grammar of `server.handler.method`, shared with the macros |
//! | [`schema`] | the generated messages of the project's own `.proto` files |
//!
//! With default features off only [`route`] and [`options`] remain, and no
//! dependency.

#[cfg(feature = "wire")]
pub mod close;
#[cfg(feature = "wire")]
pub mod format;
#[cfg(feature = "wire")]
pub mod framing;
#[cfg(feature = "wire")]
pub mod http;
#[cfg(feature = "wire")]
pub mod limits;
#[cfg(feature = "wire")]
pub mod message;
pub mod options;
#[cfg(feature = "wire")]
pub mod pomelo;
#[cfg(feature = "wire")]
pub mod remix;
pub mod route;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(feature = "wire")]
pub mod session;
#[cfg(feature = "wire")]
pub mod text;
#[cfg(feature = "wire")]
pub mod ws;

#[cfg(feature = "wire")]
pub use close::CloseReason;
#[cfg(feature = "wire")]
pub use limits::{Limit, Limits};
