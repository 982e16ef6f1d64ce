//! The share of what was read that a link decodes at once.

/// Frames or packets. Pings and their like are no messages, so no other share counts them.
const FRAMES: u16 = 256;
/// Bytes of messages with memory of their own. What a read holds compressed may be a thousand
/// times as long.
const BYTES: usize = 64 << 10;

/// What is left of the share that a link decodes before what came of it is handled, and the
/// clock is looked at. The rest stays unread until the link is polled again.
pub(crate) struct Portion {
    frames: u16,
    bytes: usize,
}

impl Portion {
    pub(crate) fn new() -> Self {
        Self { frames: FRAMES, bytes: BYTES }
    }

    /// Counts a frame, of which so many bytes have memory of their own. Returns `true` if
    /// another may be decoded.
    #[inline]
    pub(crate) fn count(&mut self, bytes: usize) -> bool {
        self.frames -= 1;
        self.bytes = self.bytes.saturating_sub(bytes);
        self.frames > 0 && self.bytes > 0
    }
}
