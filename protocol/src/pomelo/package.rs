//! Pomelo's packages: what a connection carries.
//!
//! | bytes | what |
//! |---|---|
//! | 0 | type, see [`PackageType`] |
//! | 1..4 | length of the body, big endian, without these four |
//! | 4.. | body |
//!
//! Source: pomelo-protocol 0.1.6.

use crate::CloseReason;
use crate::framing::{Cut, Envelope, Framing, TooLong};

/// Bytes in front of a package's body.
pub const HEADER: usize = 4;
/// The longest body that three bytes of length can express.
pub const MAX_BODY: usize = (1 << 24) - 1;

/// The complete heartbeat package.
pub const HEARTBEAT: [u8; HEADER] = [PackageType::Heartbeat as u8, 0, 0, 0];
/// The complete handshake acknowledgement.
pub const HANDSHAKE_ACK: [u8; HEADER] = [PackageType::HandshakeAck as u8, 0, 0, 0];

/// What a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum PackageType {
    /// Both ways, JSON: see [`handshake`](crate::pomelo::handshake).
    Handshake = 1,
    /// Client to server, empty.
    HandshakeAck = 2,
    /// Both ways, empty.
    Heartbeat = 3,
    /// Both ways, one [`message`](crate::message).
    Data = 4,
    /// Server to client, JSON `{"reason": string}` or empty.
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

/// One package that lies in bytes of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// What it is.
    pub kind: PackageType,
    /// What it carries.
    pub body: &'a [u8],
}

impl<'a> Package<'a> {
    /// Takes a whole package from the front of `input`, which holds nothing
    /// but whole packages.
    ///
    /// # Errors
    /// [`CloseReason::Malformed`] for an unknown type or bytes that are no
    /// whole package.
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

/// Appends a whole package.
///
/// # Errors
/// [`TooLong`] for a body beyond [`MAX_BODY`]; nothing is appended.
pub fn encode(kind: PackageType, body: &[u8], out: &mut Vec<u8>) -> Result<(), TooLong> {
    let header = header(kind, body.len())?;
    out.extend_from_slice(&header);
    out.extend_from_slice(body);
    Ok(())
}

/// The packages of a byte stream. Each is handed on with its header, since the
/// session machine reads the type.
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

/// Packages say their own length, so a byte stream needs nothing around them.
impl Envelope for PomeloPackages {
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

/// Wraps a message into a data package.
#[derive(Clone, Copy, Debug, Default)]
pub struct DataPackage;

impl Envelope for DataPackage {
    fn begin(&self, out: &mut Vec<u8>) -> usize {
        let mark = out.len();
        out.extend_from_slice(&[PackageType::Data as u8, 0, 0, 0]);
        mark
    }

    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let header = header(PackageType::Data, out.len() - mark - HEADER)?;
        out[mark..mark + HEADER].copy_from_slice(&header);
        Ok(())
    }
}

fn header(kind: PackageType, size: usize) -> Result<[u8; HEADER], TooLong> {
    if size > MAX_BODY {
        return Err(TooLong { size, limit: MAX_BODY });
    }
    let [_, a, b, c] = (size as u32).to_be_bytes();
    Ok([kind as u8, a, b, c])
}

/// The type is judged as soon as its byte is there, as pomelo does once four are.
#[inline]
fn parse_header(bytes: &[u8]) -> Result<Option<(PackageType, usize)>, CloseReason> {
    let Some(&kind) = bytes.first() else { return Ok(None) };
    let kind = PackageType::try_from(kind)?;
    let Some(&[_, a, b, c]) = bytes.first_chunk::<HEADER>() else { return Ok(None) };
    Ok(Some((kind, u32::from_be_bytes([0, a, b, c]) as usize)))
}

#[cold]
fn unknown(byte: u8) -> CloseReason {
    CloseReason::malformed(format_args!("package type {byte}, known are 1 to 5"))
}

#[cold]
fn truncated(input: &[u8]) -> CloseReason {
    CloseReason::malformed(format_args!("{} bytes that are no whole package", input.len()))
}
