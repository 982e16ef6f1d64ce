//! Outgoing frames, written around a payload that was encoded in place.
//!
//! ```text
//! let start = seal::begin(out);                       // two bytes for the header
//! message.encode(out);                                // the payload, straight behind them
//! seal::finish_server(start, OpCode::Binary, out);    // the header, now that the length is known
//! ```
//!
//! A server's header for up to 125 bytes fits the two reserved ones, so the common short
//! message is never moved; a longer one moves once, by 2 or 8 bytes.

use super::{Header, MAX_CONTROL_PAYLOAD, OpCode, apply_mask};

/// Bytes that [`begin`] keeps free: the header of a short unmasked frame.
const RESERVED: usize = 2;

/// Keeps room for a header at the end of `out` and returns where the frame starts. What is
/// appended from now on is the payload.
#[must_use]
pub fn begin(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; RESERVED]);
    start
}

/// Ends the frame that [`begin`] started: all bytes behind the header become the payload of
/// one unmasked, unfragmented frame.
///
/// # Panics
///
/// If `start` was not returned by [`begin`] for this `out`.
#[inline]
pub fn finish_server(start: usize, opcode: OpCode, out: &mut Vec<u8>) {
    finish(start, opcode, None, out);
}

/// As [`finish_server`], but masked with `key`, as every frame of a client must be. The key
/// has to be new for each frame and unforeseeable (see [`MaskKeys`](super::MaskKeys)).
///
/// # Panics
///
/// If `start` was not returned by [`begin`] for this `out`.
pub fn finish_client(start: usize, opcode: OpCode, key: [u8; 4], out: &mut Vec<u8>) {
    apply_mask(key, &mut out[start + RESERVED..]);
    finish(start, opcode, Some(key), out);
}

/// Appends a whole frame whose payload lies elsewhere, such as a ping; a client passes a
/// mask key, a server `None`. A control frame's payload is at most 125 bytes.
pub fn write_frame(opcode: OpCode, payload: &[u8], key: Option<[u8; 4]>, out: &mut Vec<u8>) {
    header(opcode, payload.len(), key).write(out);
    let start = out.len();
    out.extend_from_slice(payload);
    if let Some(key) = key {
        apply_mask(key, &mut out[start..]);
    }
}

/// Always inlined, since a server never has a key.
#[inline(always)]
fn finish(start: usize, opcode: OpCode, key: Option<[u8; 4]>, out: &mut Vec<u8>) {
    let payload = start + RESERVED;
    let end = out.len();
    let header = header(opcode, end - payload, key);
    let size = header.size();
    if size > RESERVED {
        out.resize(start + size + (end - payload), 0);
        out.copy_within(payload..end, start + size);
    }
    header.put(&mut out[start..start + size]);
}

#[inline]
fn header(opcode: OpCode, len: usize, mask: Option<[u8; 4]>) -> Header {
    debug_assert!(!opcode.is_control() || len <= MAX_CONTROL_PAYLOAD);
    Header { fin: true, opcode, mask, len: len as u64 }
}
