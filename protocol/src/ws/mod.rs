//! WebSocket framing (RFC 6455), server and client, without any I/O.
//!
//! Bytes go in, messages and replies come out. Sockets, clocks and random numbers are the
//! caller's. In the order in which a connection uses them:
//!
//! 1. [`upgrade`] turns an HTTP request into a WebSocket connection, or refuses it.
//! 2. [`Decoder`] reads the bytes that arrived and returns whole messages. It writes the
//!    replies to pings and closes into a buffer of the caller's.
//! 3. [`seal`] puts a frame around a message that was encoded in place in the write buffer.
//! 4. [`write_close`] or [`Decoder::close`] ends the connection with a [`CloseCode`].
//!
//! Nothing is allocated for a message that arrives in one frame: it is unmasked in place.
//! With the feature `deflate` messages may be compressed, where both ends agree on that
//! (permessage-deflate); there are no other extensions.

mod close;
mod decoder;
#[cfg(feature = "deflate")]
pub mod deflate;
mod error;
mod fragments;
mod frame;
mod mask;
pub mod seal;
pub mod upgrade;

#[cfg(test)]
mod tests;

pub use close::{CloseCode, write_close};
pub use decoder::{Decoder, Role, Step};
pub use error::WsError;
use frame::MAX_CONTROL_PAYLOAD;
#[cfg(test)]
use frame::MAX_HEADER;
pub use frame::{Header, OpCode};
pub use mask::{MaskKeys, apply_mask};
