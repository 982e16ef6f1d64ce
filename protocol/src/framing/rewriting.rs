//! Framings that write other bytes for those of a package.

use std::cell::Cell;

use super::{Cut, TooLong};
use crate::CloseReason;

/// A scratch buffer larger than this is not kept.
const KEPT: usize = 64 * 1024;

thread_local! {
    /// The buffer in which a thread keeps a package while it is encoded.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A function that appends the package of these encoded bytes to `out`, or nothing, see
/// [`Framing::DECODE`](super::Framing::DECODE).
///
/// The third argument is empty. A package that is longer than the second, in bytes, closes the
/// connection. A code whose packages may be longer than its bytes stops there by itself, so
/// that a peer cannot make it fill the memory.
///
/// # Errors
/// Returns the reason to close the connection with: [`CloseReason::malformed`] with the mistake
/// and its place.
pub type Decode = fn(&[u8], usize, &mut Vec<u8>) -> Result<Decoded, CloseReason>;

/// The meaning of the bytes between two ends of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// One package, which may be empty.
    Package,
    /// No package, such as the bytes that some peers send while they have nothing to say.
    Nothing,
}

/// Replaces the payload behind `mark` by the bytes that `encode` appends for it: the
/// [`Envelope::finish`](super::Envelope::finish) of a framing that rewrites.
///
/// ```
/// use connector_protocol::framing::{Envelope, TooLong, rewrite};
///
/// /// Packages as hexadecimal digits, one a line.
/// struct HexLines;
///
/// impl Envelope for HexLines {
///     fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
///         rewrite(mark, out, |package, out| {
///             package.iter().for_each(|byte| out.extend(format!("{byte:02x}").bytes()));
///             out.push(b'\n');
///         });
///         Ok(())
///     }
/// }
///
/// let mut out = Vec::new();
/// HexLines.wrap(b"melon", &mut out)?;
/// assert_eq!(out, b"6d656c6f6e\n");
/// # Ok::<_, TooLong>(())
/// ```
pub fn rewrite(mark: usize, out: &mut Vec<u8>, encode: impl FnOnce(&[u8], &mut Vec<u8>)) {
    let mut package = SCRATCH.take();
    package.clear();
    package.extend_from_slice(&out[mark..]);
    out.truncate(mark);
    encode(&package, out);
    if package.capacity() <= KEPT {
        SCRATCH.set(package);
    }
}

/// Cuts the package that the first `end` in `bytes` is behind, of which `searched` have none:
/// [`Framing::cut_on`](super::Framing::cut_on) of a framing whose packages end with a byte.
///
/// # Errors
/// Returns [`TooLong`] if there are more than `longest` bytes in front of it, also while it has
/// not arrived.
pub fn cut_before(
    end: u8,
    bytes: &[u8],
    searched: usize,
    longest: usize,
) -> Result<Option<Cut>, TooLong> {
    let window = &bytes[..bytes.len().min(longest.saturating_add(1))];
    let start = searched.min(window.len());
    match window[start..].iter().position(|&byte| byte == end) {
        Some(at) => Ok(Some(Cut { package: 0..start + at, consumed: start + at + 1 })),
        None => TooLong::check(bytes.len(), longest).map(|()| None),
    }
}
