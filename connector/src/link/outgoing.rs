//! The outgoing bytes of a link.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use connector_protocol::framing::{Cut, Framing, LengthDelimited};
use tokio::io::AsyncWrite;

/// Shared bytes up to this size are copied; longer ones are written from where
/// they are.
const COPIED: usize = 1024;
/// A spare buffer larger than this is not kept.
const SPARE_CAPACITY: usize = 256 * 1024;
/// The largest number of pieces in one vectored write.
const PIECES: usize = 64;

thread_local! {
    /// The buffer that a thread's connections write into while they are polled.
    static SPARE: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The frame of links that keep packages apart by themselves (datagrams, message
/// queues): a length before each package, which [`Outgoing::package`] removes.
pub type Boundaries = LengthDelimited<u32>;

/// The framed packages of a link that are not sent yet, in order.
///
/// A link over a byte stream sends them with [`Outgoing::poll_write`], one that keeps
/// packages apart by itself with [`Outgoing::package`] and
/// [`Outgoing::package_sent`].
#[derive(Debug, Default)]
pub struct Outgoing {
    head: Vec<u8>,
    /// Bytes of `head` that are sent already.
    sent: usize,
    /// The pieces after `head`, and their size in bytes.
    tail: VecDeque<Bytes>,
    tail_len: usize,
    /// The stream may have written bytes in a buffer of its own.
    unflushed: bool,
    /// About how many these are, if the stream tells.
    kept: u32,
    /// Bytes that left the stream's buffer, modulo 2^32, if the stream tells.
    flushed: u32,
}

impl Outgoing {
    /// Returns whether all bytes are written.
    pub fn is_empty(&self) -> bool {
        self.sent == self.head.len() && self.tail.is_empty()
    }

    /// Returns whether all bytes are written, and the stream is flushed: it may have
    /// a buffer of its own, as TLS has.
    pub(crate) fn is_sent(&self) -> bool {
        self.is_empty() && !self.unflushed
    }

    /// Returns the number of bytes that are not written yet, and about as many as the stream
    /// keeps in a buffer of its own. It is at least 1 until the stream is flushed.
    pub(crate) fn unsent(&self) -> usize {
        (self.len() + self.kept()).max(self.unflushed.into())
    }

    /// Returns about how much memory the unsent bytes take that no other connection shares, as
    /// it shares a broadcast.
    pub(crate) fn own(&self) -> usize {
        let alone = self.tail.iter().filter(|bytes| bytes.is_unique());
        self.head.len() - self.sent + alone.map(Bytes::len).sum::<usize>() + self.kept()
    }

    /// Returns about how many bytes the stream keeps in a buffer of its own, or a layer of the
    /// link has taken and not sent.
    pub(crate) fn kept(&self) -> usize {
        if self.unflushed { self.kept as usize } else { 0 }
    }

    /// Returns a number that changes whenever a stream's own buffer gets shorter, if the
    /// stream tells.
    pub(crate) fn flushed(&self) -> u32 {
        self.flushed
    }

    /// Sets about how many bytes the stream keeps in a buffer of its own, and how many it has
    /// written from there, modulo 2^32.
    #[cfg(any(feature = "deflate", feature = "mqtt", feature = "tls"))]
    pub(crate) fn set_kept(&mut self, (bytes, flushed): (usize, u32)) {
        self.kept = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.flushed = flushed;
    }

    /// Returns the number of bytes that are not written yet.
    pub fn len(&self) -> usize {
        self.head.len() - self.sent + self.tail_len
    }

    /// Returns the buffer to append framed packages to.
    #[inline]
    pub fn buf(&mut self) -> &mut Vec<u8> {
        if !self.tail.is_empty() || self.head.capacity() == 0 {
            self.make_head();
        }
        &mut self.head
    }

    /// Makes a buffer to append to. Shared bytes come before it, so they are copied
    /// if there are any.
    #[inline(never)]
    fn make_head(&mut self) {
        if self.tail.is_empty() {
            self.head = SPARE.take();
        } else {
            self.join_tail();
        }
    }

    #[inline(never)]
    fn join_tail(&mut self) {
        let mut whole = self.head.split_off(self.sent);
        whole.reserve(self.tail_len);
        for bytes in self.tail.drain(..) {
            whole.extend_from_slice(&bytes);
        }
        self.head = whole;
        self.sent = 0;
        self.tail_len = 0;
    }

    /// Appends framed packages that several connections share.
    pub(crate) fn push_shared(&mut self, bytes: Bytes) {
        if self.tail.is_empty() && bytes.len() <= COPIED {
            self.buf().extend_from_slice(&bytes);
        } else {
            self.push_piece(bytes);
        }
    }

    /// Moves all bytes of `other` to the end.
    pub fn append(&mut self, other: &mut Self) {
        if self.is_sent() {
            std::mem::swap(self, other);
            other.release();
            return;
        }
        if other.sent < other.head.len() {
            let bytes = &other.head[other.sent..];
            if self.tail.is_empty() {
                self.buf().extend_from_slice(bytes);
            } else {
                self.push_piece(Bytes::copy_from_slice(bytes));
            }
            other.sent = other.head.len();
        }
        self.tail.append(&mut other.tail);
        self.tail_len += std::mem::take(&mut other.tail_len);
        self.unflushed |= std::mem::take(&mut other.unflushed);
        self.kept = self.kept.max(std::mem::take(&mut other.kept));
        other.release();
    }

    /// Drops all but the first `len` unsent bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        let mut excess = self.len().saturating_sub(len);
        while excess > 0
            && let Some(last) = self.tail.back_mut()
        {
            let kept = last.len().saturating_sub(excess);
            let dropped = last.len() - kept;
            last.truncate(kept);
            self.tail_len -= dropped;
            excess -= dropped;
            if kept == 0 {
                self.tail.pop_back();
            }
        }
        self.head.truncate(self.head.len() - excess);
    }

    /// Returns the first package that is not sent yet, for a link whose frame is
    /// [`Boundaries`].
    pub fn package(&mut self) -> Option<&[u8]> {
        self.skip_sent();
        let bytes = &self.head[self.sent..];
        let cut = Boundaries::cut(bytes, usize::MAX).ok()??;
        Some(&bytes[cut.package])
    }

    /// Marks the package of [`Outgoing::package`] as sent.
    pub fn package_sent(&mut self) {
        if let Ok(Some(Cut { consumed, .. })) = Boundaries::cut(&self.head[self.sent..], usize::MAX)
        {
            self.sent += consumed;
            self.give_back();
        }
    }

    /// Returns bytes in front that lie side by side: whole packages, for a link that writes
    /// them anew.
    #[cfg(any(feature = "deflate", feature = "mqtt", feature = "sio"))]
    pub(crate) fn front(&mut self) -> &[u8] {
        self.skip_sent();
        &self.head[self.sent..]
    }

    /// Takes the first bytes of [`Outgoing::front`] away.
    #[cfg(any(feature = "deflate", feature = "mqtt", feature = "sio"))]
    pub(crate) fn take_front(&mut self, bytes: usize) {
        self.sent = (self.sent + bytes).min(self.head.len());
        self.give_back();
    }

    /// Sets how many bytes a layer of the link has taken and not sent, and how many it has
    /// sent, modulo 2^32.
    #[cfg(any(feature = "deflate", feature = "mqtt"))]
    pub(crate) fn set_passed_on(&mut self, bytes: usize, sent: u32) {
        self.unflushed = bytes > 0;
        self.set_kept((bytes, sent));
    }

    /// Drops all bytes.
    pub(crate) fn clear(&mut self) {
        self.truncate(0);
        self.release();
    }

    /// Writes all bytes to `io`, and flushes it.
    ///
    /// # Errors
    /// Returns the errors of `io`, and [`io::ErrorKind::WriteZero`] if it accepts no
    /// more bytes.
    pub fn poll_write<W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut W,
    ) -> Poll<io::Result<()>> {
        while !self.is_empty() {
            self.unflushed = true;
            let written = if self.tail.is_empty() {
                ready!(Pin::new(&mut *io).poll_write(cx, &self.head[self.sent..]))?
            } else {
                ready!(self.poll_write_pieces(cx, io))?
            };
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.advance(written);
        }
        if self.unflushed {
            ready!(Pin::new(io).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    #[inline(never)]
    fn poll_write_pieces<W: AsyncWrite + Unpin>(
        &self,
        cx: &mut Context<'_>,
        io: &mut W,
    ) -> Poll<io::Result<usize>> {
        let mut pieces = [IoSlice::new(&[]); PIECES];
        pieces[0] = IoSlice::new(&self.head[self.sent..]);
        for (piece, bytes) in pieces[1..].iter_mut().zip(&self.tail) {
            *piece = IoSlice::new(bytes);
        }
        Pin::new(io).poll_write_vectored(cx, &pieces)
    }

    /// Returns the buffer to the thread if everything is sent, and otherwise shrinks
    /// to the unsent bytes. The driver calls it whenever it stops polling.
    pub fn release(&mut self) {
        if !self.is_empty() {
            return self.shrink();
        }
        if self.tail.capacity() > 0 {
            self.tail = VecDeque::new();
        }
        self.sent = 0;
        give_back(std::mem::take(&mut self.head));
    }

    #[inline(never)]
    fn shrink(&mut self) {
        // A buffer that a thread would not keep is too large for a few bytes.
        let is_spacious = self.sent > 0 || self.head.capacity() > SPARE_CAPACITY;
        let unsent = &self.head[self.sent..];
        if is_spacious && unsent.len() <= self.head.capacity() / 2 {
            let unsent = unsent.to_vec();
            self.sent = 0;
            give_back(std::mem::replace(&mut self.head, unsent));
        }
    }

    fn push_piece(&mut self, bytes: Bytes) {
        self.tail_len += bytes.len();
        self.tail.push_back(bytes);
    }

    fn advance(&mut self, written: usize) {
        let head = written.min(self.head.len() - self.sent);
        self.sent += head;
        self.give_back();
        if !self.tail.is_empty() {
            self.advance_tail(written - head);
        }
    }

    #[inline(never)]
    fn advance_tail(&mut self, mut written: usize) {
        self.tail_len -= written;
        while let Some(first) = self.tail.front_mut() {
            if written < first.len() {
                first.advance(written);
                return;
            }
            written -= first.len();
            self.tail.pop_front();
        }
    }

    /// Makes room where sent bytes lie, so that a peer that reads costs no more than what
    /// is unsent. Few sent bytes stay, and no more bytes are moved than were sent.
    fn give_back(&mut self) {
        let unsent = self.head.len() - self.sent;
        if unsent == 0 {
            self.head.clear();
            self.sent = 0;
        } else if self.sent > SPARE_CAPACITY && self.sent >= unsent {
            self.head.drain(..self.sent);
            self.sent = 0;
        }
    }

    fn skip_sent(&mut self) {
        if self.sent == self.head.len()
            && let Some(next) = self.tail.pop_front()
        {
            self.tail_len -= next.len();
            self.head.clear();
            self.head.extend_from_slice(&next);
            self.sent = 0;
        }
    }
}

/// Returns a buffer to the thread.
fn give_back(mut buffer: Vec<u8>) {
    if (1..=SPARE_CAPACITY).contains(&buffer.capacity()) {
        buffer.clear();
        SPARE.set(buffer);
    }
}
