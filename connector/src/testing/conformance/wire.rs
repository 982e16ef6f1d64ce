//! The client's end of a connection, as raw bytes.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::TcpStream;

/// How much is read at once.
const READ: usize = 64 * 1024;

/// The client's end of a connection, as raw bytes.
///
/// Dropping it is how a client vanishes: over TCP that is a reset.
pub struct Wire {
    pub(super) reading: Reading,
    pub(super) writing: Writing,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// What the server writes.
pub(super) struct Reading {
    io: ReadHalf<Box<dyn Stream>>,
    /// What was read, of which `taken` bytes are done with.
    read: Vec<u8>,
    taken: usize,
}

/// What the server reads.
pub(super) struct Writing(WriteHalf<Box<dyn Stream>>);

impl Wire {
    /// A connection over any byte stream.
    pub fn new(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let io: Box<dyn Stream> = Box::new(io);
        let (read, write) = split(io);
        let reading = Reading { io: read, read: Vec::new(), taken: 0 };
        Self { reading, writing: Writing(write) }
    }

    /// A connection over TCP, which is reset when it is dropped.
    pub fn tcp(stream: TcpStream) -> Self {
        // Where that cannot be set, it ends more politely than it could.
        let _ = stream.set_zero_linger();
        Self::new(stream)
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writing.write(bytes).await
    }

    /// Reads once, behind what is [`unread`](Self::unread); `0` at the end.
    ///
    /// # Errors
    /// Those of the stream.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn read(&mut self) -> io::Result<usize> {
        self.reading.read().await
    }

    /// What was read and not consumed.
    pub fn unread(&self) -> &[u8] {
        self.reading.unread()
    }

    /// So many bytes of the unread ones are done with.
    pub fn consume(&mut self, bytes: usize) {
        self.reading.consume(bytes);
    }
}

impl Reading {
    pub(super) async fn read(&mut self) -> io::Result<usize> {
        if self.taken > 0 {
            self.read.drain(..self.taken);
            self.taken = 0;
        }
        self.read.reserve(READ);
        self.io.read_buf(&mut self.read).await
    }

    pub(super) fn unread(&self) -> &[u8] {
        &self.read[self.taken..]
    }

    pub(super) fn consume(&mut self, bytes: usize) {
        self.taken = (self.taken + bytes).min(self.read.len());
    }
}

impl Writing {
    pub(super) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes).await?;
        self.0.flush().await
    }

    /// Writes `chunk` bytes at once and lets others run in between.
    pub(super) async fn write_in(&mut self, bytes: &[u8], chunk: usize) -> Result<(), String> {
        for piece in bytes.chunks(chunk) {
            let written = self.write(piece).await;
            written.map_err(|error| format!("the client could not write: {error}"))?;
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Ends the stream in this direction.
    pub(super) async fn shutdown(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }
}

impl From<TcpStream> for Wire {
    fn from(stream: TcpStream) -> Self {
        Self::tcp(stream)
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("unread", &self.unread().len()).finish_non_exhaustive()
    }
}
