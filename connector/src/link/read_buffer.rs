//! The bytes that a link has read.

use std::cell::Cell;
use std::ops::Range;

use connector_protocol::CloseReason;
use connector_protocol::framing::{Cut, Framing};

use super::decoding::{Found, decode_in};
use super::packages::Packages;

/// The largest read, in bytes.
pub(super) const SCRATCH: usize = 64 * 1024;
/// An unfinished package up to this size is copied out of the scratch buffer
/// and back; a longer one gets a buffer of its own that it grows in.
pub(super) const COPIED: usize = 4 * 1024;

thread_local! {
    /// Every connection of a thread reads into this while it is polled, so that
    /// an idle connection holds no buffer.
    static SPARE: Cell<Option<Box<ReadBuffer>>> = const { Cell::new(None) };
}

/// Bytes that were read, and the packages found in them.
#[derive(Debug, Default)]
pub(super) struct ReadBuffer {
    pub(super) bytes: Vec<u8>,
    pub(super) unread: Range<usize>,
    /// Unread bytes in which no package ends.
    pub(super) searched: usize,
    pub(super) packages: Packages,
    /// Bytes that have arrived since the driver last asked.
    pub(super) received: usize,
    /// The link itself keeps the start of a package, in so many bytes of memory.
    pub(super) begun: Option<usize>,
}

impl ReadBuffer {
    /// Takes the thread's buffer as it is, or an empty one.
    pub(super) fn spare() -> Box<Self> {
        SPARE.take().unwrap_or_default()
    }

    /// Takes the thread's buffer.
    #[inline]
    pub(super) fn of_thread() -> Box<Self> {
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
    pub(super) fn take_start(&mut self, small: &Self) {
        let unread = small.unread();
        self.bytes[..unread.len()].copy_from_slice(unread);
        self.unread = 0..unread.len();
        self.searched = small.searched;
        self.begun = small.begun;
    }

    /// Returns it with more unread bytes. The thread keeps its own buffer if that has only the
    /// start of a package.
    #[cfg(all(target_os = "linux", feature = "shared-memory"))]
    pub(super) fn with(mut self: Box<Self>, more: &[u8]) -> Box<Self> {
        if self.packages.is_empty() && self.bytes.len() <= SCRATCH {
            let unread = self.unread();
            let mut bytes = Vec::with_capacity(unread.len() + more.len());
            bytes.extend_from_slice(unread);
            let (unread, searched, received) = (0..unread.len(), self.searched, self.received);
            let own = Self { bytes, unread, searched, received, ..Self::default() };
            std::mem::replace(&mut self, Box::new(own)).give_back();
        } else if self.packages.is_empty() && self.unread.start > 0 {
            self.bytes.copy_within(self.unread.clone(), 0);
            self.unread = 0..self.unread.len();
        }
        // Behind the unread bytes may be others that were never read.
        self.bytes.truncate(self.unread.end);
        self.bytes.extend_from_slice(more);
        self.unread.end += more.len();
        self
    }

    /// Both ends are read one by one: the start was written a moment ago, and a
    /// processor is slow to read it together with what lies beside it.
    pub(super) fn unread(&self) -> &[u8] {
        let Range { start, end } = self.unread;
        &self.bytes[start..end]
    }

    pub(super) fn unread_mut(&mut self) -> &mut [u8] {
        let Range { start, end } = self.unread;
        &mut self.bytes[start..end]
    }

    /// Returns it to the thread, unless it has a size of its own.
    #[inline]
    pub(super) fn give_back(mut self: Box<Self>) {
        if matches!(self.bytes.len(), 0 | SCRATCH) {
            self.unread = 0..0;
            self.searched = 0;
            self.received = 0;
            self.begun = None;
            SPARE.set(Some(self));
        }
    }

    /// Returns whether the start of a package has arrived and its end has not.
    pub(super) fn holds_start(&self) -> bool {
        self.begun.is_some() || !self.unread.is_empty()
    }

    /// Returns whether there is room behind the unread bytes of a buffer for reading.
    pub(super) fn is_roomy(&self) -> bool {
        self.bytes.len() >= SCRATCH && self.unread.end < self.bytes.len()
    }

    /// Returns whether it only keeps the start of a package.
    pub(super) fn is_small(&self) -> bool {
        self.bytes.len() < SCRATCH && self.unread.len() <= COPIED && self.packages.is_empty()
    }

    /// Cuts the unread bytes into packages, and decodes them where the framing rewrites.
    /// Returns whether there was a whole one. Packages that have grown leave the rest unread
    /// once they have `limit` bytes together, so that no peer fills the memory by a few bytes.
    pub(super) fn cut<F: Framing>(
        &mut self,
        limit: usize,
        joins: bool,
    ) -> Result<bool, CloseReason> {
        let Range { mut start, end } = self.unread;
        let mut searched = self.searched;
        let mut last: Option<Range<usize>> = None;
        // The bytes of packages that are longer than what has arrived for them.
        let mut grown = 0;
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
            let mut package = start + cut.package.start..start + cut.package.end;
            start += cut.consumed;
            searched = 0;
            if let Some(decode) = F::DECODE {
                match decode_in(&mut self.bytes[package.clone()], decode, limit) {
                    Ok(Found::InPlace(len)) => package.end = package.start + len,
                    Ok(Found::Nothing) => continue,
                    Ok(Found::Grown(decoded)) => {
                        if let Some(before) = last.take() {
                            self.packages.place(before);
                        }
                        grown += decoded.len();
                        self.packages.push(decoded);
                        if grown >= limit {
                            break Ok(());
                        }
                        continue;
                    }
                    Err(reason) => break Err(reason),
                }
            }
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
        let any = last.is_some() || grown > 0;
        if let Some(last) = last {
            self.packages.place(last);
        }
        self.unread.start = start;
        self.searched = if grown > 0 && grown >= limit { 0 } else { end - start };
        cut_all.map(|()| any)
    }

    pub(super) fn deliver(&mut self, package: Range<usize>, consumed: usize) {
        let start = self.unread.start;
        self.packages.place(start + package.start..start + package.end);
        self.consume(consumed);
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.searched = 0;
        self.unread.start = (self.unread.start + bytes).min(self.unread.end);
    }

    /// Doubles it when it is full, so that a peer gets as much memory as it has
    /// sent, not as much as it has announced. `enough` is the size that the largest
    /// package needs.
    pub(super) fn make_room(&mut self, enough: usize) {
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
