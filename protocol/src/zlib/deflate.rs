//! The way from a body to a zlib stream.

use std::fmt;

use flate2::{Compress, Compression, FlushCompress, Status};

/// The level of compression: pitaya's, zlib's own default.
const LEVEL: u32 = 6;
/// The bytes of a stream for which a deflater keeps its memory.
const KEPT: usize = 64 << 10;

/// Makes zlib streams of bodies.
pub struct Deflater {
    state: Compress,
    stream: Vec<u8>,
}

impl Deflater {
    /// Creates a deflater.
    pub fn new() -> Self {
        Self { state: Compress::new(Compression::new(LEVEL), true), stream: Vec::new() }
    }

    /// Returns a body as a zlib stream, unless that is not shorter than the body itself.
    pub fn deflate(&mut self, body: &[u8]) -> Option<&[u8]> {
        if self.stream.capacity() > KEPT {
            self.stream = Vec::new();
        }
        self.stream.clear();
        self.stream.resize(body.len().saturating_sub(1), 0);
        self.state.reset();
        // It stops where the space ends.
        let deflated = self.state.compress(body, &mut self.stream, FlushCompress::Finish);
        let Ok(Status::StreamEnd) = deflated else { return None };
        let size = usize::try_from(self.state.total_out()).ok()?;
        self.stream.get(..size)
    }
}

impl Default for Deflater {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater").finish_non_exhaustive()
    }
}
