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
use crate::link::{ByteStream, Outgoing, Seal, Sealed};
use crate::transport::websocket::frame::ServerFrame;
use crate::transport::websocket::random;

/// One end's messages, each compressed in the context of earlier ones.
pub(in crate::transport::websocket) struct InContext {
    sealer: Sealer,
    sealed: Sealed,
}

struct Sealer {
    deflater: Deflater,
    min_size: usize,
    kind: Kind,
}

impl InContext {
    pub(super) fn new(deflater: Deflater, min_size: usize, kind: Kind) -> Self {
        Self { sealer: Sealer { deflater, min_size, kind }, sealed: Sealed::default() }
    }

    /// Returns the envelope of what is to be sealed.
    pub(super) fn frame(&self) -> &'static dyn Envelope {
        if self.sealer.kind.text { &ServerFrame::<true> } else { &ServerFrame::<false> }
    }

    /// Seals and sends all of `outgoing`.
    pub(super) fn poll_send<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        let Self { sealer, sealed } = self;
        let sent = ready!(sealed.poll_send(sealer, io, cx, outgoing));
        sealer.deflater.release();
        Poll::Ready(sent)
    }

    /// Sends what is sealed.
    pub(super) fn poll_flush<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        self.sealed.poll_flush(io, cx)
    }
}

impl Seal for Sealer {
    fn seal(&mut self, front: &[u8], out: &mut Vec<u8>) -> Result<Option<usize>, CloseReason> {
        let Ok(Some((header, size))) = Header::parse(front) else { return Ok(None) };
        let end = usize::try_from(header.len).map_or(usize::MAX, |len| len.saturating_add(size));
        let Some(frame) = front.get(..end) else { return Ok(None) };
        if header.opcode.is_control() {
            // The answer to a ping, which is as it has to be.
            out.extend_from_slice(frame);
            return Ok(Some(end));
        }
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
        Ok(Some(end))
    }
}

impl fmt::Debug for InContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContext")
            .field("deflater", &self.sealer.deflater)
            .field("sealed", &self.sealed.len())
            .finish_non_exhaustive()
    }
}
