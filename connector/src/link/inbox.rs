//! The inbox of a link: whole packages, and the start of the next.

use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::framing::Framing;
use tokio::io::{AsyncRead, ReadBuf};

use super::Outgoing;
use super::read_buffer::{COPIED, ReadBuffer, SCRATCH};

/// The bytes and packages of a link that are not handled yet.
///
/// The driver owns it and lends it to the link. A link over a byte stream fills it
/// with [`Inbox::poll_fill`], looks at [`Inbox::unread`] and marks packages with
/// [`Inbox::deliver`]. A link that gets whole packages adds them with
/// [`Inbox::push`].
///
/// ```
/// use connector::link::Inbox;
///
/// let mut inbox = Inbox::new(1024);
/// inbox.push(&b"hello"[..]);
/// assert_eq!(inbox.peek(), Some(&b"hello"[..]));
/// inbox.advance(5);
/// assert!(inbox.is_empty());
/// ```
#[derive(Debug)]
pub struct Inbox {
    /// There is one while something is read or kept.
    buffer: Option<Box<ReadBuffer>>,
    replies: Vec<u8>,
    limit: usize,
    /// Packages that lie side by side are handed out as one.
    joins: bool,
}

impl Inbox {
    /// Creates an empty inbox for packages of at most `limit` bytes. It allocates
    /// nothing until bytes arrive.
    pub fn new(limit: usize) -> Self {
        Self { buffer: None, replies: Vec::new(), limit, joins: false }
    }

    /// Returns the size of the largest package that is accepted, in bytes. A server
    /// raises it once the session is open.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Sets the size of the largest package that is accepted, in bytes.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Hands packages out together from now on that lie side by side, for a machine that
    /// finds the end of each, see [`Machine::takes_several`].
    ///
    /// [`Machine::takes_several`]: connector_protocol::session::Machine::takes_several
    pub(crate) fn set_joins(&mut self, joins: bool) {
        self.joins = joins;
    }

    /// Reads once from `io` and appends to the unread bytes. Returns the number of
    /// bytes read: 0 at the end of `io`.
    ///
    /// # Errors
    /// Returns the errors of `io`.
    #[inline(always)]
    pub fn poll_fill<R: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut R,
    ) -> Poll<io::Result<usize>> {
        let buffer = self.roomy_buffer();
        let mut buf = ReadBuf::new(&mut buffer.bytes[buffer.unread.end..]);
        ready!(Pin::new(io).poll_read(cx, &mut buf))?;
        let read = buf.filled().len();
        buffer.unread.end += read;
        buffer.received += read;
        Poll::Ready(Ok(read))
    }

    /// Returns the bytes that do not belong to a package yet. They may be changed in
    /// place, as WebSocket does to unmask them.
    pub fn unread(&mut self) -> &mut [u8] {
        self.unread_and_replies().0
    }

    /// Returns [`Inbox::unread`], and a buffer for the link's own replies: bytes that
    /// are sent as they are, in order with the packages.
    pub fn unread_and_replies(&mut self) -> (&mut [u8], &mut Vec<u8>) {
        let unread = match &mut self.buffer {
            Some(buffer) => buffer.unread_mut(),
            None => &mut [],
        };
        (unread, &mut self.replies)
    }

    /// Marks the first `consumed` unread bytes as read, and the range `package` in
    /// them as a package.
    pub fn deliver(&mut self, package: Range<usize>, consumed: usize) {
        if let Some(buffer) = &mut self.buffer {
            buffer.deliver(package, consumed);
        }
    }

    /// Marks the first `bytes` unread bytes as read, without a package.
    pub fn consume(&mut self, bytes: usize) {
        if let Some(buffer) = &mut self.buffer {
            buffer.consume(bytes);
        }
    }

    /// Appends bytes that somebody else has read to the unread ones.
    #[cfg(any(all(target_os = "linux", feature = "shared-memory"), feature = "sio"))]
    pub(crate) fn append_unread(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let buffer = self.roomy_buffer();
            let end = buffer.unread.end;
            let room = (buffer.bytes.len() - end).min(bytes.len());
            buffer.bytes[end..end + room].copy_from_slice(&bytes[..room]);
            buffer.unread.end += room;
            bytes = &bytes[room..];
        }
    }

    /// Appends bytes that have just arrived to the unread ones: of many, in a buffer that grows
    /// for them at once.
    #[cfg(all(target_os = "linux", feature = "shared-memory"))]
    pub(crate) fn append_arrived(&mut self, bytes: &[u8]) {
        if bytes.len() < SCRATCH {
            self.append_unread(bytes);
        } else {
            let buffer = self.buffer.take().unwrap_or_else(ReadBuffer::of_thread);
            self.buffer = Some(buffer.with(bytes));
        }
        self.buffer_or_spare().received += bytes.len();
    }

    /// Cuts the unread bytes into packages. Returns whether there was a whole one.
    #[inline]
    pub(crate) fn cut<F: Framing>(&mut self) -> Result<bool, CloseReason> {
        match &mut self.buffer {
            Some(buffer) if !buffer.unread.is_empty() => buffer.cut::<F>(self.limit, self.joins),
            _ => Ok(false),
        }
    }

    /// Appends a whole package.
    pub fn push(&mut self, package: impl Into<Bytes>) {
        let package = package.into();
        let buffer = self.buffer_or_spare();
        buffer.received += package.len();
        buffer.begun = None;
        buffer.packages.push(package);
    }

    /// Notes that the link keeps the start of a package itself, as WebSocket does with the
    /// fragments of a message, and takes so many bytes of memory for it. It counts as begun
    /// until the next [`Inbox::push`], so that a peer that never sends the rest is noticed.
    pub fn set_begun(&mut self, memory: usize) {
        self.buffer_or_spare().begun = Some(memory);
    }

    /// Returns whether the start of a package has arrived and its end has not.
    #[inline]
    pub(crate) fn has_begun(&self) -> bool {
        self.buffer.as_ref().is_some_and(|buffer| buffer.holds_start())
    }

    /// Returns the number of bytes that have arrived since this was last called.
    pub(crate) fn take_received(&mut self) -> usize {
        self.buffer.as_mut().map_or(0, |buffer| std::mem::take(&mut buffer.received))
    }

    /// Returns the memory in use for packages that are not handled, and for what has arrived
    /// behind them, in bytes.
    pub(crate) fn backlog(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| buffer.unread.end + buffer.packages.memory())
    }

    /// Returns `true` if it holds memory of its own.
    #[inline]
    pub(crate) fn holds(&self) -> bool {
        self.buffer.is_some()
    }

    /// Returns the memory of what it holds, and of what the link keeps, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| {
            buffer.bytes.capacity() + buffer.packages.memory() + buffer.begun.unwrap_or(0)
        })
    }

    /// Returns how much of a package has arrived whose end has not, in bytes.
    pub(crate) fn begun(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| buffer.unread.len() + buffer.begun.unwrap_or(0))
    }

    /// Returns whether there is no whole package.
    pub fn is_empty(&self) -> bool {
        self.buffer.as_ref().is_none_or(|buffer| buffer.packages.is_empty())
    }

    /// Returns the bytes of the first package that are not handled yet.
    #[inline]
    pub fn peek(&self) -> Option<&[u8]> {
        let buffer = self.buffer.as_deref()?;
        buffer.packages.first(&buffer.bytes)
    }

    /// Marks `bytes` bytes of the first package as handled, and removes it after the
    /// last one.
    #[inline]
    pub fn advance(&mut self, bytes: usize) {
        if let Some(buffer) = &mut self.buffer {
            buffer.packages.advance(bytes);
        }
    }

    /// Drops all whole packages. The start of the next one stays, so that the stream
    /// can still be read.
    pub(crate) fn forget_packages(&mut self) {
        if let Some(buffer) = &mut self.buffer {
            buffer.packages.clear();
        }
    }

    /// Returns whether the link has replies of its own to send.
    pub(crate) fn has_replies(&self) -> bool {
        !self.replies.is_empty()
    }

    /// Moves the link's own replies to the end of `outgoing`.
    pub fn take_replies(&mut self, outgoing: &mut Outgoing) {
        if !self.replies.is_empty() {
            outgoing.buf().append(&mut self.replies);
        }
    }

    /// Returns the buffer to the thread and keeps only the start of the next package.
    /// The driver calls it whenever it stops polling.
    pub fn release(&mut self) {
        if !self.is_empty() {
            // Packages that are not handled yet keep their buffer.
            return;
        }
        if self.replies.is_empty() && self.replies.capacity() > 0 {
            self.replies = Vec::new();
        }
        match self.buffer.take() {
            Some(buffer) if buffer.holds_start() => self.keep_start(buffer),
            Some(buffer) => buffer.give_back(),
            None => {}
        }
    }

    #[inline(never)]
    fn keep_start(&mut self, buffer: Box<ReadBuffer>) {
        let unread = buffer.unread.len();
        if unread > COPIED && buffer.bytes.len() != SCRATCH {
            self.buffer = Some(buffer);
            return;
        }
        let mut bytes = buffer.unread().to_vec();
        if unread > COPIED {
            bytes.resize(2 * unread, 0);
        }
        let ReadBuffer { searched, begun, .. } = *buffer;
        let kept =
            ReadBuffer { bytes, unread: 0..unread, searched, begun, ..ReadBuffer::default() };
        self.buffer = Some(Box::new(kept));
        buffer.give_back();
    }

    /// The size of the memory that it holds itself, in bytes.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| buffer.bytes.capacity())
    }

    fn buffer_or_spare(&mut self) -> &mut ReadBuffer {
        self.buffer.get_or_insert_with(ReadBuffer::spare)
    }

    /// The buffer, with room behind the unread bytes: the thread's if little is
    /// unread, else their own.
    #[inline]
    fn roomy_buffer(&mut self) -> &mut ReadBuffer {
        if self.buffer.as_ref().is_some_and(|buffer| !buffer.is_roomy()) {
            self.make_room();
        }
        self.buffer.get_or_insert_with(ReadBuffer::of_thread)
    }

    #[inline(never)]
    fn make_room(&mut self) {
        let Some(buffer) = &mut self.buffer else { return };
        if buffer.is_small() {
            let small = std::mem::replace(buffer, ReadBuffer::of_thread());
            buffer.take_start(&small);
        }
        buffer.make_room(self.limit.saturating_add(SCRATCH));
    }
}
