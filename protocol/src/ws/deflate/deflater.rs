//! The way from a message to a compressed message.

use std::fmt;

use flate2::{Compress, Compression, FlushCompress, Status};

use super::{TAIL, WindowBits};
use crate::flate::count;

/// The bytes of a compressed message for which a deflater keeps its memory.
const KEPT: usize = 64 << 10;
/// zlib has no window of 256 bytes.
const SMALLEST: u8 = 9;

/// Compresses messages.
pub struct Deflater {
    state: Compress,
    window: WindowBits,
    level: u8,
    /// The compressed message before it replaces the message.
    stream: Vec<u8>,
}

impl Deflater {
    /// Creates a deflater. `level` is 1, the fastest, to 9, the smallest messages; other values
    /// count as the nearest of these. `None` for a window of 8 bits, which zlib does not have:
    /// messages to a peer that has asked for that are not compressed.
    #[must_use]
    pub fn new(level: u8, window: WindowBits) -> Option<Self> {
        let level = level.clamp(1, 9);
        (window.get() >= SMALLEST).then(|| Self {
            state: Compress::new_with_window_bits(
                Compression::new(level.into()),
                false,
                window.get(),
            ),
            window,
            level,
            stream: Vec::new(),
        })
    }

    /// Returns the level that it was created with, 1 to 9.
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }

    /// Returns the window that it was created with.
    #[must_use]
    pub fn window(&self) -> WindowBits {
        self.window
    }

    /// Returns about how many bytes of memory a deflater with this window holds: zlib-rs' hash
    /// table and output, and four bytes for each of the window.
    #[must_use]
    pub fn memory(window: WindowBits) -> usize {
        (244 << 10) + 4 * window.bytes()
    }

    /// Replaces the message that is the end of `out`, from `start` on, by its compressed form.
    /// Returns `false`, and leaves it as it is, if that is not shorter. It points to no other
    /// message.
    pub fn deflate_message(&mut self, start: usize, out: &mut Vec<u8>) -> bool {
        self.state.reset();
        let message = &out[start..];
        self.prepare(bound(message.len()));
        let flushed = self.state.compress(message, &mut self.stream, FlushCompress::Sync);
        let Ok(Status::Ok) = flushed else { return false };
        let is_whole = count(self.state.total_in()) == message.len();
        let size = count(self.state.total_out());
        match self.stream[..size].strip_suffix(&TAIL) {
            Some(stream) if is_whole && stream.len() < message.len() => {
                out.truncate(start);
                out.extend_from_slice(stream);
                true
            }
            _ => false,
        }
    }

    /// Replaces the message that is the end of `out`, from `start` on, by its compressed form,
    /// which may point into earlier messages. Each has to be sent, in this order.
    pub fn deflate_next(&mut self, start: usize, out: &mut Vec<u8>) {
        let (mut read, mut written) = (0, 0);
        self.prepare(bound(out.len() - start));
        loop {
            let (before_in, before_out) = (self.state.total_in(), self.state.total_out());
            let space = &mut self.stream[written..];
            // It fails in one way: by having nothing to do, with which it has done all.
            let _ = self.state.compress(&out[start + read..], space, FlushCompress::Sync);
            read += count(self.state.total_in() - before_in);
            written += count(self.state.total_out() - before_out);
            if written < self.stream.len() {
                break;
            }
            self.stream.resize(2 * written, 0);
        }
        let stream = &self.stream[..written];
        out.truncate(start);
        match stream.strip_suffix(&TAIL) {
            Some([]) | None => out.push(EMPTY),
            Some(stream) => out.extend_from_slice(stream),
        }
    }

    /// Makes room for a compressed message.
    fn prepare(&mut self, space: usize) {
        if self.stream.capacity() > KEPT {
            self.stream = Vec::new();
        }
        self.stream.clear();
        self.stream.resize(space, 0);
    }

    /// Gives back the memory for long messages. What earlier messages left stays.
    pub fn release(&mut self) {
        self.stream = Vec::new();
    }
}

/// An empty message: the beginning of the tail (7.2.3.6).
const EMPTY: u8 = TAIL[0];

/// The most bytes that a message of `size` becomes. Level 1 writes nine bits for each byte
/// where nothing repeats. There is always so much room, since zlib-rs 0.6.8 panics at that
/// level where its output has an end.
fn bound(size: usize) -> usize {
    size + size / 8 + 64
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater").field("window", &self.window).finish_non_exhaustive()
    }
}
