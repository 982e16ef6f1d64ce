//! The form that a link gives to outgoing bytes on their way to the stream.

use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;

use super::{ByteStream, Outgoing};

/// The bytes that may wait for the stream before no more are made.
const WAITING: usize = 64 << 10;

/// The bytes that a link has made of outgoing ones, and that are not sent yet. A link that
/// compresses in context, or that numbers its messages, can do so only in the order in which
/// they leave.
#[derive(Debug, Default)]
pub(crate) struct Sealed {
    bytes: Outgoing,
    /// The bytes that were sent, modulo 2^32.
    sent: u32,
}

impl Sealed {
    /// Seals and sends all of `outgoing`.
    pub(crate) fn poll_send<Io: ByteStream>(
        &mut self,
        sealer: &mut impl Seal,
        io: &mut Io,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            // What was sealed before may be all that there is room for.
            let mut is_whole = true;
            while is_whole && self.bytes.len() < WAITING && !outgoing.is_empty() {
                match sealer.seal(outgoing.front(), self.bytes.buf())? {
                    Some(size) => outgoing.take_front(size),
                    None => is_whole = false,
                }
            }
            let sent = self.poll_flush(io, cx);
            outgoing.set_passed_on(self.bytes.unsent() + sealer.kept(), self.sent);
            ready!(sent)?;
            if outgoing.is_empty() {
                return Poll::Ready(Ok(()));
            }
            if !is_whole {
                let what = "a message of this side's own, which is not whole";
                return Poll::Ready(Err(CloseReason::malformed(what)));
            }
        }
    }

    /// Sends what was made.
    pub(crate) fn poll_flush<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let before = self.bytes.unsent();
        let sent = io.poll_send(cx, &mut self.bytes);
        let taken = before.saturating_sub(self.bytes.unsent());
        self.sent = self.sent.wrapping_add(u32::try_from(taken).unwrap_or(1));
        self.bytes.release();
        sent
    }

    /// Returns the end of what was made, for what is not made of outgoing bytes.
    #[cfg(feature = "mqtt")]
    pub(crate) fn buf(&mut self) -> &mut Vec<u8> {
        self.bytes.buf()
    }

    /// Returns the number of bytes that are not sent.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// What makes bytes of outgoing messages.
pub(crate) trait Seal {
    /// Makes bytes of the first message of `front`, behind `out`, and returns its length in
    /// `front`. `None` if it is not whole.
    ///
    /// # Errors
    /// Returns the reason to end the connection.
    fn seal(&mut self, front: &[u8], out: &mut Vec<u8>) -> Result<Option<usize>, CloseReason>;

    /// Returns the number of bytes that it keeps, which count as unsent.
    fn kept(&self) -> usize {
        0
    }
}
