//! WebSocket framing (RFC 6455), server and client, without any I/O.
//!
//! Bytes go in, messages and answers come out; sockets, clocks and random numbers stay with
//! the caller. In the order in which a connection meets them:
//!
//! 1. [`upgrade`] turns the HTTP request into a WebSocket connection (or answers it as HTTP).
//! 2. [`Decoder`] takes the bytes that were read and hands out whole messages. It answers
//!    pings and closes by itself, into a buffer of the caller's.
//! 3. [`seal`] puts a frame around a message that was encoded in place in the write buffer.
//! 4. [`write_close`] or [`Decoder::close`] ends the connection with a [`CloseCode`].
//!
//! Nothing is allocated for a message that arrives in one frame: it is unmasked where it
//! lies. Extensions (permessage-deflate) are never accepted and never offered.

mod close;
mod decoder;
mod error;
mod fragments;
mod frame;
mod mask;
pub mod seal;
pub mod upgrade;

#[cfg(test)]
mod tests;

pub use close::{CloseCode, MAX_CLOSE_REASON, write_close};
pub use decoder::{Decoder, Role, Step};
pub use error::WsError;
pub use frame::{Header, MAX_CONTROL_PAYLOAD, MAX_HEADER, OpCode};
pub use mask::{MaskKeys, apply_mask};
