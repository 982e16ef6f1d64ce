//! Pomelo's packages, of which everything on a connection consists.
//!
//! | bytes | content |
//! |---|---|
//! | 0 | type: see [`PackageType`] |
//! | 1..4 | length of the body, big endian, without this header of four bytes |
//! | 4.. | body |
//!
//! Source: pomelo-protocol 0.1.6.

use crate::CloseReason;
use crate::framing::{Cut, Envelope, Framing, TooLong};

/// The length of the header in front of a package's body: 4 bytes.
pub const HEADER: usize = 4;
/// The most bytes of a body, which is what a length of three bytes can express:
/// 16 MiB less one.
pub const MAX_BODY: usize = (1 << 24) - 1;

/// A complete heartbeat package.
pub const HEARTBEAT: [u8; HEADER] = [PackageType::Heartbeat as u8, 0, 0, 0];
/// A complete handshake acknowledgement.
pub const HANDSHAKE_ACK: [u8; HEADER] = [PackageType::HandshakeAck as u8, 0, 0, 0];

/// The type of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PackageType {
    /// The handshake, both ways, in JSON: see [`handshake`](crate::pomelo::handshake).
    Handshake = 1,
    /// The client's acknowledgement of the handshake, empty.
    HandshakeAck = 2,
    /// A heartbeat, both ways, empty.
    Heartbeat = 3,
    /// One [`message`](crate::pomelo::message), both ways.
    Data = 4,
    /// A kick of the client: JSON `{"reason": string}`, or empty.
    Kick = 5,
}

impl TryFrom<u8> for PackageType {
    type Error = CloseReason;

    fn try_from(byte: u8) -> Result<Self, CloseReason> {
        Ok(match byte {
            1 => Self::Handshake,
            2 => Self::HandshakeAck,
            3 => Self::Heartbeat,
            4 => Self::Data,
            5 => Self::Kick,
            _ => return Err(unknown(byte)),
        })
    }
}

/// A package that borrows the bytes it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// The type of the package.
    pub kind: PackageType,
    /// The body, not decoded.
    pub body: &'a [u8],
}

impl<'a> Package<'a> {
    /// Removes the first package from `input`, which must hold whole packages only.
    ///
    /// # Errors
    /// Returns [`CloseReason::Malformed`] for an unknown type, or if `input` ends
    /// inside the package.
    #[inline(always)]
    pub fn take(input: &mut &'a [u8]) -> Result<Self, CloseReason> {
        let Some((kind, size)) = parse_header(input)? else { return Err(truncated(input)) };
        let bytes: &'a [u8] = &input[HEADER..];
        let Some((body, rest)) = bytes.split_at_checked(size) else {
            return Err(truncated(input));
        };
        *input = rest;
        Ok(Package { kind, body })
    }
}

/// Appends a whole package to `out`.
///
/// # Errors
/// Returns [`TooLong`] for a body of more than [`MAX_BODY`] bytes. Nothing is
/// appended then.
pub fn encode(kind: PackageType, body: &[u8], out: &mut Vec<u8>) -> Result<(), TooLong> {
    let header = header(kind, body.len())?;
    out.extend_from_slice(&header);
    out.extend_from_slice(body);
    Ok(())
}

/// The framing of pomelo's packages in a byte stream. A package includes its
/// header here, since the session machine reads the type.
#[derive(Clone, Copy, Debug, Default)]
pub struct PomeloPackages;

impl Framing for PomeloPackages {
    const INSTANCE: &'static Self = &Self;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        let Some((_, size)) = parse_header(bytes)? else { return Ok(None) };
        if size > limit {
            return Err(CloseReason::TooLarge { size, limit });
        }
        let consumed = HEADER + size;
        Ok((bytes.len() >= consumed).then_some(Cut { package: 0..consumed, consumed }))
    }
}

/// Adds nothing, since packages contain their length.
impl Envelope for PomeloPackages {
    fn finish(&self, _: usize, _: &mut Vec<u8>) -> Result<(), TooLong> {
        Ok(())
    }

    fn is_bare(&self) -> bool {
        true
    }
}

/// The envelope that wraps a message into a data package.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataPackage;

impl Envelope for DataPackage {
    #[inline]
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        let mark = out.len();
        out.extend_from_slice(&[PackageType::Data as u8, 0, 0, 0]);
        mark
    }

    #[inline(always)]
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let header = header(PackageType::Data, out.len() - mark - HEADER)?;
        out[mark..mark + HEADER].copy_from_slice(&header);
        Ok(())
    }
}

#[inline]
fn header(kind: PackageType, size: usize) -> Result<[u8; HEADER], TooLong> {
    if size > MAX_BODY {
        return Err(TooLong { size, limit: MAX_BODY });
    }
    let [_, a, b, c] = (size as u32).to_be_bytes();
    Ok([kind as u8, a, b, c])
}

/// Checks the type as soon as its byte is there, while pomelo waits for all four.
#[inline]
fn parse_header(bytes: &[u8]) -> Result<Option<(PackageType, usize)>, CloseReason> {
    let Some(&kind) = bytes.first() else { return Ok(None) };
    let kind = PackageType::try_from(kind)?;
    let Some(&[_, a, b, c]) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
    Ok(Some((kind, u32::from_be_bytes([0, a, b, c]) as usize)))
}

#[cold]
fn unknown(byte: u8) -> CloseReason {
    CloseReason::malformed(format_args!("the package has type {byte}, expected 1 to 5"))
}

#[cold]
fn truncated(input: &[u8]) -> CloseReason {
    CloseReason::malformed(format_args!("the package is cut off after {} bytes", input.len()))
}
