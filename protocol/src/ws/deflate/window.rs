//! The window of deflate: how far back a message may point, and what is kept for that.

use std::fmt;

use super::Direction;

/// The size of a window as RFC 7692 writes it: 8 to 15, for 256 bytes to 32 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WindowBits(u8);

impl WindowBits {
    /// 32 KiB, the largest window and what counts without a parameter.
    pub const MAX: Self = Self(15);

    /// Creates the size, if it is one: 8 to 15.
    #[must_use]
    pub const fn new(bits: u8) -> Option<Self> {
        match bits {
            8..=15 => Some(Self(bits)),
            _ => None,
        }
    }

    /// Reads a parameter's value: digits without a leading zero.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bits: u8 = text.parse().ok()?;
        let is_written_so = text.starts_with(|first| matches!(first, '1'..='9'));
        Self::new(bits).filter(|_| is_written_so)
    }

    /// Returns the number on the wire.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Returns the size of the window in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        1 << self.0
    }
}

impl fmt::Display for WindowBits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The end of what was received, which later messages may point into. Empty without context
/// takeover, and until a message has come.
#[derive(Default)]
pub(in crate::ws) struct Window {
    bytes: Vec<u8>,
    size: usize,
}

impl Window {
    pub(in crate::ws) fn new(direction: Direction) -> Self {
        // zlib takes 9 where it is asked for 8, and so does who uses it.
        const SMALLEST: usize = 1 << 9;
        let size = direction.max_window_bits.bytes().max(SMALLEST);
        Self { bytes: Vec::new(), size: if direction.context_takeover { size } else { 0 } }
    }

    pub(in crate::ws) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Keeps the end of a message, behind that of earlier ones.
    pub(in crate::ws) fn keep(&mut self, message: &[u8]) {
        let end = &message[message.len().saturating_sub(self.size)..];
        let excess = (self.bytes.len() + end.len()).saturating_sub(self.size);
        self.bytes.drain(..excess);
        if self.bytes.capacity() - self.bytes.len() < end.len() {
            let wanted = (self.bytes.capacity() * 2).max(self.bytes.len() + end.len());
            self.bytes.reserve_exact(wanted.min(self.size) - self.bytes.len());
        }
        self.bytes.extend_from_slice(end);
    }
}

impl fmt::Debug for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Window").field("kept", &self.bytes.len()).field("size", &self.size).finish()
    }
}
