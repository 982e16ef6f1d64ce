//! The frame header (RFC 6455 5.2), for both directions.
//!
//! | byte  | bits | content                                                       |
//! |-------|------|---------------------------------------------------------------|
//! | 0     | 7    | FIN: the last frame of its message                            |
//! |       | 6-4  | RSV1: the message is compressed, if permessage-deflate was negotiated; RSV2-3: 0 |
//! |       | 3-0  | opcode                                                        |
//! | 1     | 7    | MASK: a key follows. Set by clients, never by servers         |
//! |       | 6-0  | 0-125: the length, 126: a u16 follows, 127: a u64 follows     |
//! | 0/2/8 |      | the longer length, big endian, only if the shorter cannot     |
//! | 0/4   |      | the mask key                                                  |

use super::WsError;

/// The most bytes of a header: two, a 64-bit length and a mask key.
#[cfg(test)]
pub(super) const MAX_HEADER: usize = 14;

/// The most bytes of a close, ping or pong.
pub(super) const MAX_CONTROL_PAYLOAD: usize = 125;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
#[cfg(feature = "deflate")]
const COMPRESSED: u8 = 0x40;
const OPCODE: u8 = 0x0f;
const CONTROL: u8 = 0x08;
const MASK: u8 = 0x80;
const LENGTH: u8 = 0x7f;
const LENGTH_U16: u8 = 126;
const LENGTH_U64: u8 = 127;

/// The type of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OpCode {
    /// The next fragment of a message.
    Continuation = 0x0,
    /// A message of text in UTF-8, or its first fragment.
    Text = 0x1,
    /// A message of bytes, or its first fragment.
    Binary = 0x2,
    /// The last frame in its direction.
    Close = 0x8,
    /// A request for a pong with the same payload.
    Ping = 0x9,
    /// The answer to a ping, or an unsolicited heartbeat.
    Pong = 0xa,
}

impl OpCode {
    /// Returns whether this is a control frame, which is never fragmented and has at most 125
    /// bytes.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self as u8 & CONTROL != 0
    }

    fn from_bits(bits: u8) -> Result<Self, WsError> {
        Ok(match bits {
            0x0 => Self::Continuation,
            0x1 => Self::Text,
            0x2 => Self::Binary,
            0x8 => Self::Close,
            0x9 => Self::Ping,
            0xa => Self::Pong,
            _ => return Err(WsError::ReservedOpcode(bits)),
        })
    }
}

/// A frame header. The reserved bits have no field, since a header that sets one is an error,
/// but for [`seal::mark_compressed`](super::seal).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// `true` in the last frame of a message.
    pub fin: bool,
    /// The type of the frame.
    pub opcode: OpCode,
    /// The key that masks the payload, in frames of clients only.
    pub mask: Option<[u8; 4]>,
    /// The length of the payload in bytes, below 2^63.
    pub len: u64,
}

impl Header {
    /// Reads the header at the front of `input`, and returns it with its size in bytes, at most
    /// 14, or `None` while it is incomplete.
    ///
    /// # Errors
    ///
    /// Returns [`WsError`] for a header that RFC 6455 forbids, as soon as the bytes at hand show
    /// it: reserved bits and opcodes, control frames that are fragmented or too long, and
    /// lengths that are not in their shortest form or have more than 63 bits.
    #[inline]
    pub fn parse(input: &[u8]) -> Result<Option<(Self, usize)>, WsError> {
        Self::parse_unless::<RESERVED>(input)
    }

    /// Reads the header of a frame that begins a compressed message.
    #[cfg(feature = "deflate")]
    pub(super) fn parse_compressed(input: &[u8]) -> Result<Option<(Self, usize)>, WsError> {
        const OTHERS: u8 = RESERVED & !COMPRESSED;
        match input.first().map(|first| first & (OTHERS | OPCODE)) {
            Some(bits) if bits & OTHERS != 0 => {}
            Some(0) => return Err(WsError::CompressedContinuation),
            Some(bits) if bits & CONTROL != 0 => {
                OpCode::from_bits(bits)?;
                return Err(WsError::CompressedControl);
            }
            _ => {}
        }
        Self::parse_unless::<OTHERS>(input)
    }

    /// Reads a header in which none of the bits `FORBIDDEN` may be set.
    #[inline(always)]
    fn parse_unless<const FORBIDDEN: u8>(input: &[u8]) -> Result<Option<(Self, usize)>, WsError> {
        let Some((&first, rest)) = input.split_first() else {
            return Ok(None);
        };
        if first & FORBIDDEN != 0 {
            return Err(WsError::ReservedBits);
        }
        let opcode = OpCode::from_bits(first & OPCODE)?;
        let fin = first & FIN != 0;
        if opcode.is_control() && !fin {
            return Err(WsError::FragmentedControl);
        }

        let Some((&second, rest)) = rest.split_first() else {
            return Ok(None);
        };
        let short = second & LENGTH;
        if opcode.is_control() && short >= LENGTH_U16 {
            return Err(WsError::ControlTooLong);
        }
        let Some((len, rest)) = parse_length(short, rest)? else {
            return Ok(None);
        };
        let (mask, rest) = if second & MASK == 0 {
            (None, rest)
        } else {
            let Some((key, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (Some(*key), rest)
        };

        let header = Self { fin, opcode, mask, len };
        Ok(Some((header, input.len() - rest.len())))
    }

    /// Appends the header to `out`, with the length in its shortest form. A caller that knows
    /// the length of a large payload beforehand writes the header first and need not move the
    /// payload.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + self.size(), 0);
        self.put(&mut out[start..]);
    }

    /// Returns the size of the header on the wire: 2 to 14 bytes.
    #[inline]
    pub(super) fn size(&self) -> usize {
        let len = match self.len {
            0..=125 => 2,
            126..=0xffff => 4,
            _ => 10,
        };
        len + self.mask.map_or(0, |key| key.len())
    }

    /// Marks a written header, in front of `out`, as that of a compressed message.
    #[cfg(feature = "deflate")]
    pub(super) fn mark_compressed(out: &mut [u8]) {
        out[0] |= COMPRESSED;
    }

    /// Writes the header to the front of `out`, which has room for it.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "each cast is guarded by its arm")]
    pub(super) fn put(&self, out: &mut [u8]) {
        out[0] = if self.fin { FIN } else { 0 } | self.opcode as u8;
        let mask = if self.mask.is_some() { MASK } else { 0 };
        let key = match self.len {
            0..=125 => {
                out[1] = mask | self.len as u8;
                2
            }
            126..=0xffff => {
                out[1] = mask | LENGTH_U16;
                out[2..4].copy_from_slice(&(self.len as u16).to_be_bytes());
                4
            }
            _ => {
                out[1] = mask | LENGTH_U64;
                out[2..10].copy_from_slice(&self.len.to_be_bytes());
                10
            }
        };
        if let Some(bytes) = self.mask {
            out[key..key + bytes.len()].copy_from_slice(&bytes);
        }
    }
}

/// Reads the length, from the seven bits of the second byte and the bytes behind it.
#[inline]
fn parse_length(short: u8, rest: &[u8]) -> Result<Option<(u64, &[u8])>, WsError> {
    let (len, shortest, rest) = match short {
        LENGTH_U16 => {
            let Some((bytes, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from(u16::from_be_bytes(*bytes)), 126, rest)
        }
        LENGTH_U64 => {
            let Some((bytes, rest)) = rest.split_first_chunk() else {
                return Ok(None);
            };
            (u64::from_be_bytes(*bytes), 0x1_0000, rest)
        }
        _ => (u64::from(short), 0, rest),
    };
    if len < shortest {
        return Err(WsError::LengthNotMinimal);
    }
    if len >> 63 != 0 {
        return Err(WsError::LengthOverflow);
    }
    Ok(Some((len, rest)))
}
