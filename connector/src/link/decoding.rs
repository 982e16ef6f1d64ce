//! Packages of framings that rewrite them.

use std::cell::Cell;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::framing::{Decode, Decoded, TooLong};

use super::read_buffer::SCRATCH;

thread_local! {
    /// The buffer into which a thread decodes.
    static DECODED: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The meaning of encoded bytes.
#[derive(Debug)]
pub(super) enum Found {
    /// A package of so many bytes, which now lies where the encoded bytes began.
    InPlace(usize),
    /// A package that is longer than the encoded bytes.
    Grown(Bytes),
    /// No package.
    Nothing,
}

/// Decodes bytes of the read buffer in place, unless their package has no room there.
pub(super) fn decode_in(
    encoded: &mut [u8],
    decode: Decode,
    limit: usize,
) -> Result<Found, CloseReason> {
    let mut decoded = DECODED.take();
    decoded.clear();
    let package = decode(encoded, limit, &mut decoded)?;
    TooLong::check(decoded.len(), limit)?;
    let found = match (package, encoded.get_mut(..decoded.len())) {
        (Decoded::Nothing, _) => Found::Nothing,
        (Decoded::Package, Some(room)) => {
            room.copy_from_slice(&decoded);
            Found::InPlace(decoded.len())
        }
        (Decoded::Package, None) => Found::Grown(Bytes::copy_from_slice(&decoded)),
    };
    if decoded.capacity() <= SCRATCH {
        DECODED.set(decoded);
    }
    Ok(found)
}
