//! The share of a worker that one poll of a connection may take.

/// Messages of one poll.
const MESSAGES: u16 = 256;
/// Bytes of one poll's messages.
const BYTES: u32 = 1 << 20;
/// Reads of one poll, which may bring no message at all.
const READS: u8 = 64;

/// What is left of one poll's share.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: u32,
    messages: u16,
    reads: u8,
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
