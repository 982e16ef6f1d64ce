//! Where a package ends.
//!
//! | bytes | what |
//! |---|---|
//! | 3 | length of the package, big endian |
//! | 1 | checksum: the xor of its bytes |
//! | length | the package |

use connector::CloseReason;
use connector::protocol::framing::{Cut, Envelope, Framing, TooLong};

/// A length, a checksum, and so many bytes.
#[derive(Clone, Copy, Debug)]
pub struct Checked;

const HEAD: usize = 4;
const MAX: usize = 0xff_ffff;

impl Envelope for Checked {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        let mark = out.len();
        out.extend([0; HEAD]);
        mark
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let (head, package) = out[mark..].split_at_mut(HEAD);
        let size = package.len();
        TooLong::check(size, MAX)?;
        head.copy_from_slice(&((size as u32) << 8).to_be_bytes());
        head[3] = checksum(package);
        Ok(())
    }
}

impl Framing for Checked {
    const INSTANCE: &'static Self = &Self;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        let Some((&[high, middle, low, sum], rest)) = bytes.split_first_chunk() else {
            return Ok(None);
        };
        let size = u32::from_be_bytes([0, high, middle, low]) as usize;
        TooLong::check(size, limit)?;
        let Some(package) = rest.get(..size) else { return Ok(None) };
        if checksum(package) != sum {
            return Err(CloseReason::malformed("a package with a wrong checksum"));
        }
        Ok(Some(Cut { package: HEAD..HEAD + size, consumed: HEAD + size }))
    }
}

fn checksum(package: &[u8]) -> u8 {
    package.iter().fold(0, |sum, byte| sum ^ byte)
}
