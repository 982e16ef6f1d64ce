//! The client's end of a connection, as raw bytes.

use std::fmt;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

/// How much is read at once.
const READ: usize = 64 * 1024;

/// The client's end of an open connection, as raw bytes.
pub struct Wire {
    io: Io,
    /// What was read, of which `taken` bytes are done with.
    read: Vec<u8>,
    taken: usize,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

enum Io {
    Tcp(TcpStream),
    Other(Box<dyn Stream>),
}

impl Wire {
    /// A connection over any byte stream.
    pub fn new(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Self {
        Self::over(Io::Other(Box::new(io)))
    }

    /// A connection over TCP, which can also be reset.
    pub fn tcp(stream: TcpStream) -> Self {
        Self::over(Io::Tcp(stream))
    }

    fn over(io: Io) -> Self {
        Self { io, read: Vec::new(), taken: 0 }
    }

    /// Writes all of `bytes`.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let io = self.io.stream();
        io.write_all(bytes).await?;
        io.flush().await
    }

    /// Reads once, behind what is [`unread`](Self::unread); `0` at the end.
    ///
    /// # Errors
    /// Those of the stream.
    pub async fn read(&mut self) -> io::Result<usize> {
        if self.taken > 0 {
            self.read.drain(..self.taken);
            self.taken = 0;
        }
        self.read.reserve(READ);
        self.io.stream().read_buf(&mut self.read).await
    }

    /// What was read and not consumed.
    pub fn unread(&self) -> &[u8] {
        &self.read[self.taken..]
    }

    /// So many bytes of the unread ones are done with.
    pub fn consume(&mut self, bytes: usize) {
        self.taken = (self.taken + bytes).min(self.read.len());
    }

    /// Ends the stream in this direction.
    pub(super) async fn shutdown(&mut self) -> io::Result<()> {
        self.io.stream().shutdown().await
    }

    /// Vanishes without any good-bye: a reset where the transport has one.
    pub(super) fn reset(self) {
        if let Io::Tcp(stream) = &self.io {
            // Without the option it only ends more politely.
            let _ = stream.set_zero_linger();
        }
    }
}

impl Io {
    fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Self::Tcp(stream) => stream,
            Self::Other(stream) => stream,
        }
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
