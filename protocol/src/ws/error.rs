//! The errors of upgraded connections.

use super::CloseCode;

/// A violation of RFC 6455 or of the receiver's size limit, which ends the connection: send
/// [`close_code`](Self::close_code) in a close frame, then drop the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WsError {
    /// RSV1, RSV2 or RSV3 is set. Only extensions use them, and none was negotiated that uses
    /// this one (5.2).
    #[error("a reserved bit is set, and no extension that uses it was negotiated")]
    ReservedBits,
    /// The opcode is 3 to 7 or 11 to 15, which are reserved (5.2).
    #[error("opcode {0:#x} is reserved")]
    ReservedOpcode(u8),
    /// A close, ping or pong has no FIN bit (5.5).
    #[error("a control frame is fragmented")]
    FragmentedControl,
    /// A close, ping or pong has more than 125 bytes (5.5).
    #[error("a control frame is longer than 125 bytes")]
    ControlTooLong,
    /// The length is written in more bytes than it needs (5.2).
    #[error("the payload length is not in its shortest form")]
    LengthNotMinimal,
    /// The 64-bit length has its top bit set (5.2).
    #[error("the payload length exceeds 63 bits")]
    LengthOverflow,
    /// A server received a frame without a mask (5.1).
    #[error("a frame from a client is not masked")]
    Unmasked,
    /// A client received a frame with a mask (5.1).
    #[error("a frame from a server is masked")]
    Masked,
    /// A continuation frame arrived while no message was pending (5.4).
    #[error("a continuation frame arrived without a message to continue")]
    UnexpectedContinuation,
    /// A text or binary frame arrived while the fragments of another message were pending (5.4).
    #[error("a new message started before the fragmented one was finished")]
    ExpectedContinuation,
    /// The announced length, all fragments together, exceeds the receiver's limit.
    #[error("a message has {size} bytes, the limit is {limit}")]
    MessageTooBig {
        /// The announced length in bytes, all fragments so far together.
        size: u64,
        /// The limit in bytes that was given to the decoder.
        limit: usize,
    },
    /// A text message, or the reason of a close frame, is not UTF-8 (8.1).
    #[error("text is not valid UTF-8")]
    InvalidUtf8,
    /// A close frame has one byte, which is too short for a code (5.5.1).
    #[error("a close frame holds half a status code")]
    TruncatedCloseCode,
    /// A close frame carries a code that must not be sent (7.4).
    #[error("close code {0} must not be sent")]
    InvalidCloseCode(u16),
    /// RSV1 is set in a continuation frame: the first frame says for its message whether it is
    /// compressed (RFC 7692 6.1).
    #[cfg(feature = "deflate")]
    #[error("a continuation frame is marked as compressed, which only a first frame may be")]
    CompressedContinuation,
    /// RSV1 is set in a close, ping or pong, which are never compressed (RFC 7692 6.1).
    #[cfg(feature = "deflate")]
    #[error("a control frame is marked as compressed, which only a message may be")]
    CompressedControl,
    /// A compressed message is not deflate, or points to what the window does not hold.
    #[cfg(feature = "deflate")]
    #[error("a compressed message is damaged behind byte {at} of what it inflates to")]
    DamagedDeflate {
        /// The bytes of the message in front of the damage.
        at: usize,
    },
    /// A compressed message ends within a block of deflate (RFC 7692 7.2.1).
    #[cfg(feature = "deflate")]
    #[error("a compressed message is cut off: about {at} bytes of it are there, and no end")]
    TruncatedDeflate {
        /// About how many bytes of the message are there.
        at: usize,
    },
    /// A compressed message is longer than the receiver's limit. It was inflated up to that.
    #[cfg(feature = "deflate")]
    #[error("a message has more than {limit} bytes once it is inflated, which is the limit")]
    InflatedTooBig {
        /// The limit in bytes that was given to the decoder.
        limit: usize,
    },
}

impl WsError {
    /// Returns the code for the close frame: 1009 for a message that is too big, 1007 for
    /// invalid UTF-8 and for a compressed message that is damaged, and 1002 for all others.
    #[must_use]
    pub fn close_code(self) -> CloseCode {
        match self {
            Self::MessageTooBig { .. } => CloseCode::TOO_BIG,
            Self::InvalidUtf8 => CloseCode::INVALID_PAYLOAD,
            #[cfg(feature = "deflate")]
            Self::InflatedTooBig { .. } => CloseCode::TOO_BIG,
            #[cfg(feature = "deflate")]
            Self::DamagedDeflate { .. } | Self::TruncatedDeflate { .. } => {
                CloseCode::INVALID_PAYLOAD
            }
            _ => CloseCode::PROTOCOL_ERROR,
        }
    }
}
