//! permessage-deflate. The peer of these tests compresses with flate2 by itself.

mod faults;
mod messages;
mod negotiation;
mod sending;

use flate2::{Compress, Compression, FlushCompress};

use super::{BINARY, CLOSE, CONTINUATION, Event, FIN, KEY, LIMIT, PING, TEXT};
use super::{client, fault, feed, masked, pattern, served, server, unmasked};
use crate::ws::deflate::{Direction, WindowBits};
use crate::ws::{Decoder, MaskKeys, Role, WsError};

/// RSV1, which marks a compressed message.
const COMPRESSED: u8 = 0x40;

const ALONE: Direction = Direction { context_takeover: false, max_window_bits: WindowBits::MAX };
const TAKEOVER: Direction = Direction { context_takeover: true, max_window_bits: WindowBits::MAX };

/// A decoder that takes compressed messages.
fn inflates(mut decoder: Decoder, direction: Direction) -> Decoder {
    decoder.inflate(direction);
    decoder
}

/// A server that takes messages which are each compressed alone.
fn inflating() -> Decoder {
    inflates(server(), ALONE)
}

/// A server that takes messages which point into earlier ones.
fn with_takeover() -> Decoder {
    inflates(server(), TAKEOVER)
}

/// What a server makes of the input in one go.
fn inflated(input: &[u8]) -> super::Outcome {
    feed(&mut inflating(), [input])
}

/// The error that a server finds in the input.
#[track_caller]
fn damage(input: &[u8]) -> WsError {
    inflated(input).error.unwrap()
}

/// A peer that compresses one message after another.
struct Peer(Compress);

impl Peer {
    fn new() -> Self {
        Self::with_window(15)
    }

    fn with_window(bits: u8) -> Self {
        Self(Compress::new_with_window_bits(Compression::new(6), false, bits))
    }

    /// The next message, without the four bytes of its tail.
    fn next(&mut self, message: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(message.len() * 2 + 64);
        self.0.compress_vec(message, &mut out, FlushCompress::Sync).unwrap();
        assert_eq!(out.split_off(out.len() - 4), [0, 0, 0xff, 0xff]);
        out
    }
}

/// A message that is compressed alone.
fn deflated(message: &[u8]) -> Vec<u8> {
    Peer::new().next(message)
}

/// A message that ends with a final block, and no tail.
fn final_block(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() * 2 + 64);
    let mut state = Compress::new(Compression::new(6), false);
    state.compress_vec(message, &mut out, FlushCompress::Finish).unwrap();
    out
}

/// Bytes that do not get shorter.
fn noise(size: usize) -> Vec<u8> {
    let mut seed = 1_u32;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed.to_be_bytes()[0]
    });
    noise.take(size).collect()
}

/// A frame of a client that begins, and here also ends, a compressed message.
fn compressed(opcode: u8, payload: &[u8]) -> Vec<u8> {
    masked(opcode | FIN | COMPRESSED, payload)
}
