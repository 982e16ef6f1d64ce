//! The messages of a WebSocket, decoded from what was read.

use std::ops::Range;

use connector_protocol::CloseReason;
use connector_protocol::pomelo::package;
use connector_protocol::ws::{CloseCode, Decoder, Step, WsError};

use super::endpoint::farewell;
use crate::link::{Inbox, Portion};

/// What is made of the messages of a WebSocket.
pub(crate) trait Messages {
    /// Returns the size of the longest message.
    fn longest(&self, inbox: &Inbox) -> usize {
        longest(inbox)
    }

    /// Takes a message, text or bytes, that lies at `message` in the unread bytes, and consumes
    /// so many of them.
    ///
    /// # Errors
    /// Returns the reason to end the connection.
    fn take(
        &mut self,
        inbox: &mut Inbox,
        message: Range<usize>,
        consumed: usize,
        text: bool,
    ) -> Result<(), CloseReason>;

    /// Takes a message that has memory of its own.
    ///
    /// # Errors
    /// Returns the reason to end the connection.
    fn take_assembled(
        &mut self,
        inbox: &mut Inbox,
        message: Vec<u8>,
        text: bool,
    ) -> Result<(), CloseReason>;
}

/// Each message is a package.
pub(super) struct AsPackages;

impl Messages for AsPackages {
    #[inline(always)]
    fn take(
        &mut self,
        inbox: &mut Inbox,
        message: Range<usize>,
        consumed: usize,
        _: bool,
    ) -> Result<(), CloseReason> {
        inbox.deliver(message, consumed);
        Ok(())
    }

    fn take_assembled(
        &mut self,
        inbox: &mut Inbox,
        message: Vec<u8>,
        _: bool,
    ) -> Result<(), CloseReason> {
        inbox.push(message);
        Ok(())
    }
}

/// Returns the size of the longest message: as on a bare stream, the package's header
/// does not count.
pub(super) fn longest(inbox: &Inbox) -> usize {
    inbox.limit().saturating_add(package::HEADER)
}

/// Delivers the whole messages of a portion. Returns whether there was any frame. The reply to
/// a close frame goes to `close_frame`, since outgoing messages are sent before it.
#[inline(always)]
pub(super) fn decode_some(
    decoder: &mut Decoder,
    messages: &mut impl Messages,
    inbox: &mut Inbox,
    close_frame: &mut Vec<u8>,
    close_code: &mut Option<CloseCode>,
) -> Result<bool, CloseReason> {
    let mut any = false;
    let mut portion = Portion::new();
    loop {
        let (unread, replies) = inbox.unread_and_replies();
        if unread.is_empty() {
            return Ok(any);
        }
        let replied = replies.len();
        let mut assembled = 0;
        match decoder.decode(unread, replies) {
            Ok(Step::Incomplete) => return Ok(any),
            Ok(Step::Message { consumed, payload, text }) => {
                messages.take(inbox, payload, consumed, text)?;
            }
            Ok(Step::Assembled { consumed, payload, text }) => {
                assembled = payload.len();
                inbox.consume(consumed);
                messages.take_assembled(inbox, payload, text)?;
            }
            Ok(Step::Control { consumed }) => {
                inbox.consume(consumed);
                if !decoder.is_idle() {
                    inbox.set_begun(decoder.pending());
                }
            }
            Ok(Step::Close { consumed, code, reason }) => {
                *close_code = code;
                close_frame.extend(replies.drain(replied..));
                inbox.consume(consumed);
                return Err(peer_closed(code, reason));
            }
            Err(error) => {
                let reason = match error {
                    WsError::MessageTooBig { size, .. } => {
                        let size = usize::try_from(size).unwrap_or(usize::MAX);
                        CloseReason::TooLarge { size, limit: inbox.limit() }
                    }
                    #[cfg(feature = "deflate")]
                    WsError::InflatedTooBig { limit } => {
                        // It has one byte more at least, and nobody counts the others.
                        CloseReason::TooLarge { size: limit + 1, limit: inbox.limit() }
                    }
                    error => CloseReason::malformed(error),
                };
                decoder.close(Some(error.close_code()), &farewell(&reason).1, close_frame);
                return Err(reason);
            }
        }
        any = true;
        if !portion.count(assembled) {
            return Ok(true);
        }
    }
}

/// Returns the reason of the peer's close frame.
fn peer_closed(code: Option<CloseCode>, reason: String) -> CloseReason {
    match code {
        None => CloseReason::PeerClosed,
        Some(CloseCode::NORMAL) if reason.is_empty() => CloseReason::PeerClosed,
        Some(code) => CloseReason::PeerClosedWith { code: code.get(), reason },
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Waker};

    use connector_protocol::ws::Role;

    use super::*;

    #[test]
    fn what_was_read_is_decoded_in_portions() {
        let ping = [0x89, 0x80, 0, 0, 0, 0];
        let mut inbox = Inbox::new(1024);
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(inbox.poll_fill(cx, &mut &ping.repeat(600)[..]).is_ready());
        let mut decoder = Decoder::new(Role::Server, 1024);
        for pongs in [256, 256, 88, 0] {
            let any =
                decode_some(&mut decoder, &mut AsPackages, &mut inbox, &mut vec![], &mut None);
            assert_eq!(any, Ok(pongs > 0));
            assert_eq!(std::mem::take(inbox.unread_and_replies().1), b"\x8a\0".repeat(pongs));
        }
    }
}
