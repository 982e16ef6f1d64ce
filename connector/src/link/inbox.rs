//! What has arrived on a link: whole packages, and the start of the next.

use std::cell::Cell;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::framing::Framing;
use tokio::io::{AsyncRead, ReadBuf};

use super::Outgoing;
use super::packages::Packages;

/// How much is read at once.
const SCRATCH: usize = 64 * 1024;
/// An unfinished package up to this size is copied out of the scratch buffer
/// and back; a longer one gets a buffer of its own that it grows in.
const COPIED: usize = 4 * 1024;

thread_local! {
    /// Every connection of a thread reads into this while it is polled, so that
    /// an idle connection holds no buffer.
    static SPARE: Cell<Option<Box<Buffer>>> = const { Cell::new(None) };
}

/// What has arrived and is not handled yet.
///
/// The driver owns it and lends it to the link. A link that reads a byte stream
/// fills it with [`Inbox::poll_fill`], looks at [`Inbox::unread`] and marks
/// what it found with [`Inbox::deliver`]; one that gets whole packages from
/// elsewhere hands them over with [`Inbox::push`].
#[derive(Debug)]
pub struct Inbox {
    /// There is one while something is read or kept.
    buffer: Option<Box<Buffer>>,
    replies: Vec<u8>,
    limit: usize,
}

/// Where bytes are read to, and what was found in them.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    unread: Range<usize>,
    /// Unread bytes in which no package ends.
    searched: usize,
    packages: Packages,
}

impl Inbox {
    /// An empty inbox for packages of at most `limit` bytes. It holds no
    /// buffer until something arrives.
    pub fn new(limit: usize) -> Self {
        Self { buffer: None, replies: Vec::new(), limit }
    }

    /// The largest package that may be put in, in bytes. It is larger once a
    /// server's session is open.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Lets larger packages come from now on.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Reads once from `io`, behind what is unread; `0` at its end.
    ///
    /// # Errors
    /// Those of `io`.
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
        Poll::Ready(Ok(read))
    }

    /// The bytes that belong to no package yet. They may be changed where they
    /// lie (WebSocket unmasks in place).
    pub fn unread(&mut self) -> &mut [u8] {
        self.unread_and_replies().0
    }

    /// [`Inbox::unread`], and where to put what the link itself answers: bytes
    /// that go out as they are, in order with all else that is sent.
    pub fn unread_and_replies(&mut self) -> (&mut [u8], &mut Vec<u8>) {
        let unread = match &mut self.buffer {
            Some(buffer) => buffer.unread_mut(),
            None => &mut [],
        };
        (unread, &mut self.replies)
    }

    /// Takes `consumed` bytes off the unread ones, of which `package` (counted
    /// from the first of them) is a package.
    pub fn deliver(&mut self, package: Range<usize>, consumed: usize) {
        if let Some(buffer) = &mut self.buffer {
            buffer.deliver(package, consumed);
        }
    }

    /// Takes bytes off the unread ones that are no package.
    pub fn consume(&mut self, bytes: usize) {
        if let Some(buffer) = &mut self.buffer {
            buffer.consume(bytes);
        }
    }

    /// Cuts the unread bytes into packages; whether there was a whole one.
    pub(crate) fn cut<F: Framing>(&mut self) -> Result<bool, CloseReason> {
        let Some(buffer) = &mut self.buffer else { return Ok(false) };
        let mut any = false;
        while let Some(cut) = F::cut_on(buffer.unread(), buffer.searched, self.limit)? {
            buffer.deliver(cut.package, cut.consumed);
            any = true;
        }
        buffer.searched = buffer.unread.len();
        Ok(any)
    }

    /// Puts in a whole package from elsewhere.
    pub fn push(&mut self, package: impl Into<Bytes>) {
        let buffer = self.buffer.get_or_insert_with(|| SPARE.take().unwrap_or_default());
        buffer.packages.push(package.into());
    }

    /// Whether no whole package waits.
    pub fn is_empty(&self) -> bool {
        self.buffer.as_ref().is_none_or(|buffer| buffer.packages.is_empty())
    }

    /// What is not handled of the first package.
    #[inline]
    pub fn peek(&self) -> Option<&[u8]> {
        let buffer = self.buffer.as_deref()?;
        buffer.packages.first(&buffer.bytes)
    }

    /// So many bytes of the first package are handled; with the last of them
    /// the package is gone.
    #[inline]
    pub fn advance(&mut self, bytes: usize) {
        if let Some(buffer) = &mut self.buffer {
            buffer.packages.advance(bytes);
        }
    }

    /// Forgets the whole packages; what is unfinished stays, so that the rest of
    /// the stream still makes sense.
    pub fn forget_packages(&mut self) {
        if let Some(buffer) = &mut self.buffer {
            buffer.packages.clear();
        }
    }

    /// Whether the link has answered something by itself.
    pub(crate) fn has_replies(&self) -> bool {
        !self.replies.is_empty()
    }

    /// Moves what the link answered by itself to the end of `outgoing`.
    pub fn take_replies(&mut self, outgoing: &mut Outgoing) {
        if !self.replies.is_empty() {
            outgoing.buf().append(&mut self.replies);
        }
    }

    /// Gives the thread's buffer back and keeps only what is unfinished. The
    /// driver calls it whenever it stops polling.
    pub fn release(&mut self) {
        if !self.is_empty() {
            // Packages that are not handled yet keep their buffer.
            return;
        }
        if self.replies.is_empty() {
            self.replies = Vec::new();
        }
        let Some(mut buffer) = self.buffer.take() else { return };
        let unread = buffer.unread.len();
        if unread > COPIED && buffer.bytes.len() != SCRATCH {
            self.buffer = Some(buffer);
            return;
        }
        if unread > 0 {
            let mut bytes = buffer.unread().to_vec();
            if unread > COPIED {
                bytes.resize(2 * unread, 0);
            }
            let kept =
                Buffer { bytes, unread: 0..unread, searched: buffer.searched, ..Buffer::default() };
            self.buffer = Some(Box::new(kept));
        }
        if matches!(buffer.bytes.len(), 0 | SCRATCH) {
            (buffer.unread, buffer.searched) = (0..0, 0);
            SPARE.set(Some(buffer));
        }
    }

    /// Bytes of memory that it holds by itself.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.buffer.as_ref().map_or(0, |buffer| buffer.bytes.capacity())
    }

    /// The buffer, with room behind the unread bytes: the thread's if little is
    /// unread, else their own.
    fn roomy_buffer(&mut self) -> &mut Buffer {
        let mut buffer = match self.buffer.take() {
            Some(buffer) if !buffer.is_small() => buffer,
            small => Buffer::of_thread(small.as_deref()),
        };
        buffer.make_room();
        self.buffer.insert(buffer)
    }
}

impl Buffer {
    /// The thread's buffer, with what is unread in a small one.
    fn of_thread(small: Option<&Self>) -> Box<Self> {
        let mut buffer = SPARE.take().unwrap_or_default();
        buffer.bytes.resize(SCRATCH, 0);
        if let Some(small) = small {
            let unread = small.unread();
            buffer.bytes[..unread.len()].copy_from_slice(unread);
            (buffer.unread, buffer.searched) = (0..unread.len(), small.searched);
        }
        buffer
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

    /// Whether it is one that only keeps the start of a package.
    fn is_small(&self) -> bool {
        self.bytes.len() < SCRATCH && self.unread.len() <= COPIED && self.packages.is_empty()
    }

    fn deliver(&mut self, package: Range<usize>, consumed: usize) {
        self.packages.place(self.unread.start + package.start, package.len());
        self.consume(consumed);
    }

    fn consume(&mut self, bytes: usize) {
        self.searched = 0;
        self.unread.start = (self.unread.start + bytes).min(self.unread.end);
    }

    /// Doubles it when it is full, so that a peer gets as much memory as it has
    /// sent, not as much as it has announced.
    fn make_room(&mut self) {
        if self.unread.end < self.bytes.len() {
            return;
        }
        if self.unread.start > 0 && self.packages.is_empty() {
            self.bytes.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        if self.unread.end == self.bytes.len() {
            self.bytes.resize((2 * self.bytes.len()).max(SCRATCH), 0);
        }
    }
}
