//! Batches: several packages that are sent at once.

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;

/// A way of joining several packages that are sent at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Batch {
    /// A JSON array of all packages, in one frame (socket.io).
    Array,
    /// All packages one after the other, in one frame (binary protocols).
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
            Self::Each => packages.iter().try_for_each(|package| concat(frame, &[package], out)),
            Self::Concat => concat(frame, packages, out),
            Self::Array => array(frame, packages, out),
        };
        if result.is_err() {
            out.truncate(before);
        }
        result
    }
}

/// Appends one frame of several packages, one after the other.
fn concat(frame: &dyn Envelope, packages: &[&[u8]], out: &mut Vec<u8>) -> Result<(), CloseReason> {
    let mark = frame.begin(out);
    for package in packages {
        out.extend_from_slice(package);
    }
    finish(frame, mark, out)
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
    finish(frame, mark, out)
}

fn finish(frame: &dyn Envelope, mark: usize, out: &mut Vec<u8>) -> Result<(), CloseReason> {
    frame
        .finish(mark, out)
        .map_err(|error| CloseReason::TooLarge { size: error.size, limit: error.limit })
}
