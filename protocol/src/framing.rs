//! The ends of packages in a byte stream, and the bytes around a package that is
//! sent.
//!
//! | framing | the bytes of a package | on the way in | on the way out |
//! |---|---|---|---|
//! | of lengths, of lines | are the package's own | [`Framing::cut`] | [`Envelope::begin`], [`Envelope::finish`] |
//! | that rewrites: SLIP, COBS, base64 | stand for others | the same, then [`Framing::DECODE`] | the same, with [`rewrite`] in `finish` |

mod rewriting;

use std::any::Any;
use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Range;

use crate::CloseReason;

pub use rewriting::{Decode, Decoded, cut_before, rewrite};

/// The bytes around an outgoing package: a header, a terminator, or nothing.
///
/// `begin` leaves room for a header, the payload is appended right behind it, and
/// `finish` fills the header in. The payload need not move, and `finish` may write other
/// bytes in its place, see [`rewrite`]. Implementations are stateless, so one
/// `&'static dyn Envelope` serves every connection from any thread, and two of the same
/// type are the same envelope.
pub trait Envelope: Any + Send + Sync {
    /// Starts a package at the end of `out`. Pass the returned mark to `finish`. Default:
    /// without a header, and the mark is where the payload begins.
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        out.len()
    }

    /// Ends the package that `begin` started. Its payload is everything that was
    /// appended in between.
    ///
    /// # Errors
    /// [`TooLong`] if the header cannot express the payload's length. The
    /// caller truncates `out` to what it was before `begin`.
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong>;

    /// Returns whether `begin` and `finish` add no bytes and need not be called.
    fn is_bare(&self) -> bool {
        false
    }

    /// Appends a whole package to `out`.
    ///
    /// # Errors
    /// [`TooLong`] if the envelope cannot express its length. Nothing is appended then.
    fn wrap(&self, package: &[u8], out: &mut Vec<u8>) -> Result<(), TooLong> {
        let before = out.len();
        let mark = self.begin(out);
        out.extend_from_slice(package);
        self.finish(mark, out).inspect_err(|_| out.truncate(before))
    }
}

/// A payload that is longer than its header can express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{size} bytes do not fit into a package of at most {limit}")]
pub struct TooLong {
    /// The payload's length in bytes.
    pub size: usize,
    /// The most that the header can express.
    pub limit: usize,
}

impl TooLong {
    /// Checks that a payload of `size` bytes is within `limit`. `?` converts the
    /// error to a [`CloseReason`] where that is returned.
    ///
    /// # Errors
    /// Returns [`TooLong`] if the payload is longer.
    pub fn check(size: usize, limit: usize) -> Result<(), Self> {
        if size > limit { Err(Self { size, limit }) } else { Ok(()) }
    }
}

impl From<TooLong> for CloseReason {
    fn from(TooLong { size, limit }: TooLong) -> Self {
        Self::TooLarge { size, limit }
    }
}

/// The rule that cuts a byte stream into packages: the receiving half of a
/// format, whose sending half is its [`Envelope`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Framing`, so it does not find the end of a package",
    note = "use `PomeloPackages`, `LengthDelimited<u32>` or `Lines`, or implement `Framing`"
)]
pub trait Framing: Envelope + Sized {
    /// The only value, since a framing has no state.
    const INSTANCE: &'static Self;

    /// The function that makes the package of the bytes that [`Framing::cut`] has found, for a
    /// framing that rewrites packages. Its [`Envelope::finish`] does the opposite with
    /// [`rewrite`]. Default: `None`, and the bytes are the package, which is read where it has
    /// arrived.
    const DECODE: Option<Decode> = None;

    /// Finds the package at the start of `bytes`. Returns `None` while it is not
    /// complete.
    ///
    /// A framing that rewrites finds the encoded package, which may be longer than `limit`: by
    /// as much as its code can add, and no more.
    ///
    /// # Errors
    /// Returns the reason to close the connection with: an invalid header, or a
    /// package of more than `limit` bytes, as soon as its header announces that.
    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason>;

    /// Repeats [`Framing::cut`] after more bytes arrived, when the first
    /// `searched` bytes alone were not a complete package. A framing that searches
    /// for the end of a package goes on behind them, so that each byte is searched
    /// once even if a package arrives in many small pieces.
    ///
    /// # Errors
    /// The same as those of [`Framing::cut`].
    fn cut_on(bytes: &[u8], searched: usize, limit: usize) -> Result<Option<Cut>, CloseReason> {
        let _ = searched;
        Self::cut(bytes, limit)
    }

    /// Removes the first package from `input` and returns it, decoded. `None` while it is not
    /// complete: only what stands for no package is removed then. For tests and tools; a link
    /// reads packages in place.
    ///
    /// # Errors
    /// The same as those of [`Framing::cut`] and of [`Framing::DECODE`].
    fn take<'a>(input: &mut &'a [u8], limit: usize) -> Result<Option<Cow<'a, [u8]>>, CloseReason> {
        while let Some(Cut { package, consumed }) = Self::cut(input, limit)? {
            let (taken, rest) = input.split_at(consumed);
            *input = rest;
            let found = &taken[package];
            let Some(decode) = Self::DECODE else { return Ok(Some(Cow::Borrowed(found))) };
            let mut decoded = Vec::new();
            if decode(found, limit, &mut decoded)? == Decoded::Package {
                TooLong::check(decoded.len(), limit)?;
                return Ok(Some(Cow::Owned(decoded)));
            }
        }
        Ok(None)
    }
}

/// One package found by [`Framing::cut`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The position of the package in the bytes that were searched. A framing that rewrites
    /// finds the encoded package.
    pub package: Range<usize>,
    /// The length of the package in bytes, including what is around it.
    pub consumed: usize,
}

/// An envelope that adds nothing: the payload is the package.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bare;

impl Envelope for Bare {
    fn finish(&self, _: usize, _: &mut Vec<u8>) -> Result<(), TooLong> {
        Ok(())
    }

    fn is_bare(&self) -> bool {
        true
    }
}

/// The integer type of a length in front of a package, big endian on the wire.
pub trait Length: Copy + Send + Sync + 'static {
    /// The size of the length itself, in bytes.
    const SIZE: usize;
    /// Reads the length from exactly [`Length::SIZE`] bytes.
    fn read(bytes: &[u8]) -> usize;
    /// Writes the length over exactly [`Length::SIZE`] bytes. Returns `false` if it
    /// does not fit.
    fn write(length: usize, bytes: &mut [u8]) -> bool;
    /// The largest length.
    const MAX: usize;
}

macro_rules! length {
    ($($int:ty),*) => {$(
        impl Length for $int {
            const SIZE: usize = size_of::<$int>();
            const MAX: usize = <$int>::MAX as usize;

            fn read(bytes: &[u8]) -> usize {
                let mut raw = [0; size_of::<$int>()];
                raw.copy_from_slice(bytes);
                <$int>::from_be_bytes(raw) as usize
            }

            fn write(length: usize, bytes: &mut [u8]) -> bool {
                let Ok(length) = <$int>::try_from(length) else { return false };
                bytes.copy_from_slice(&length.to_be_bytes());
                true
            }
        }
    )*};
}
length!(u8, u16, u32);

/// A framing with a big-endian length in front of each package. The length
/// counts the bytes behind it, which are the package.
#[derive(Clone, Copy, Debug)]
pub struct LengthDelimited<L>(PhantomData<fn() -> L>);

impl<L> LengthDelimited<L> {
    /// Creates the framing, which has no state.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<L> Default for LengthDelimited<L> {
    fn default() -> Self {
        Self::new()
    }
}

impl<L: Length> Envelope for LengthDelimited<L> {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        let mark = out.len();
        out.resize(mark + L::SIZE, 0);
        mark
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let size = out.len() - mark - L::SIZE;
        if L::write(size, &mut out[mark..mark + L::SIZE]) {
            return Ok(());
        }
        Err(TooLong { size, limit: L::MAX })
    }
}

impl<L: Length> Framing for LengthDelimited<L> {
    const INSTANCE: &'static Self = &Self::new();

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        let Some(header) = bytes.get(..L::SIZE) else { return Ok(None) };
        let size = L::read(header);
        TooLong::check(size, limit)?;
        let consumed = L::SIZE.saturating_add(size);
        Ok((bytes.len() >= consumed).then_some(Cut { package: L::SIZE..consumed, consumed }))
    }
}

/// A framing with one package a line, ended by `\n`. A `\r` before it is dropped.
/// Packages must not contain line feeds, nor end in a carriage return.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines;

impl Envelope for Lines {
    fn finish(&self, _: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        out.push(b'\n');
        Ok(())
    }
}

impl Framing for Lines {
    const INSTANCE: &'static Self = &Self;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        Self::cut_on(bytes, 0, limit)
    }

    fn cut_on(bytes: &[u8], searched: usize, limit: usize) -> Result<Option<Cut>, CloseReason> {
        // The carriage return is not the package's.
        let longest = limit.saturating_add(1);
        let found = cut_before(b'\n', bytes, searched, longest);
        let too_large = |TooLong { size, .. }| CloseReason::TooLarge { size, limit };
        let Some(mut line) = found.map_err(too_large)? else { return Ok(None) };
        if bytes[..line.package.end].ends_with(b"\r") {
            line.package.end -= 1;
        }
        TooLong::check(line.package.end, limit)?;
        Ok(Some(line))
    }
}
