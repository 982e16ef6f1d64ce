//! The way from a zlib stream to a body.

use std::fmt;

use flate2::Decompress;

use crate::flate::{self, Fault};

/// Makes bodies of zlib streams.
pub struct Inflater(Decompress);

/// The error of bytes that are not a zlib stream, or not one of a short enough body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InflateError {
    /// The bytes are a gzip file.
    #[error("the compressed bytes are gzip, and zlib is expected: send a stream of RFC 1950")]
    Gzip,
    /// The bytes do not begin as a zlib stream does.
    #[error(
        "the compressed bytes are not a zlib stream, whose first two bytes are 78 9c for \
         example: they begin with {}", Begin(.0)
    )]
    NotZlib(Vec<u8>),
    /// The stream needs a dictionary that both sides have.
    #[error("the zlib stream needs a preset dictionary, which nobody has agreed on")]
    Dictionary,
    /// The stream is damaged.
    #[error("the zlib stream is damaged behind byte {at} of its body")]
    Damaged {
        /// The bytes of the body in front of the damage.
        at: usize,
    },
    /// The stream ends too early.
    #[error("the zlib stream is cut off after {0} bytes")]
    Truncated(usize),
    /// There are bytes behind the stream.
    #[error("{0} bytes follow the zlib stream")]
    Trailing(usize),
    /// The body is longer than allowed.
    #[error("the body has more than {limit} bytes once it is inflated, which is the limit")]
    TooLong {
        /// The most bytes that are allowed.
        limit: usize,
    },
}

impl Inflater {
    /// Creates an inflater.
    pub fn new() -> Self {
        Self(Decompress::new(true))
    }

    /// Returns the body of a zlib stream. While it grows it never takes memory for more than
    /// `limit` bytes, nor for more than the stream can hold.
    ///
    /// # Errors
    /// Returns [`InflateError`] for bytes that are not one whole zlib stream, and for a body of
    /// more than `limit` bytes.
    pub fn inflate(&mut self, stream: &[u8], limit: usize) -> Result<Vec<u8>, InflateError> {
        check_head(stream)?;
        self.0.reset(true);
        let mut body = Vec::new();
        let progress = match flate::inflate(&mut self.0, stream, &mut body, limit) {
            Ok(progress) => progress,
            Err(Fault::TooLong) => return Err(InflateError::TooLong { limit }),
            Err(Fault::Dictionary) => return Err(InflateError::Dictionary),
            Err(Fault::Damaged) => return Err(InflateError::Damaged { at: body.len() }),
        };
        if !progress.ended {
            return Err(InflateError::Truncated(stream.len()));
        }
        if progress.read < stream.len() {
            return Err(InflateError::Trailing(stream.len() - progress.read));
        }
        Ok(body)
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").finish_non_exhaustive()
    }
}

/// Checks the two bytes in front of a stream: deflate with a window of at most 32 KiB, and
/// a check of both.
fn check_head(stream: &[u8]) -> Result<(), InflateError> {
    match *stream {
        [0x1f, 0x8b, ..] => Err(InflateError::Gzip),
        [method, flags, ..]
            if method & 0x0f == 8
                && method >> 4 <= 7
                && u16::from_be_bytes([method, flags]).is_multiple_of(31) =>
        {
            Ok(())
        }
        [method] if method & 0x0f == 8 && method >> 4 <= 7 => Err(InflateError::Truncated(1)),
        [] => Err(InflateError::Truncated(0)),
        _ => Err(InflateError::NotZlib(stream.iter().take(2).copied().collect())),
    }
}

/// Shows bytes in hexadecimal digits.
struct Begin<'a>(&'a [u8]);

impl fmt::Display for Begin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for byte in self.0 {
            write!(f, "{between}{byte:02x}")?;
            between = " ";
        }
        Ok(())
    }
}
