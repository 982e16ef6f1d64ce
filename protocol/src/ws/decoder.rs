//! Incoming frames to messages.

use std::ops::Range;

use super::close::{parse_close, write_close};
use super::fragments::Fragments;
use super::seal::write_frame;
use super::{CloseCode, Header, MaskKeys, OpCode, WsError, apply_mask};

/// Which end of the connection this is.
#[derive(Debug)]
pub enum Role {
    /// Takes masked frames, sends unmasked ones.
    Server,
    /// Takes unmasked frames; masks its replies with these keys, which are for the decoder
    /// alone: messages that the caller seals need keys from another seed.
    Client(MaskKeys),
}

/// What the front of the input held. `consumed` is the bytes that are done with, to be
/// dropped before the next call.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// No whole frame yet: call again with the same bytes and more behind them.
    Incomplete,
    /// A message in one frame, unmasked where it lies in the input.
    Message {
        /// Bytes of input that are done with.
        consumed: usize,
        /// Where in the input the message lies.
        payload: Range<usize>,
        /// UTF-8 (checked) rather than bytes.
        text: bool,
    },
    /// The last piece of a message that came in several.
    Assembled {
        /// Bytes of input that are done with.
        consumed: usize,
        /// The whole message, at most as long as the limit.
        payload: Vec<u8>,
        /// UTF-8 (checked) rather than bytes.
        text: bool,
    },
    /// Nothing for the caller: a ping (answered), a pong, a piece of a message, or bytes that
    /// came after the end.
    Control {
        /// Bytes of input that are done with.
        consumed: usize,
    },
    /// The peer ends the connection; send what `replies` holds, then drop the socket (a client
    /// lets the server drop first). What lies behind the frame is consumed too, unread.
    Close {
        /// Bytes of input that are done with: all.
        consumed: usize,
        /// Why; `None` when the peer gave no code (1005 in the terms of the RFC).
        code: Option<CloseCode>,
        /// The peer's words for it, at most 123 bytes.
        reason: String,
    },
}

/// The receiving half of one connection.
///
/// Whole frames only: a frame that is cut short costs a look at its header and no state, so
/// its bytes stay with the caller, masked, until the last one is there. An idle decoder owns
/// no heap memory.
#[derive(Debug)]
pub struct Decoder {
    role: Role,
    limit: usize,
    fragments: Option<Box<Fragments>>,
    close_sent: bool,
    ended: bool,
}

// There is one for each idle connection.
const _: () = assert!(size_of::<Decoder>() <= 64);

impl Decoder {
    /// `limit` is the longest message in bytes, fragments counted together.
    #[must_use]
    pub const fn new(role: Role, limit: usize) -> Self {
        Self { role, limit, fragments: None, close_sent: false, ended: false }
    }

    /// Lets longer messages come from now on. A shorter limit than before
    /// changes nothing.
    pub fn raise_limit(&mut self, limit: usize) {
        self.limit = self.limit.max(limit);
    }

    /// Handles the frame at the front of `input`. Call it again with the rest, until
    /// [`Step::Incomplete`].
    ///
    /// Pongs and the answer to a close are appended to `replies`; each is no longer than its
    /// cause (a client's by the four bytes of the mask), so the caller bounds `replies` by
    /// bounding what it reads.
    ///
    /// # Errors
    ///
    /// The peer broke the protocol or the limit, known as soon as the header of the frame is
    /// there. Nothing behind it is ever read: later calls consume their input in silence.
    /// Pass [`WsError::close_code`] to [`close`](Self::close) and drop the connection.
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

    /// Appends our close frame to `out`, unless one was written before: by this method or as
    /// the answer to the peer's. No message may be sent behind it.
    pub fn close(&mut self, code: Option<CloseCode>, reason: &str, out: &mut Vec<u8>) {
        if !self.close_sent {
            self.close_sent = true;
            write_close(code, reason, self.role.reply_key(), out);
        }
    }

    /// Whether no message is pending of which fragments came already, so that the decoder owns
    /// no heap memory.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.fragments.is_none()
    }

    #[inline]
    fn handle_frame(&mut self, input: &mut [u8], replies: &mut Vec<u8>) -> Result<Step, WsError> {
        let Some((header, start)) = Header::parse(input)? else {
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

    /// All that a header can break in this connection, before a byte of its payload is
    /// waited for; returns the length of the payload.
    #[inline]
    fn check(&self, header: &Header) -> Result<usize, WsError> {
        match (&self.role, header.mask) {
            (Role::Server, None) => return Err(WsError::Unmasked),
            (Role::Client(_), Some(_)) => return Err(WsError::Masked),
            _ => {}
        }
        match (header.opcode, &self.fragments) {
            (OpCode::Continuation, None) => return Err(WsError::UnexpectedContinuation),
            (OpCode::Text | OpCode::Binary, Some(_)) => return Err(WsError::ExpectedContinuation),
            _ => {}
        }
        let too_big = WsError::MessageTooBig { limit: self.limit };
        let len = usize::try_from(header.len).map_err(|_| too_big)?;
        let pending = self.fragments.as_ref().map_or(0, |fragments| fragments.len());
        if !header.opcode.is_control() && len > self.limit - pending {
            return Err(too_big);
        }
        Ok(len)
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
            let (payload, text) = fragments.finish()?;
            return Ok(Step::Assembled { consumed, payload, text });
        }
        self.fragments = Some(fragments);
        Ok(Step::Control { consumed })
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
