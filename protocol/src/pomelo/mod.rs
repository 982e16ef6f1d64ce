//! Pomelo's protocol: packages, the handshake, messages, and the session machines of both
//! sides.

pub mod handshake;
pub mod javascript;
pub mod message;
pub mod package;
pub mod protobuf;
mod session;

pub use session::{ClientSession, ServerExtras, ServerSession};
