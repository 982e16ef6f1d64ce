//! An envelope that escapes, for a reader that does not know of it.

use connector::protocol::framing::{Envelope, Framing, TooLong};

use crate::by_hand::Netstrings;

/// A netstring whose payload has the escapes of SLIP.
#[derive(Debug)]
pub(super) struct Escaping;

impl Envelope for Escaping {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        Netstrings::INSTANCE.begin(out)
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        for byte in out.split_off(mark) {
            match byte {
                0xC0 => out.extend([0xDB, 0xDC]),
                0xDB => out.extend([0xDB, 0xDD]),
                byte => out.push(byte),
            }
        }
        Netstrings::INSTANCE.finish(mark, out)
    }
}
