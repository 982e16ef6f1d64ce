//! The budget of one poll, after which other connections get their turn.

/// The most messages of one poll.
const MESSAGES: u32 = 256;
/// The most bytes of one poll's messages.
const BYTES: u32 = 1 << 20;
/// The most reads of one poll, which may bring no message at all.
const READS: u32 = 64;

/// The unspent budget of one poll.
#[derive(Debug)]
pub(super) struct Budget {
    messages: u32,
    bytes: u32,
    reads: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { messages: MESSAGES, bytes: BYTES, reads: READS }
    }
}

impl Budget {
    /// Counts a message of this size.
    pub(super) fn message(&mut self, bytes: usize) {
        self.messages = self.messages.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
    }

    /// Counts a read.
    pub(super) fn read(&mut self) {
        self.reads = self.reads.saturating_sub(1);
    }

    pub(super) fn is_spent(&self) -> bool {
        self.messages == 0 || self.bytes == 0 || self.reads == 0
    }
}
