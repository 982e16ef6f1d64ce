//! Engine.IO 3 and 4 and the events of socket.io over them, without any I/O.
//!
//! A peer sends packets: a digit for the type, and data. Over a WebSocket each is a message of
//! its own; the bodies of polling requests hold several ([`Payload`], [`PayloadWriter`]).
//!
//! | packet | meaning | who sends it |
//! |---|---|---|
//! | `0{"sid":..}` | open: the session's id and its timing ([`Open`]) | server |
//! | `1` | close | either |
//! | `2`, `3` | ping and pong | Engine.IO 3: the client pings; 4: the server |
//! | `4..` | a packet of socket.io | either |
//! | `5`, `6` | the last steps of an upgrade to WebSocket | client; server |
//!
//! | packet of socket.io | meaning |
//! |---|---|
//! | `40`, `40{"sid":..}` | the namespace is connected; in Engine.IO 4 the client asks for it |
//! | `41` | the namespace is left |
//! | `42["message",..]` | the event that carries a message: a text, or any JSON ([`Content`]) |
//! | `44..` | the namespace is refused |
//!
//! Only the root namespace and the event `message` carry anything here. Other events and answers
//! to them are ignored with their attachments, and other namespaces are refused.

mod engine;
mod event;
mod open;
mod payload;
mod request;
#[cfg(test)]
mod tests;
mod text;

pub use engine::{Content, Engine, Received, Side};
pub use open::Open;
pub use payload::{Charset, Packet, Payload, PayloadError, PayloadWriter};
pub use request::{EngineRequest, RequestError, Transport};
pub use text::{elements, quote};

/// The path of socket.io's requests, unless both ends agree on another.
pub const PATH: &str = "/socket.io/";
/// The bytes in front of a message.
pub const PREFIX: &[u8] = b"42[\"message\",";
/// The bytes behind a message.
pub const SUFFIX: &[u8] = b"]";
/// The packet that closes a session.
pub const CLOSE: &[u8] = b"1";
/// The packet that asks for a [`PONG`].
pub const PING: &[u8] = b"2";
/// The packet that answers a [`PING`].
pub const PONG: &[u8] = b"3";
/// The first packet of a WebSocket that a polling session moves to.
pub const PROBE: &[u8] = b"2probe";
/// The answer to a [`PROBE`].
pub const PROBED: &[u8] = b"3probe";
/// The packet with which a client has moved to its WebSocket.
pub const UPGRADE: &[u8] = b"5";
/// A packet that says nothing, as the answer to a poll that has to end.
pub const NOOP: &[u8] = b"6";
/// The packet that connects the root namespace.
pub const CONNECT: &[u8] = b"40";
/// The packet that leaves the root namespace.
pub const DISCONNECT: &[u8] = b"41";

/// A version of Engine.IO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    /// Version 3, which socket.io 1 and 2 speak.
    V3,
    /// Version 4, which socket.io 3 and 4 speak.
    V4,
}

impl Version {
    /// Returns the number of the version.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }
}
