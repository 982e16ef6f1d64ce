//! Close frames: the status code and the reason they carry (RFC 6455 5.5.1 and 7.4).
//!
//! | bytes | content                                   |
//! |-------|-------------------------------------------|
//! | 0     | no code: the frame is empty               |
//! | 2     | code, big endian                          |
//! | 0-123 | reason, UTF-8, only behind a code         |

use std::fmt;

use super::seal::write_frame;
use super::{MAX_CONTROL_PAYLOAD, OpCode, WsError};

/// The most bytes of a reason: a control frame's payload without the code.
pub(super) const MAX_CLOSE_REASON: usize = MAX_CONTROL_PAYLOAD - 2;

/// A status code of a close frame.
///
/// 1005, 1006 and 1015 describe a connection that ended without a code. They are never sent,
/// so they are not a `CloseCode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the connection fulfilled its purpose.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server shuts down, or the browser left the page.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: the data is of a kind that is not accepted, such as text.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: a text is not UTF-8.
    pub const INVALID_PAYLOAD: Self = Self(1007);
    /// 1008: a message violates the server's policy.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message is too big.
    pub const TOO_BIG: Self = Self(1009);
    /// 1011: the server failed.
    pub const INTERNAL: Self = Self(1011);
    /// 1012: the server restarts (IANA registry).
    pub const RESTART: Self = Self(1012);
    /// 1013: the server is overloaded (IANA registry).
    pub const TRY_AGAIN: Self = Self(1013);

    /// Creates a code, if RFC 6455 7.4 and the IANA registry allow it on the wire: 1000-1003,
    /// 1007-1014, and 3000-4999 for libraries and applications.
    #[must_use]
    pub const fn new(code: u16) -> Option<Self> {
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// Returns the number on the wire.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl From<CloseCode> for u16 {
    fn from(code: CloseCode) -> Self {
        code.0
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Appends a close frame to `out`. A client passes a mask key, a server `None`.
///
/// Without a code the reason is left out. A reason of more than 123 bytes is cut between
/// characters.
pub fn write_close(code: Option<CloseCode>, reason: &str, key: Option<[u8; 4]>, out: &mut Vec<u8>) {
    let Some(code) = code else {
        return write_frame(OpCode::Close, &[], key, out);
    };
    let mut end = reason.len().min(MAX_CLOSE_REASON);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    let reason = &reason.as_bytes()[..end];
    let mut payload = [0; MAX_CONTROL_PAYLOAD];
    payload[..2].copy_from_slice(&code.0.to_be_bytes());
    payload[2..2 + reason.len()].copy_from_slice(reason);
    write_frame(OpCode::Close, &payload[..2 + reason.len()], key, out);
}

/// Reads the unmasked payload of a close frame.
pub(super) fn parse_close(payload: &[u8]) -> Result<(Option<CloseCode>, &str), WsError> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => Ok((None, "")),
            _ => Err(WsError::TruncatedCloseCode),
        };
    };
    let number = u16::from_be_bytes(*code);
    let code = CloseCode::new(number).ok_or(WsError::InvalidCloseCode(number))?;
    let reason = str::from_utf8(reason).map_err(|_| WsError::InvalidUtf8)?;
    Ok((Some(code), reason))
}
