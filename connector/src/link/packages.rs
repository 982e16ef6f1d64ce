//! The whole packages of an inbox, in their order.

use bytes::{Buf, Bytes};

/// Whole packages that are not handled yet. Most lie where they were read to,
/// which is why these bytes are lent to what looks into them.
#[derive(Debug, Default)]
pub(super) struct Packages {
    queue: Vec<Package>,
    /// As many of the queue are handled.
    handled: usize,
}

#[derive(Debug)]
enum Package {
    /// It came in pieces, or from a link with buffers of its own.
    Owned(Bytes),
    /// It lies where it was read to.
    Placed { start: usize, len: usize },
}

impl Packages {
    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.handled = 0;
    }

    /// A package that lies in what was read.
    #[inline]
    pub(super) fn place(&mut self, start: usize, len: usize) {
        self.queue.push(Package::Placed { start, len });
    }

    /// A package that lies elsewhere. Who brings such may do so while others
    /// wait, so that what is handled is let go from time to time.
    pub(super) fn push(&mut self, package: Bytes) {
        if self.handled > self.queue.len() / 2 {
            self.queue.drain(..self.handled);
            self.handled = 0;
        }
        self.queue.push(Package::Owned(package));
    }

    /// What is not handled of the first one, of which `read` may hold the bytes.
    #[inline]
    pub(super) fn first<'a>(&'a self, read: &'a [u8]) -> Option<&'a [u8]> {
        match *self.queue.get(self.handled)? {
            Package::Owned(ref bytes) => Some(bytes),
            Package::Placed { start, len } => read.get(start..start + len),
        }
    }

    /// So many bytes of the first one are handled.
    #[inline]
    pub(super) fn advance(&mut self, bytes: usize) {
        let left = match self.queue.get_mut(self.handled) {
            Some(Package::Owned(package)) => {
                package.advance(bytes.min(package.len()));
                package.len()
            }
            Some(Package::Placed { start, len }) => {
                *start += bytes;
                *len = len.saturating_sub(bytes);
                *len
            }
            None => return,
        };
        if left == 0 {
            self.handled += 1;
            if self.handled == self.queue.len() {
                self.clear();
            }
        }
    }
}
