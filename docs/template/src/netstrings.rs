//! D. J. Bernstein's netstrings.
//!
//! | bytes | content |
//! |---|---|
//! | 1 to 9 | length of the package in decimal digits |
//! | 1 | `:` |
//! | length | the package |
//! | 1 | `,` |

use connector::CloseReason;
use connector::protocol::framing::{Cut, Envelope, Framing, TooLong};

/// The framing of netstrings: `5:hello,`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Netstrings;

/// The longest length and its colon, in bytes.
const HEAD: usize = 10;
const LONGEST: usize = 999_999_999;

impl Envelope for Netstrings {
    /// Inserts the length, whose number of digits is known only now: the package moves.
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let size = out.len() - mark;
        if size > LONGEST {
            return Err(TooLong { size, limit: LONGEST });
        }
        out.splice(mark..mark, format!("{size}:").bytes());
        out.push(b',');
        Ok(())
    }
}

impl Framing for Netstrings {
    const INSTANCE: &'static Self = &Self;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        let head = &bytes[..bytes.len().min(HEAD)];
        let digits = head.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match head.get(digits) {
            None if head.len() < HEAD => return Ok(None),
            Some(b':') if digits > 0 => {}
            _ => return Err(CloseReason::malformed("a package needs a length and a colon before it")),
        }
        let size =
            head[..digits].iter().fold(0, |size, digit| 10 * size + usize::from(digit - b'0'));
        if size > limit {
            return Err(CloseReason::TooLarge { size, limit });
        }
        let package = digits + 1..digits + 1 + size;
        match bytes.get(package.end) {
            None => Ok(None),
            Some(b',') => Ok(Some(Cut { consumed: package.end + 1, package })),
            Some(_) => Err(CloseReason::malformed("a package needs a comma after it")),
        }
    }
}
