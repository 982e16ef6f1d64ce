//! Reasons for the end of a connection, of which its peer is told by an application close.

use std::borrow::Cow;

use connector_protocol::CloseReason;
use connector_protocol::text;
use quinn::{ApplicationClose, VarInt};

use crate::transport::websocket::farewell;

/// The code of a regular close.
pub(in crate::transport) const REGULAR: VarInt = VarInt::from_u32(0);
/// The same, by whoever counts as WebSocket does.
const NORMAL: u64 = 1000;
/// The same in HTTP/3 (RFC 9114 8.1).
const NO_ERROR: u64 = 0x100;
/// The most bytes of a reason's text, so that it fits into a datagram with room to spare.
const TEXT: usize = 512;

/// Returns the code and the text of a reason. The codes are those of a WebSocket that closes
/// for it, and 0 in place of 1000.
pub(in crate::transport) fn of_reason(reason: &CloseReason) -> (VarInt, Cow<'_, str>) {
    let (code, text) = farewell(reason);
    if u64::from(code.get()) == NORMAL {
        return (REGULAR, Cow::Borrowed(""));
    }
    (VarInt::from_u32(code.get().into()), text)
}

/// Closes a connection for a reason. What is not sent is lost.
pub(in crate::transport) fn close(connection: &quinn::Connection, reason: &CloseReason) {
    let (code, text) = of_reason(reason);
    connection.close(code, &text.as_bytes()[..text.floor_char_boundary(TEXT)]);
}

/// Returns the reason that a peer has given. `None` for a regular close.
pub(in crate::transport) fn to_reason(close: &ApplicationClose) -> Option<CloseReason> {
    let text = &close.reason[..close.reason.len().min(TEXT)];
    with_code(close.error_code, text)
}

/// Returns the reason of a peer's code and text. `None` for a regular close.
pub(in crate::transport) fn with_code(code: VarInt, reason: &[u8]) -> Option<CloseReason> {
    let regular = matches!(code.into_inner(), 0 | NORMAL | NO_ERROR);
    let code = u16::try_from(code.into_inner()).unwrap_or(u16::MAX);
    (!regular).then(|| CloseReason::PeerClosedWith { code, reason: text::decode(reason).into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_the_code_of_a_websocket_or_none() {
        let told = |reason: CloseReason| {
            let (code, text) = of_reason(&reason);
            (code.into_inner(), text.into_owned())
        };
        assert_eq!(told(CloseReason::Requested), (0, String::new()));
        assert_eq!(told(CloseReason::PeerClosed), (0, String::new()));
        let stopping = CloseReason::Stopping.to_string();
        assert_eq!(told(CloseReason::Stopping), (1001, stopping));
        let large = CloseReason::TooLarge { size: 2, limit: 1 };
        assert_eq!(told(large.clone()), (1009, large.to_string()));
    }

    #[test]
    fn a_peers_code_is_read_whatever_it_is() {
        let read = |code: u64, text: &[u8]| {
            let error_code = VarInt::from_u64(code).unwrap();
            to_reason(&ApplicationClose { error_code, reason: text.to_vec().into() })
        };
        assert_eq!(read(0, b""), None);
        assert_eq!(read(0, b"with a text"), None);
        assert_eq!(read(1000, b""), None);
        let with = |code, reason: &str| {
            Some(CloseReason::PeerClosedWith { code, reason: reason.to_owned() })
        };
        assert_eq!(read(1001, b"bye"), with(1001, "bye"));
        assert_eq!(read(u64::from(u32::MAX), b"\xff"), with(u16::MAX, "\u{fffd}"));
        let long = read(1, &[b'x'; 2 * TEXT]);
        assert_eq!(long, with(1, &"x".repeat(TEXT)));
    }
}
