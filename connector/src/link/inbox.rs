//! What has arrived on a link: whole packages, and the start of the next.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};

use super::Outgoing;

/// How much is read at once.
const SCRATCH: usize = 64 * 1024;
/// An unfinished package up to this size is copied out of the scratch buffer
/// and back; a longer one gets a buffer of its own that it grows in.
const COPIED: usize = 4 * 1024;

thread_local! {
    /// Every connection of a thread reads into this while it is polled, so that
    /// an idle connection holds no buffer.
    static SPARE: Cell<Spare> = const { Cell::new(Spare::new()) };
}

/// What an inbox is lent: a buffer, and a list for what is found in it.
#[derive(Default)]
struct Spare {
    bytes: Vec<u8>,
    packages: VecDeque<Package>,
}

impl Spare {
    const fn new() -> Self {
        Self { bytes: Vec::new(), packages: VecDeque::new() }
    }
}

/// What has arrived and is not handled yet.
///
/// The driver owns it and lends it to the link. A link that reads a byte stream
/// fills it with [`Inbox::poll_fill`], looks at [`Inbox::unread`] and marks
/// what it found with [`Inbox::deliver`]; one that gets whole packages from
/// elsewhere hands them over with [`Inbox::push`].
#[derive(Debug)]
pub struct Inbox {
    bytes: Vec<u8>,
    /// `bytes` is the thread's scratch buffer.
    lent: bool,
    unread: Range<usize>,
    /// Unread bytes in which no package ends.
    searched: usize,
    packages: VecDeque<Package>,
    /// Bytes of the first package that are handled.
    handled: usize,
    replies: Vec<u8>,
    limit: usize,
}

#[derive(Debug)]
enum Package {
    /// It came in pieces, or from a link with buffers of its own.
    Owned(Bytes),
    /// It lies where it was read to.
    Placed(Range<usize>),
}

impl Inbox {
    /// An empty inbox for packages of at most `limit` bytes. It holds no
    /// buffer until something arrives.
    pub fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            lent: false,
            unread: 0..0,
            searched: 0,
            packages: VecDeque::new(),
            handled: 0,
            replies: Vec::new(),
            limit,
        }
    }

    /// The largest package that may be put in, in bytes.
    pub fn limit(&self) -> usize {
        self.limit
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
        self.make_room();
        let mut buf = ReadBuf::new(&mut self.bytes[self.unread.end..]);
        ready!(Pin::new(io).poll_read(cx, &mut buf))?;
        let read = buf.filled().len();
        self.unread.end += read;
        Poll::Ready(Ok(read))
    }

    /// The bytes that belong to no package yet. They may be changed where they
    /// lie (WebSocket unmasks in place).
    pub fn unread(&mut self) -> &mut [u8] {
        &mut self.bytes[self.unread.clone()]
    }

    /// [`Inbox::unread`], and where to put what the link itself answers: bytes
    /// that go out as they are, in order with all else that is sent.
    pub fn unread_and_replies(&mut self) -> (&mut [u8], &mut Vec<u8>) {
        (&mut self.bytes[self.unread.clone()], &mut self.replies)
    }

    /// Takes `consumed` bytes off the unread ones, of which `package` (counted
    /// from the first of them) is a package.
    pub fn deliver(&mut self, package: Range<usize>, consumed: usize) {
        let start = self.unread.start;
        self.packages.push_back(Package::Placed(start + package.start..start + package.end));
        self.consume(consumed);
    }

    /// Takes bytes off the unread ones that are no package.
    pub fn consume(&mut self, bytes: usize) {
        self.searched = 0;
        self.unread.start = (self.unread.start + bytes).min(self.unread.end);
    }

    /// How many of the unread bytes are known to be no whole package.
    pub(crate) fn searched(&self) -> usize {
        self.searched
    }

    /// All unread bytes are no whole package yet.
    pub(crate) fn set_searched(&mut self) {
        self.searched = self.unread.len();
    }

    /// Puts in a whole package from elsewhere.
    pub fn push(&mut self, package: impl Into<Bytes>) {
        self.packages.push_back(Package::Owned(package.into()));
    }

    /// Whether no whole package waits.
    pub fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// What is not handled of the first package.
    pub fn peek(&self) -> Option<&[u8]> {
        let bytes = match self.packages.front()? {
            Package::Owned(bytes) => bytes,
            Package::Placed(range) => &self.bytes[range.clone()],
        };
        Some(&bytes[self.handled..])
    }

    /// So many bytes of the first package are handled; with the last of them
    /// the package is gone.
    pub fn advance(&mut self, bytes: usize) {
        let len = match self.packages.front() {
            Some(Package::Owned(bytes)) => bytes.len(),
            Some(Package::Placed(range)) => range.len(),
            None => return,
        };
        self.handled += bytes;
        if self.handled >= len {
            self.packages.pop_front();
            self.handled = 0;
        }
    }

    /// Forgets the whole packages; what is unfinished stays, so that the rest of
    /// the stream still makes sense.
    pub fn forget_packages(&mut self) {
        self.packages.clear();
        self.handled = 0;
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
        if !self.packages.is_empty() {
            // Packages that are not handled yet keep their buffer.
            self.lent = false;
            return;
        }
        if self.replies.is_empty() {
            self.replies = Vec::new();
        }
        let unread = self.unread.len();
        if unread > COPIED && !self.lent {
            return;
        }
        let mut kept = Vec::new();
        if unread > 0 {
            kept.extend_from_slice(&self.bytes[self.unread.clone()]);
        }
        if unread > COPIED {
            kept.resize(2 * unread, 0);
        }
        self.unread = 0..unread;
        let bytes = std::mem::replace(&mut self.bytes, kept);
        let packages = std::mem::take(&mut self.packages);
        if std::mem::take(&mut self.lent) && bytes.len() == SCRATCH {
            SPARE.set(Spare { bytes, packages });
        }
    }

    /// Bytes of memory that it holds by itself.
    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        if self.lent { 0 } else { self.bytes.capacity() }
    }

    /// Room behind the unread bytes: the thread's buffer if little is unread,
    /// else their own, doubled when full, so that a peer gets as much memory
    /// as it has sent, not as much as it has announced.
    fn make_room(&mut self) {
        if !self.lent && self.unread.len() <= COPIED && self.packages.is_empty() {
            let Spare { mut bytes, packages } = SPARE.take();
            bytes.resize(SCRATCH, 0);
            let unread = self.unread.len();
            bytes[..unread].copy_from_slice(&self.bytes[self.unread.clone()]);
            (self.bytes, self.packages) = (bytes, packages);
            self.lent = true;
            self.unread = 0..unread;
        }
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
