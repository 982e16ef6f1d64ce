//! Batches: several packages that are sent at once.

use connector_protocol::CloseReason;
use connector_protocol::framing::{Envelope, TooLong};

/// A way of joining several packages that are sent at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Batch {
    /// A JSON array of all packages, in one frame (socket.io).
    Array,
    /// All packages one after the other, in one frame (binary protocols). Those that one frame
    /// does not hold, such as a datagram, go into further ones.
    Concat,
    /// A frame for each package.
    #[default]
    Each,
}

impl Batch {
    /// Appends `packages` to `out`, joined and framed.
    ///
    /// # Errors
    /// Returns [`CloseReason::TooLarge`] if the frame cannot express a length. `out`
    /// is then unchanged.
    pub fn write(
        self,
        frame: &dyn Envelope,
        packages: &[&[u8]],
        out: &mut Vec<u8>,
    ) -> Result<(), CloseReason> {
        let before = out.len();
        let result = match self {
            Self::Each => {
                packages.iter().try_for_each(|package| Ok(concat_in_one(frame, &[package], out)?))
            }
            Self::Concat => concat(frame, packages, out),
            Self::Array => array(frame, packages, out),
        };
        if result.is_err() {
            out.truncate(before);
        }
        result
    }
}

/// Appends several packages, one after the other, in one frame, or in as few as hold them.
fn concat(frame: &dyn Envelope, packages: &[&[u8]], out: &mut Vec<u8>) -> Result<(), CloseReason> {
    let before = out.len();
    let Err(too_long) = concat_in_one(frame, packages, out) else { return Ok(()) };
    out.truncate(before);
    let mut rest = packages;
    while !rest.is_empty() {
        let (fitting, others) = rest.split_at(fitting(rest, too_long.limit));
        concat_in_one(frame, fitting, out)?;
        rest = others;
    }
    Ok(())
}

/// Appends one frame of several packages, one after the other.
fn concat_in_one(
    frame: &dyn Envelope,
    packages: &[&[u8]],
    out: &mut Vec<u8>,
) -> Result<(), TooLong> {
    let mark = frame.begin(out);
    for package in packages {
        out.extend_from_slice(package);
    }
    frame.finish(mark, out)
}

/// Returns how many of the first packages fit into a frame of so many bytes: one at least,
/// since a package is not cut.
fn fitting(packages: &[&[u8]], limit: usize) -> usize {
    let mut size = 0;
    let fits = packages.iter().take_while(|package| {
        size += package.len();
        size <= limit
    });
    fits.count().max(1)
}

/// Appends one frame of a JSON array of several packages.
fn array(frame: &dyn Envelope, packages: &[&[u8]], out: &mut Vec<u8>) -> Result<(), CloseReason> {
    let mark = frame.begin(out);
    out.push(b'[');
    for (at, package) in packages.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        out.extend_from_slice(package);
    }
    out.push(b']');
    Ok(frame.finish(mark, out)?)
}
