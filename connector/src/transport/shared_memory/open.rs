//! The state of an open stream: what its frames say, and who waits for what.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use connector_protocol::CloseReason;
use futures_util::FutureExt;
use tokio::io::{AsyncWrite, Interest};

use super::domain::{Domain, release};
use super::frame::{Cutter, Frame, Heads};
use super::incoming::{Amount, Incoming};
use super::outgoing::{Outgoing, Way};
use super::wire::{Scratch, Wire};
use super::{SAMPLE, SAMPLES, WINDOW};

/// An open stream.
pub(super) struct Open {
    wire: Wire,
    cutter: Cutter,
    incoming: Incoming,
    outgoing: Outgoing,
    /// Where memory is. `None` if all goes over the socket.
    directory: Option<Arc<Path>>,
    /// A server at its place, where its connections outlive the listener.
    domain: Option<Arc<Domain>>,
    /// The peer's end, behind what has arrived.
    end: Option<Result<(), CloseReason>>,
    /// `true` if the peer has ended without a goodbye.
    died: bool,
    /// `true` if this side has said goodbye.
    left: bool,
    /// Who waits for bytes, and who for room: either may find what the other one waits for.
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Open {
    /// Goes on behind both hellos. `bytes` have arrived already. All goes over the socket unless
    /// there is a directory for memory.
    pub(super) fn new(
        wire: Wire,
        bytes: &[u8],
        directory: Option<Arc<Path>>,
        domain: Option<Arc<Domain>>,
    ) -> Self {
        let mut open = Self {
            wire,
            cutter: Cutter::default(),
            incoming: Incoming::default(),
            outgoing: Outgoing::default(),
            directory,
            domain,
            end: None,
            died: false,
            left: false,
            reader: None,
            writer: None,
        };
        open.digest(bytes);
        open
    }

    /// Says goodbye, and ends this side.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>, code: u16) -> Poll<io::Result<()>> {
        ready!(self.poll_clear(cx))?;
        if !std::mem::replace(&mut self.left, true) {
            self.wire.write_frame(Frame::Goodbye(code))?;
            ready!(self.poll_clear(cx))?;
        }
        Pin::new(&mut self.wire.socket).poll_shutdown(cx)
    }

    /// Returns `true` if the system has told of the peer's end.
    pub(super) fn peer_has_left(&self) -> bool {
        let ready = self.wire.socket.ready(Interest::READABLE).now_or_never();
        self.end.is_some()
            || ready.is_some_and(|ready| ready.is_ok_and(|ready| ready.is_read_closed()))
    }

    /// Returns the peer's end.
    pub(super) fn end(&self) -> Option<&Result<(), CloseReason>> {
        self.end.as_ref()
    }

    /// Returns `true` if large writes go to memory.
    #[cfg(test)]
    pub(super) fn writes_to_memory(&self) -> bool {
        self.outgoing.has_memory()
    }

    /// Hands the next bytes to `take`, which returns how many it has taken. Returns `false` at
    /// the end.
    pub(super) fn poll_take(
        &mut self,
        cx: &mut Context<'_>,
        take: impl FnOnce(&[u8]) -> usize,
    ) -> Poll<Result<bool, CloseReason>> {
        if !ready!(self.poll_front(cx))? {
            return Poll::Ready(Ok(false));
        }
        if let Some(front) = self.incoming.front()? {
            let taken = take(front);
            self.incoming.advance(taken);
            self.tell_taken();
        }
        Poll::Ready(Ok(true))
    }

    /// Waits for the next bytes. Returns `false` at the end.
    fn poll_front(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, CloseReason>> {
        loop {
            match self.incoming.front() {
                Ok(Some(_)) => return Poll::Ready(Ok(true)),
                Ok(None) => {}
                Err(reason) => self.end = Some(Err(reason)),
            }
            if let Some(end) = &self.end {
                return Poll::Ready(end.clone().map(|()| false));
            }
            if self.poll_more(cx).is_pending() {
                self.reader = Some(cx.waker().clone());
                return Poll::Pending;
            }
            wake(&mut self.writer);
        }
    }

    /// Goes on with what is under way besides, and reads once from the socket.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if !self.wire.is_clear() {
            // Where this fails, reading finds the reason.
            if self.wire.poll_clear(cx).is_ready() {
                wake(&mut self.writer);
            }
            self.tell_taken();
        }
        self.poll_memory(cx);
        if self.end.is_some() {
            return Poll::Ready(());
        }
        let mut scratch = Scratch::take();
        match ready!(self.wire.poll_read(cx, &mut scratch)) {
            Ok(0) => self.die(None),
            Ok(len) => self.digest(scratch.first(len)),
            Err(error) => self.die(Some(&error)),
        }
        Poll::Ready(())
    }

    /// Opens the peer's memory, and offers that of this side.
    fn poll_memory(&mut self, cx: &mut Context<'_>) {
        if self.incoming.is_opening() {
            match self.incoming.poll_opened(cx) {
                Poll::Ready(Ok(())) => {
                    let _ = self.wire.write_frame(Frame::Accepted);
                }
                Poll::Ready(Err(reason)) => self.end = Some(Err(reason)),
                Poll::Pending => {}
            }
        }
        if let Some(writer) = self.outgoing.poll_made(cx) {
            let offer = Frame::Offer { sample: SAMPLE, name: writer.name };
            let _ = self.wire.write_frame(offer);
        }
    }

    fn die(&mut self, error: Option<&io::Error>) {
        let message = match error {
            None => "the peer has ended without a goodbye: it may have been killed".to_owned(),
            Some(error) => error.to_string(),
        };
        let kind = error.map_or(io::ErrorKind::ConnectionReset, io::Error::kind);
        self.end = Some(Err(CloseReason::Lost { kind, message }));
        self.died = true;
    }

    /// Takes what has arrived.
    fn digest(&mut self, bytes: &[u8]) {
        if let Err(reason) = self.take_frames(bytes) {
            self.end = Some(Err(reason));
        }
    }

    fn take_frames(&mut self, mut bytes: &[u8]) -> Result<(), CloseReason> {
        loop {
            self.incoming.append(&mut bytes);
            if self.incoming.is_within_frame() || self.end.is_some() {
                return Ok(());
            }
            let Some(frame) = self.cutter.next(&mut bytes)? else { return Ok(()) };
            match frame {
                Frame::Bytes(len) => self.incoming.begin(len)?,
                Frame::Sample(len) => self.incoming.announce(len)?,
                Frame::BytesTaken(bytes) => {
                    self.outgoing.settled(Amount { bytes, samples: 0 })?;
                }
                Frame::SamplesTaken(samples) => {
                    self.outgoing.settled(Amount { bytes: 0, samples })?;
                }
                Frame::Offer { sample, name } => {
                    if !self.incoming.open(self.directory.as_ref(), sample, name)? {
                        let _ = self.wire.write_frame(Frame::Refused);
                    }
                }
                Frame::Accepted => self.outgoing.answered(true)?,
                Frame::Refused => self.outgoing.answered(false)?,
                Frame::Goodbye(0) => self.end = Some(Ok(())),
                Frame::Goodbye(code) => {
                    let reason = String::new();
                    self.end = Some(Err(CloseReason::PeerClosedWith { code, reason }));
                }
            }
        }
    }

    /// Tells the peer what is taken once that is half of what may wait. To a peer that does not
    /// even read this nothing is added, so that it may not send more.
    fn tell_taken(&mut self) {
        let Amount { bytes, samples } = self.incoming.taken();
        if self.wire.is_clear() && (bytes >= WINDOW / 2 || samples >= SAMPLES / 2) {
            let heads = self.settle();
            // Where this fails, reading finds the reason.
            let _ = self.wire.write(&heads, &[]);
        }
    }

    /// Waits until the socket has taken everything.
    pub(super) fn poll_clear(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let clear = self.wire.poll_clear(cx);
        if clear.is_pending() {
            self.writer = Some(cx.waker().clone());
        }
        clear
    }

    /// Returns the frames that tell what is taken.
    fn settle(&mut self) -> Heads {
        let mut heads = Heads::new();
        let Amount { bytes, samples } = self.incoming.settle();
        if bytes > 0 {
            Frame::BytesTaken(bytes).write(&mut heads);
        }
        if samples > 0 {
            Frame::SamplesTaken(samples).write(&mut heads);
        }
        heads
    }

    /// Sends the first of some bytes. Returns their number.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            if self.left || self.died {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            ready!(self.poll_clear(cx))?;
            self.poll_memory(cx);
            match self.outgoing.way(bytes.len(), self.directory.as_ref()) {
                Some(Way::Socket(len)) => {
                    let mut heads = self.settle();
                    Frame::Bytes(len).write(&mut heads);
                    self.wire.write(&heads, &bytes[..len])?;
                    return Poll::Ready(Ok(len));
                }
                Some(Way::Memory(writer, len)) => {
                    writer.write(&bytes[..len]).map_err(failed)?;
                    let mut heads = self.settle();
                    Frame::Sample(len).write(&mut heads);
                    self.wire.write(&heads, &[])?;
                    return Poll::Ready(Ok(len));
                }
                None if self.end.is_some() => {
                    return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
                }
                // What the peer has taken lies behind what it has sent, which is bounded.
                None => {
                    if self.poll_more(cx).is_pending() {
                        self.writer = Some(cx.waker().clone());
                        return Poll::Pending;
                    }
                    wake(&mut self.reader);
                }
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.left && self.wire.is_clear() && self.end.is_none() {
            let _ = self.wire.write_frame(Frame::Goodbye(0));
        }
        let (written, read) = (self.outgoing.release(), self.incoming.release());
        if let Some(domain) = written.or(read) {
            if self.died { domain.sweep() } else { release(domain) }
        }
        release(self.domain.take());
    }
}

fn wake(waiting: &mut Option<Waker>) {
    if let Some(waker) = waiting.take() {
        waker.wake();
    }
}

/// Returns the error of a stream that ends for a reason, see [`CloseReason::lost`].
pub(super) fn failed(reason: CloseReason) -> io::Error {
    let kind = match &reason {
        CloseReason::Lost { kind, .. } => *kind,
        _ => io::ErrorKind::InvalidData,
    };
    io::Error::new(kind, reason)
}
