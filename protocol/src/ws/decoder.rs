//! The decoder, which turns incoming frames into messages.

use std::ops::Range;

use super::close::{parse_close, write_close};
#[cfg(feature = "deflate")]
use super::deflate::{Direction, Inflater, Window};
use super::fragments::Fragments;
use super::seal::write_frame;
use super::{CloseCode, Header, MaskKeys, OpCode, WsError, apply_mask};

/// The side of the connection that a decoder is on.
#[derive(Debug)]
pub enum Role {
    /// A server: accepts masked frames and sends unmasked ones.
    Server,
    /// A client: accepts unmasked frames and masks its replies with these keys. Messages that
    /// the caller seals need keys from another seed.
    Client(MaskKeys),
}

/// The result of [`Decoder::decode`]. `consumed` is the number of bytes to remove from the
/// front of the input before the next call.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// The frame is incomplete: call again with the same bytes and more behind them.
    Incomplete,
    /// A message in one frame, which was unmasked in place.
    Message {
        /// The bytes to remove from the input.
        consumed: usize,
        /// The position of the message in the input.
        payload: Range<usize>,
        /// `true` for text, which is checked to be UTF-8. `false` for bytes.
        text: bool,
    },
    /// A message whose last fragment arrived, or one that was compressed.
    Assembled {
        /// The bytes to remove from the input.
        consumed: usize,
        /// The whole message, no longer than the limit.
        payload: Vec<u8>,
        /// `true` for text, which is checked to be UTF-8. `false` for bytes.
        text: bool,
    },
    /// Nothing for the caller: a ping, which was answered, a pong, a fragment of a message, or
    /// bytes after the end.
    Control {
        /// The bytes to remove from the input.
        consumed: usize,
    },
    /// The peer closes the connection. Send `replies`, then drop the socket. A client waits
    /// for the server to close it first. Bytes behind the frame are consumed and ignored.
    Close {
        /// The bytes to remove from the input: all.
        consumed: usize,
        /// The peer's code, or `None` if it sent none, which the RFC calls 1005.
        code: Option<CloseCode>,
        /// The peer's reason, at most 123 bytes. Empty if it sent none.
        reason: String,
    },
}

/// The receiving half of one connection.
///
/// It reads whole frames only. The bytes of an incomplete frame stay with the caller, masked,
/// until the last one arrives. An idle decoder owns no heap memory.
#[derive(Debug)]
pub struct Decoder {
    role: Role,
    limit: usize,
    fragments: Option<Box<Fragments>>,
    /// The window of compressed messages, if the peer may send any.
    #[cfg(feature = "deflate")]
    window: Option<Box<Window>>,
    close_sent: bool,
    ended: bool,
}

// There is one for each idle connection.
const _: () = assert!(size_of::<Decoder>() <= 56);

impl Decoder {
    /// Creates a decoder. `limit` is the most bytes of a message, of all its fragments
    /// together.
    #[must_use]
    pub const fn new(role: Role, limit: usize) -> Self {
        Self {
            role,
            limit,
            fragments: None,
            #[cfg(feature = "deflate")]
            window: None,
            close_sent: false,
            ended: false,
        }
    }

    /// Accepts compressed messages from now on, as was agreed for those that the peer sends.
    /// They are inflated: a message is as long as it is then, for the limit too, and in
    /// [`Step::Assembled`].
    #[cfg(feature = "deflate")]
    pub fn inflate(&mut self, direction: Direction) {
        self.window = Some(Box::new(Window::new(direction)));
    }

    /// Raises the limit for further messages. A lower limit than before has no effect.
    pub fn raise_limit(&mut self, limit: usize) {
        self.limit = self.limit.max(limit);
    }

    /// Handles the frame at the front of `input`. Call it again with the remaining bytes, until
    /// it returns [`Step::Incomplete`].
    ///
    /// Pongs and the answer to a close are appended to `replies`. Each is no longer than the
    /// frame that caused it, plus the four bytes of a client's mask, so that limiting the input
    /// limits `replies` too.
    ///
    /// # Errors
    ///
    /// Returns [`WsError`] if the peer broke the protocol or exceeded the limit, as soon as the
    /// bytes at hand show it. Later calls consume their input and ignore it. Pass
    /// [`WsError::close_code`] to [`close`](Self::close), then drop the connection.
    #[inline]
    pub fn decode(&mut self, input: &mut [u8], replies: &mut Vec<u8>) -> Result<Step, WsError> {
        if self.ended {
            return Ok(match input.len() {
                0 => Step::Incomplete,
                consumed => Step::Control { consumed },
            });
        }
        let step = self.handle_frame(input, replies);
        if matches!(step, Err(_) | Ok(Step::Close { .. })) {
            self.ended = true;
            self.fragments = None;
        }
        step
    }

    /// Appends a close frame to `out`, unless one was written before, by this method or as the
    /// answer to the peer's. No message may be sent after it.
    pub fn close(&mut self, code: Option<CloseCode>, reason: &str, out: &mut Vec<u8>) {
        if !self.close_sent {
            self.close_sent = true;
            write_close(code, reason, self.role.reply_key(), out);
        }
    }

    /// Appends an empty ping to `out`, which the peer answers by a pong.
    pub fn ping(&mut self, out: &mut Vec<u8>) {
        write_frame(OpCode::Ping, &[], self.role.reply_key(), out);
    }

    /// Appends an empty pong to `out` that answers no ping, as a sign of life for a peer whose
    /// pings are not read yet. Behind a close frame there is none.
    pub fn pong(&mut self, out: &mut Vec<u8>) {
        if !self.close_sent {
            write_frame(OpCode::Pong, &[], self.role.reply_key(), out);
        }
    }

    /// Returns whether no fragmented message is pending, so that the decoder owns no heap
    /// memory.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.fragments.is_none()
    }

    /// Returns the memory of the fragments that wait for the rest of their message, in bytes.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.fragments.as_ref().map_or(0, |fragments| fragments.memory())
    }

    #[inline]
    fn handle_frame(&mut self, input: &mut [u8], replies: &mut Vec<u8>) -> Result<Step, WsError> {
        let parsed = match Header::parse(input) {
            #[cfg(feature = "deflate")]
            Err(WsError::ReservedBits) if self.window.is_some() => {
                return self.handle_compressed(input);
            }
            parsed => parsed?,
        };
        let Some((header, start)) = parsed else {
            return Ok(Step::Incomplete);
        };
        let len = self.check(&header)?;
        let consumed = start.saturating_add(len);
        let available = input.len();
        let Some(payload) = input.get_mut(start..consumed) else {
            return Ok(Step::Incomplete);
        };
        if let Some(key) = header.mask {
            apply_mask(key, payload);
        }

        match header.opcode {
            OpCode::Text if header.fin => {
                str::from_utf8(payload).map_err(|_| WsError::InvalidUtf8)?;
                Ok(Step::Message { consumed, payload: start..consumed, text: true })
            }
            OpCode::Binary if header.fin => {
                Ok(Step::Message { consumed, payload: start..consumed, text: false })
            }
            OpCode::Text | OpCode::Binary | OpCode::Continuation => {
                self.handle_fragment(header, payload, consumed)
            }
            OpCode::Ping => {
                write_frame(OpCode::Pong, payload, self.role.reply_key(), replies);
                Ok(Step::Control { consumed })
            }
            OpCode::Pong => Ok(Step::Control { consumed }),
            OpCode::Close => {
                let (code, reason) = parse_close(payload)?;
                self.close(code, "", replies);
                Ok(Step::Close { consumed: available, code, reason: reason.to_owned() })
            }
        }
    }

    /// Checks a header against the role, the pending message and the limit, before its payload
    /// arrives. Returns the length of the payload.
    #[inline]
    fn check(&self, header: &Header) -> Result<usize, WsError> {
        self.check_order(header)?;
        let pending = self.fragments.as_ref().map_or(0, |fragments| fragments.len());
        let too_big = || {
            let size = header.len.saturating_add(pending as u64);
            WsError::MessageTooBig { size, limit: self.limit }
        };
        let len = usize::try_from(header.len).map_err(|_| too_big())?;
        if !header.opcode.is_control() && len > self.limit - pending {
            #[cfg(feature = "deflate")]
            if self.fragments.as_ref().is_some_and(|fragments| fragments.is_compressed()) {
                return self.check_compressed_len(header.len);
            }
            return Err(too_big());
        }
        Ok(len)
    }

    /// Checks a header against the role and the pending message.
    #[inline]
    fn check_order(&self, header: &Header) -> Result<(), WsError> {
        match (&self.role, header.mask) {
            (Role::Server, None) => return Err(WsError::Unmasked),
            (Role::Client(_), Some(_)) => return Err(WsError::Masked),
            _ => {}
        }
        match (header.opcode, &self.fragments) {
            (OpCode::Continuation, None) => Err(WsError::UnexpectedContinuation),
            (OpCode::Text | OpCode::Binary, Some(_)) => Err(WsError::ExpectedContinuation),
            _ => Ok(()),
        }
    }

    #[cold]
    fn handle_fragment(
        &mut self,
        header: Header,
        piece: &[u8],
        consumed: usize,
    ) -> Result<Step, WsError> {
        let mut fragments = self
            .fragments
            .take()
            .unwrap_or_else(|| Box::new(Fragments::new(header.opcode == OpCode::Text)));
        fragments.push(piece, self.limit)?;
        if header.fin {
            #[cfg(feature = "deflate")]
            if let Some(window) = fragments.end_inflating(self.limit)? {
                self.window = Some(Box::new(window));
            }
            let (payload, text) = fragments.finish()?;
            return Ok(Step::Assembled { consumed, payload, text });
        }
        self.fragments = Some(fragments);
        Ok(Step::Control { consumed })
    }

    /// Handles a frame with a reserved bit, where messages may be compressed.
    #[cfg(feature = "deflate")]
    #[cold]
    fn handle_compressed(&mut self, input: &mut [u8]) -> Result<Step, WsError> {
        let Some((header, start)) = Header::parse_compressed(input)? else {
            return Ok(Step::Incomplete);
        };
        self.check_order(&header)?;
        let consumed = start.saturating_add(self.check_compressed_len(header.len)?);
        let Some(piece) = input.get_mut(start..consumed) else {
            return Ok(Step::Incomplete);
        };
        if let Some(key) = header.mask {
            apply_mask(key, piece);
        }
        // It goes with the message, and comes back behind its last fragment.
        let window = self.window.as_deref_mut().map(std::mem::take).unwrap_or_default();
        let text = header.opcode == OpCode::Text;
        self.fragments = Some(Box::new(Fragments::compressed(text, Inflater::new(window))));
        self.handle_fragment(header, piece, consumed)
    }

    /// Checks the length of a compressed frame, of which more may arrive than the limit: what
    /// does not become shorter becomes a little longer.
    #[cfg(feature = "deflate")]
    #[cold]
    fn check_compressed_len(&self, size: u64) -> Result<usize, WsError> {
        let limit = self.limit;
        let most = limit.saturating_add(limit / 8).saturating_add(64);
        match usize::try_from(size) {
            Ok(len) if len <= most => Ok(len),
            _ => Err(WsError::MessageTooBig { size, limit }),
        }
    }
}

impl Role {
    fn reply_key(&mut self) -> Option<[u8; 4]> {
        match self {
            Self::Server => None,
            Self::Client(keys) => Some(keys.next_key()),
        }
    }
}
