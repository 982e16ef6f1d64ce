//! Where a package ends in a byte stream, and what goes around it on the way
//! out.

use std::any::Any;
use std::marker::PhantomData;
use std::ops::Range;

use crate::CloseReason;

/// What an outgoing package is wrapped in.
///
/// The payload is written straight behind what `begin` left, and stays there:
/// `begin` leaves room for a header, `finish` fills it in. Implementations are
/// stateless, so one `&'static dyn Envelope` serves every connection from any
/// thread, and two of the same type are the same envelope.
pub trait Envelope: Any + Send + Sync {
    /// Starts a package at the end of `out`; the result is handed to `finish`.
    fn begin(&self, out: &mut Vec<u8>) -> usize;

    /// Ends the package that `begin` started; its payload is all that was
    /// appended since.
    ///
    /// # Errors
    /// [`TooLong`] if the header cannot express the payload's length. The
    /// caller truncates `out` to what it was before `begin`.
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong>;

    /// Whether it adds nothing, so that it need not be asked.
    fn is_bare(&self) -> bool {
        false
    }
}

/// A payload longer than its header can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{size} bytes do not fit into a package of at most {limit}")]
pub struct TooLong {
    /// The payload's length in bytes.
    pub size: usize,
    /// The most that the header can express.
    pub limit: usize,
}

impl TooLong {
    /// Whether a payload of `size` bytes is within `limit`; `?` makes a
    /// [`CloseReason`] of it too.
    ///
    /// # Errors
    /// It is not.
    pub fn check(size: usize, limit: usize) -> Result<(), Self> {
        if size > limit { Err(Self { size, limit }) } else { Ok(()) }
    }
}

impl From<TooLong> for CloseReason {
    fn from(TooLong { size, limit }: TooLong) -> Self {
        Self::TooLarge { size, limit }
    }
}

/// How a byte stream is cut into packages: the receiving half of a format
/// whose sending half is its [`Envelope`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say where a package ends",
    note = "`PomeloPackages`, `LengthDelimited<u32>` and `Lines` do; a type of your own implements `Framing`"
)]
pub trait Framing: Envelope + Sized {
    /// The framing itself; it has no state.
    const INSTANCE: &'static Self;

    /// Looks at the start of `bytes` for a package of at most `limit` bytes;
    /// `None` while it is not whole.
    ///
    /// # Errors
    /// The reason to close the connection with: a header that cannot be, or a
    /// package beyond the limit, told as soon as the header is there.
    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason>;

    /// [`Framing::cut`] once more, after the first `searched` bytes alone were
    /// not a whole package. A framing that has to search for the end goes on
    /// behind them: a package that comes in crumbs is searched once then, and
    /// not once a crumb.
    ///
    /// # Errors
    /// Those of [`Framing::cut`].
    fn cut_on(bytes: &[u8], searched: usize, limit: usize) -> Result<Option<Cut>, CloseReason> {
        let _ = searched;
        Self::cut(bytes, limit)
    }
}

/// One package found by [`Framing::cut`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Where the package lies in the bytes that were looked at.
    pub package: Range<usize>,
    /// How many bytes it took, with all that is around it.
    pub consumed: usize,
}

/// Adds nothing: the payload is the package.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bare;

impl Envelope for Bare {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        out.len()
    }

    fn finish(&self, _: usize, _: &mut Vec<u8>) -> Result<(), TooLong> {
        Ok(())
    }

    fn is_bare(&self) -> bool {
        true
    }
}

/// A length that stands in front of a package, big endian.
pub trait Length: Copy + Send + Sync + 'static {
    /// Bytes of the length itself.
    const SIZE: usize;
    /// Reads it from exactly [`Length::SIZE`] bytes.
    fn read(bytes: &[u8]) -> usize;
    /// Writes it over exactly [`Length::SIZE`] bytes; `false` if it does not fit.
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

/// A big-endian length, then so many bytes. The package is what follows the
/// length.
#[derive(Clone, Copy, Debug)]
pub struct LengthDelimited<L>(PhantomData<fn() -> L>);

impl<L> LengthDelimited<L> {
    /// The framing itself; it has no state.
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

/// One package a line, ended by `\n`; a `\r` before it is dropped. Packages
/// must not contain line feeds, nor end in a carriage return.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lines;

impl Envelope for Lines {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        out.len()
    }

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
        let window = &bytes[..bytes.len().min(limit.saturating_add(2))];
        let start = searched.min(window.len());
        let found = window[start..].iter().position(|&byte| byte == b'\n');
        let Some(end) = found.map(|at| start + at) else {
            if bytes.len() > limit.saturating_add(1) {
                return Err(CloseReason::TooLarge { size: bytes.len(), limit });
            }
            return Ok(None);
        };
        let package = 0..end - usize::from(end > 0 && bytes[end - 1] == b'\r');
        if package.end > limit {
            return Err(CloseReason::TooLarge { size: package.end, limit });
        }
        Ok(Some(Cut { package, consumed: end + 1 }))
    }
}
