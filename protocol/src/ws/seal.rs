//! Outgoing frames, written around a payload that was encoded in place.
//!
//! ```text
//! let start = seal::begin(out);                       // reserves two bytes for the header
//! message.encode(out);                                // appends the payload
//! seal::finish_server(start, OpCode::Binary, out);    // writes the header, as the length is known
//! ```
//!
//! A server's header for up to 125 bytes fits into the reserved bytes, so that a short message
//! is never moved. A longer one moves once, by 2 or 8 bytes.

use super::{Header, MAX_CONTROL_PAYLOAD, OpCode, apply_mask};

/// The bytes that [`begin`] reserves: the header of a short unmasked frame.
const RESERVED: usize = 2;

/// Reserves room for a header at the end of `out`, and returns the start of the frame.
/// Everything that is appended from then on is the payload.
#[must_use]
pub fn begin(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(&[0; RESERVED]);
    start
}

/// Ends the frame that [`begin`] started: all bytes behind the header are the payload of one
/// unmasked, unfragmented frame.
///
/// # Panics
///
/// If `start` was not returned by [`begin`] for this `out`.
#[inline]
pub fn finish_server(start: usize, opcode: OpCode, out: &mut Vec<u8>) {
    finish(start, opcode, None, out);
}

/// Ends a frame as [`finish_server`] does, and masks it with `key`, as every frame of a client
/// must be. The key has to be new for each frame and unpredictable (see
/// [`MaskKeys`](super::MaskKeys)).
///
/// # Panics
///
/// If `start` was not returned by [`begin`] for this `out`.
pub fn finish_client(start: usize, opcode: OpCode, key: [u8; 4], out: &mut Vec<u8>) {
    apply_mask(key, &mut out[start + RESERVED..]);
    finish(start, opcode, Some(key), out);
}

/// Returns where the payload of the frame begins that [`begin`] started.
#[must_use]
pub fn payload(start: usize) -> usize {
    start + RESERVED
}

/// Marks a finished frame as a compressed message: sets RSV1 (RFC 7692 6.1).
///
/// # Panics
///
/// If no frame begins at `start` in `out`.
#[cfg(feature = "deflate")]
pub fn mark_compressed(start: usize, out: &mut [u8]) {
    Header::mark_compressed(&mut out[start..]);
}

/// Appends a whole frame with a copy of `payload`, such as a ping. A client passes a mask key,
/// a server `None`. A control frame's payload has at most 125 bytes.
pub fn write_frame(opcode: OpCode, payload: &[u8], key: Option<[u8; 4]>, out: &mut Vec<u8>) {
    header(opcode, payload.len(), key).write(out);
    let start = out.len();
    out.extend_from_slice(payload);
    if let Some(key) = key {
        apply_mask(key, &mut out[start..]);
    }
}

/// Is always inlined, so that the code of a server, which never has a key, is short.
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
