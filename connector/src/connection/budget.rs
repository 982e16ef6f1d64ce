//! The share of a worker that one poll of a connection may take.

use std::time::Duration;

/// Messages of one poll.
const MESSAGES: u16 = 256;
/// Bytes that one poll reads. Pings, which are no messages, count too.
const BYTES: u32 = 128 << 10;
/// Reads of one poll, which may bring few bytes or none.
const READS: u8 = 16;
/// The time of one poll. Handlers that return at once run in it.
const TIME: Duration = Duration::from_millis(1);
/// The most messages between two looks at the clock, since each costs as much as a short
/// message. A power of two.
const UNTIMED: u8 = 16;

/// What is left of one poll's share.
#[derive(Debug)]
pub(crate) struct Budget {
    bytes: u32,
    messages: u16,
    reads: u8,
    /// A mask of the messages that are left, whose look at the clock is left out. It is narrow
    /// until the messages are known to be short.
    untimed: u8,
}

impl Default for Budget {
    fn default() -> Self {
        Self { messages: MESSAGES, bytes: BYTES, reads: READS, untimed: 0 }
    }
}

impl Budget {
    /// Begins a poll of a connection whose earlier messages are known.
    pub(super) fn renew(&mut self) {
        *self = Self { untimed: self.untimed, ..Self::default() };
    }

    /// Counts a message. `elapsed` is the time since the poll began, if the side has a clock.
    /// It is looked at behind 1, 2, 4, 8 and then each 16 messages, from the start again once
    /// some have taken long.
    #[inline]
    pub(super) fn message(&mut self, elapsed: impl FnOnce() -> Option<Duration>) {
        self.messages = self.messages.saturating_sub(1);
        if self.messages & u16::from(self.untimed) == 0 {
            self.untimed = (2 * self.untimed + 1) % UNTIMED;
            self.look(elapsed);
        }
    }

    /// Counts a call that went on or began without a message. It may have run for long, so
    /// the clock is looked at behind each. Returns `true` if another one may.
    pub(crate) fn call(&mut self, elapsed: impl FnOnce() -> Option<Duration>) -> bool {
        self.messages = self.messages.saturating_sub(1);
        self.look(elapsed);
        !self.is_spent()
    }

    /// Counts a read of this size.
    #[inline]
    pub(super) fn read(&mut self, bytes: usize, elapsed: impl FnOnce() -> Option<Duration>) {
        self.reads = self.reads.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
        // Most polls read once.
        if self.reads + 1 < READS {
            self.look(elapsed);
        }
    }

    /// Whether no more messages may be handled.
    #[inline]
    pub(crate) fn is_spent(&self) -> bool {
        self.messages == 0
    }

    /// Whether no more may be read. What was read is still handled, so that the thread gets
    /// its buffer back.
    #[inline]
    pub(super) fn forbids_reads(&self) -> bool {
        self.bytes == 0 || self.reads == 0
    }

    /// Looks at the clock: a poll that has taken its time is over.
    pub(super) fn look(&mut self, elapsed: impl FnOnce() -> Option<Duration>) {
        if elapsed().is_some_and(|elapsed| elapsed >= TIME) {
            (self.messages, self.reads, self.untimed) = (0, 0, 0);
        }
    }
}
