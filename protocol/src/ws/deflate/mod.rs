//! permessage-deflate (RFC 7692): messages that are compressed one by one.
//!
//! ```text
//! terms.offer(&mut request);                               // a client asks for it
//! let agreement = terms.answer(&request, &mut response)?;  // a server agrees
//! terms.parse_response(&input, key)?                       // and the client learns of it
//!
//! decoder.inflate(agreement.client);                       // messages that arrive
//!
//! let start = seal::begin(out);                            // a compressed message is a frame
//! message.encode(out);                                     // whose payload is replaced
//! let is_shorter = deflater.deflate_message(seal::payload(start), out);
//! seal::finish_server(start, OpCode::Binary, out);
//! if is_shorter { seal::mark_compressed(start, out) }      // and that has a mark
//! ```
//!
//! | part | reads or writes |
//! |---|---|
//! | [`Terms`], [`Agreement`] | the header `Sec-WebSocket-Extensions` of both heads |
//! | [`Decoder::inflate`](super::Decoder::inflate) | messages that arrive: one that was not compressed costs as much as before |
//! | [`Deflater`] | messages that leave |
//!
//! # Memory
//!
//! Without context takeover a connection holds nothing between two messages: what inflates
//! is the thread's, about 40 KiB. With it, a receiver keeps the end of what it has received,
//! at most as much as the window (32 KiB at 15 bits, 512 bytes at 9), and no inflater. A
//! sender has a [`Deflater`] of its own, which [`Deflater::memory`] tells the size of.
//!
//! What inflates is limited while it does: a message costs the limit of the decoder at most,
//! however small its frames are.

mod deflater;
mod inflater;
mod parameters;
mod terms;
mod window;

pub use deflater::Deflater;
pub(super) use inflater::Inflater;
pub use parameters::{Parameter, ParameterError};
pub use terms::{Agreement, Direction, Terms};
pub(super) use window::Window;
pub use window::WindowBits;

/// The bytes that end each compressed message and are left out of it: an empty block without
/// compression (7.2.1).
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];
