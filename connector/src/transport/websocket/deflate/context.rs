//! Messages that point into earlier ones.
//!
//! They have to be compressed in the order in which they leave. Only when they leave is that
//! known: answers are written by the connection's task, pushes by any, and a broadcast's bytes
//! are shared. So all of them write plain frames without a mask, and here these are sealed
//! on their way to the stream.

use std::fmt;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::ws::deflate::Deflater;
use connector_protocol::ws::{Header, seal};

use super::Kind;
use crate::link::{ByteStream, Outgoing};
use crate::transport::websocket::frame::ServerFrame;
use crate::transport::websocket::random;

/// The sealed bytes that may wait for the stream.
const WAITING: usize = 64 << 10;

/// One end's messages, each compressed in the context of earlier ones.
pub(in crate::transport::websocket) struct InContext {
    deflater: Deflater,
    min_size: usize,
    kind: Kind,
    /// What is sealed and not sent.
    sealed: Outgoing,
    /// The bytes that were sent, modulo 2^32.
    sent: u32,
}

impl InContext {
    pub(super) fn new(deflater: Deflater, min_size: usize, kind: Kind) -> Self {
        Self { deflater, min_size, kind, sealed: Outgoing::default(), sent: 0 }
    }

    /// Returns the envelope of what is to be sealed.
    pub(super) fn frame(&self) -> &'static dyn Envelope {
        if self.kind.text { &ServerFrame::<true> } else { &ServerFrame::<false> }
    }

    /// Seals and sends all of `outgoing`.
    pub(super) fn poll_send<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            let mut sealed_any = false;
            while self.sealed.len() < WAITING && self.seal_next(outgoing) {
                sealed_any = true;
            }
            let sent = self.poll_sealed(io, cx);
            outgoing.set_passed_on(self.sealed.unsent(), self.sent);
            ready!(sent)?;
            if outgoing.is_empty() {
                self.deflater.release();
                return Poll::Ready(Ok(()));
            }
            if !sealed_any {
                let what = "a frame of this side's own, which is not whole";
                return Poll::Ready(Err(CloseReason::malformed(what)));
            }
        }
    }

    /// Sends what is sealed.
    pub(super) fn poll_sealed<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let before = self.sealed.unsent();
        let sent = io.poll_send(cx, &mut self.sealed);
        let taken = before.saturating_sub(self.sealed.unsent());
        self.sent = self.sent.wrapping_add(u32::try_from(taken).unwrap_or(1));
        self.sealed.release();
        sent
    }

    /// Seals the first frame. Returns `false` if there is none.
    fn seal_next(&mut self, outgoing: &mut Outgoing) -> bool {
        let bytes = outgoing.front();
        let Ok(Some((header, size))) = Header::parse(bytes) else { return false };
        let end = usize::try_from(header.len).map_or(usize::MAX, |len| len.saturating_add(size));
        let Some(frame) = bytes.get(..end) else { return false };
        let out = self.sealed.buf();
        if header.opcode.is_control() {
            // The answer to a ping, which is as it has to be.
            out.extend_from_slice(frame);
        } else {
            let start = seal::begin(out);
            out.extend_from_slice(&frame[size..]);
            let is_compressed = frame.len() - size >= self.min_size;
            if is_compressed {
                self.deflater.deflate_next(seal::payload(start), out);
            }
            if self.kind.client {
                seal::finish_client(start, header.opcode, random::bytes(), out);
            } else {
                seal::finish_server(start, header.opcode, out);
            }
            if is_compressed {
                seal::mark_compressed(start, out);
            }
        }
        outgoing.take_front(end);
        true
    }
}

impl fmt::Debug for InContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContext")
            .field("deflater", &self.deflater)
            .field("sealed", &self.sealed.len())
            .finish_non_exhaustive()
    }
}
