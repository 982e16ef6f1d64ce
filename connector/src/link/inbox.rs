//! The inbox of a link: whole packages, and the start of the next.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::framing::{Cut, Framing};
use tokio::io::{AsyncRead, ReadBuf};

use super::Outgoing;
use super::packages::Packages;

/// The largest read, in bytes.
const SCRATCH: usize = 64 * 1024;
/// An unfinished package up to this size is copied out of the scratch buffer
/// and back; a longer one gets a buffer of its own that it grows in.
const COPIED: usize = 4 * 1024;

thread_local! {
    /// Every connection of a thread reads into this while it is polled, so that
    /// an idle connection holds no buffer.
    static SPARE: Cell<Option<Box<Buffer>>> = const { Cell::new(None) };
}

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
    buffer: Option<Box<Buffer>>,
    replies: Vec<u8>,
    limit: usize,
    /// Packages that lie side by side are handed out as one.
    joins: bool,
}

/// Bytes that were read, and the packages found in them.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    unread: Range<usize>,
    /// Unread bytes in which no package ends.
    searched: usize,
    packages: Packages,
    /// Bytes that have arrived since the driver last asked.
    received: usize,
    /// The link itself keeps the start of a package, in so many bytes of memory.
    begun: Option<usize>,
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
    fn keep_start(&mut self, buffer: Box<Buffer>) {
        let unread = buffer.unread.len();
        if unread > COPIED && buffer.bytes.len() != SCRATCH {
            self.buffer = Some(buffer);
            return;
        }
        let mut bytes = buffer.unread().to_vec();
        if unread > COPIED {
            bytes.resize(2 * unread, 0);
        }
        let Buffer { searched, begun, .. } = *buffer;
        let kept = Buffer { bytes, unread: 0..unread, searched, begun, ..Buffer::default() };
        self.buffer = Some(Box::new(kept));
        buffer.give_back();
    }

    /// The size of the memory that it holds itself, in bytes.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| buffer.bytes.capacity())
    }

    fn buffer_or_spare(&mut self) -> &mut Buffer {
        self.buffer.get_or_insert_with(|| SPARE.take().unwrap_or_default())
    }

    /// The buffer, with room behind the unread bytes: the thread's if little is
    /// unread, else their own.
    #[inline]
    fn roomy_buffer(&mut self) -> &mut Buffer {
        if self.buffer.as_ref().is_some_and(|buffer| !buffer.is_roomy()) {
            self.make_room();
        }
        self.buffer.get_or_insert_with(Buffer::of_thread)
    }

    #[inline(never)]
    fn make_room(&mut self) {
        let Some(buffer) = &mut self.buffer else { return };
        if buffer.is_small() {
            let small = std::mem::replace(buffer, Buffer::of_thread());
            buffer.take_start(&small);
        }
        buffer.make_room(self.limit.saturating_add(SCRATCH));
    }
}

impl Buffer {
    /// Takes the thread's buffer.
    #[inline]
    fn of_thread() -> Box<Self> {
        match SPARE.take() {
            Some(buffer) if buffer.bytes.len() == SCRATCH => buffer,
            other => Self::first_of_thread(other),
        }
    }

    #[cold]
    fn first_of_thread(spare: Option<Box<Self>>) -> Box<Self> {
        let mut buffer = spare.unwrap_or_default();
        buffer.bytes.resize(SCRATCH, 0);
        buffer
    }

    /// Copies the start of a package out of a small buffer.
    fn take_start(&mut self, small: &Self) {
        let unread = small.unread();
        self.bytes[..unread.len()].copy_from_slice(unread);
        self.unread = 0..unread.len();
        self.searched = small.searched;
        self.begun = small.begun;
    }

    /// Both ends are read one by one: the start was written a moment ago, and a
    /// processor is slow to read it together with what lies beside it.
    fn unread(&self) -> &[u8] {
        let Range { start, end } = self.unread;
        &self.bytes[start..end]
    }

    fn unread_mut(&mut self) -> &mut [u8] {
        let Range { start, end } = self.unread;
        &mut self.bytes[start..end]
    }

    /// Returns it to the thread, unless it has a size of its own.
    #[inline]
    fn give_back(mut self: Box<Self>) {
        if matches!(self.bytes.len(), 0 | SCRATCH) {
            self.unread = 0..0;
            self.searched = 0;
            self.received = 0;
            self.begun = None;
            SPARE.set(Some(self));
        }
    }

    /// Returns whether the start of a package has arrived and its end has not.
    fn holds_start(&self) -> bool {
        self.begun.is_some() || !self.unread.is_empty()
    }

    /// Returns whether there is room behind the unread bytes of a buffer for reading.
    fn is_roomy(&self) -> bool {
        self.bytes.len() >= SCRATCH && self.unread.end < self.bytes.len()
    }

    /// Returns whether it only keeps the start of a package.
    fn is_small(&self) -> bool {
        self.bytes.len() < SCRATCH && self.unread.len() <= COPIED && self.packages.is_empty()
    }

    fn cut<F: Framing>(&mut self, limit: usize, joins: bool) -> Result<bool, CloseReason> {
        let Range { mut start, end } = self.unread;
        let mut searched = self.searched;
        let mut last: Option<Range<usize>> = None;
        let cut_all = loop {
            if start == end {
                break Ok(());
            }
            let cut = match F::cut_on(&self.bytes[start..end], searched, limit) {
                Ok(Some(cut)) => cut,
                Ok(None) => break Ok(()),
                Err(reason) => break Err(reason),
            };
            if cut.consumed == 0 || cut.consumed > end - start || cut.package.end > cut.consumed {
                break Err(wrong_cut(&cut, end - start));
            }
            let package = start + cut.package.start..start + cut.package.end;
            start += cut.consumed;
            searched = 0;
            match &mut last {
                // An empty package would vanish.
                Some(last)
                    if joins
                        && last.start < last.end
                        && last.end == package.start
                        && package.start < package.end =>
                {
                    last.end = package.end;
                }
                last => {
                    if let Some(before) = last.replace(package) {
                        self.packages.place(before);
                    }
                }
            }
        };
        let any = last.is_some();
        if let Some(last) = last {
            self.packages.place(last);
        }
        self.unread.start = start;
        self.searched = end - start;
        cut_all.map(|()| any)
    }

    fn deliver(&mut self, package: Range<usize>, consumed: usize) {
        let start = self.unread.start;
        self.packages.place(start + package.start..start + package.end);
        self.consume(consumed);
    }

    fn consume(&mut self, bytes: usize) {
        self.searched = 0;
        self.unread.start = (self.unread.start + bytes).min(self.unread.end);
    }

    /// Doubles it when it is full, so that a peer gets as much memory as it has
    /// sent, not as much as it has announced. `enough` is the size that the largest
    /// package needs.
    fn make_room(&mut self, enough: usize) {
        if self.unread.end < self.bytes.len() {
            return;
        }
        if self.unread.start > 0 && self.packages.is_empty() {
            self.bytes.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        if self.unread.end == self.bytes.len() {
            let len = self.bytes.len();
            let doubled = (2 * len).max(SCRATCH);
            let more = if len < enough { doubled.min(enough) } else { doubled };
            self.bytes.reserve_exact(more - len);
            self.bytes.resize(more, 0);
        }
    }
}

/// The reason for a framing that would be asked the same again and again.
#[cold]
fn wrong_cut(cut: &Cut, unread: usize) -> CloseReason {
    let Cut { package, consumed } = cut;
    CloseReason::malformed(format_args!(
        "the framing is wrong: of {unread} bytes it found a package at {package:?} and consumed {consumed}"
    ))
}
