//! The client's side of a connection, as raw bytes.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf, split};
use tokio::net::TcpStream;

use crate::Address;

/// The most bytes of a read.
const READ: usize = 64 * 1024;

/// The client's side of a connection, as raw bytes.
///
/// Dropping it makes the client disappear without a close: over TCP that is a reset.
pub struct Wire {
    pub(super) reading: Reading,
    pub(super) writing: Writing,
    pub(super) address: Option<Address>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// The bytes that the server writes.
pub(super) struct Reading {
    io: ReadHalf<Box<dyn Stream>>,
    /// The bytes that were read, of which the first `taken` are consumed.
    read: Vec<u8>,
    taken: usize,
}

/// The bytes that the server reads.
pub(super) struct Writing(WriteHalf<Box<dyn Stream>>);

impl Wire {
    /// Creates a connection over any byte stream.
    pub fn new(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        let io: Box<dyn Stream> = Box::new(io);
        let (read, write) = split(io);
        let reading = Reading { io: read, read: Vec::new(), taken: 0 };
        Self { reading, writing: Writing(write), address: None }
    }

    /// Sets the client's own address, which the server's socket must report as that of its
    /// peer. Default: that of a TCP stream in [`Wire::tcp`], and otherwise any.
    #[must_use]
    pub fn at(mut self, address: impl Into<Address>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Creates a connection over TCP, which is reset when it is dropped.
    pub fn tcp(stream: TcpStream) -> Self {
        // If that cannot be set, it is closed regularly instead.
        let _ = stream.set_zero_linger();
        let address = stream.local_addr().ok().map(Address::Inet);
        Self { address, ..Self::new(stream) }
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// Returns the error of the stream.
    ///
    /// # Cancel safety
    /// If the future is dropped, some of the bytes may have been written.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writing.write(bytes).await
    }

    /// Reads once, and appends the bytes to [`unread`](Self::unread). Returns their
    /// number, which is 0 at the end of the stream.
    ///
    /// # Errors
    /// Returns the error of the stream.
    ///
    /// # Cancel safety
    /// If the future is dropped, no bytes were read.
    pub async fn read(&mut self) -> io::Result<usize> {
        self.reading.read().await
    }

    /// Returns the bytes that were read and not consumed.
    pub fn unread(&self) -> &[u8] {
        self.reading.unread()
    }

    /// Removes this many of the unread bytes.
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

    /// Writes `chunk` bytes at once, and lets other tasks run in between.
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
