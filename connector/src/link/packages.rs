//! The whole packages of an inbox, in their order.

use std::ops::Range;

use bytes::{Buf, Bytes};

/// Whole packages that are not handled yet. Most are ranges of the read buffer,
/// which [`Packages::first`] therefore borrows.
#[derive(Debug, Default)]
pub(super) struct Packages {
    queue: Vec<Package>,
    /// The number of packages at the front of the queue that are handled.
    handled: usize,
}

#[derive(Debug)]
enum Package {
    /// Assembled from pieces, or from a link with buffers of its own.
    Owned(Bytes),
    /// A range of the read buffer.
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

    /// The memory of the unhandled packages besides the read buffer, in bytes.
    pub(super) fn memory(&self) -> usize {
        let owned = self.queue[self.handled..].iter().map(|package| match package {
            Package::Owned(bytes) => bytes.len(),
            Package::Placed { .. } => 0,
        });
        owned.sum::<usize>() + self.queue.len() * size_of::<Package>()
    }

    /// Appends a range of the read buffer.
    #[inline]
    pub(super) fn place(&mut self, Range { start, end }: Range<usize>) {
        self.queue.push(Package::Placed { start, len: end.saturating_sub(start) });
    }

    /// Appends an owned package. Such packages may arrive while others wait, so the
    /// handled ones are removed from time to time.
    pub(super) fn push(&mut self, package: Bytes) {
        if self.handled > self.queue.len() / 2 {
            self.queue.drain(..self.handled);
            self.handled = 0;
        }
        self.queue.push(Package::Owned(package));
    }

    /// Returns the unhandled bytes of the first package. `read` is the read buffer.
    #[inline]
    pub(super) fn first<'a>(&'a self, read: &'a [u8]) -> Option<&'a [u8]> {
        match *self.queue.get(self.handled)? {
            Package::Owned(ref bytes) => Some(bytes),
            Package::Placed { start, len } => read.get(start..start + len),
        }
    }

    /// Marks `bytes` bytes of the first package as handled.
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
