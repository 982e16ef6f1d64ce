//! The dialect of a load.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use connector_protocol::package::PackageType;

/// The longest wait for each answer of the handshake.
const PATIENCE: Duration = Duration::from_secs(5);

/// The handshake and requests of a load, and the count of their answers.
pub(crate) trait Speech {
    /// Opens a connection, up to a first answer, which is checked.
    fn open(&mut self, wire: &mut Wire) -> io::Result<()>;

    /// Returns one request, for any open connection.
    fn request(&self) -> Vec<u8>;

    /// Counts the whole answers at the beginning of `bytes`, and their bytes.
    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)>;
}

/// A blocking connection, until its handshake is done.
pub(crate) struct Wire {
    stream: TcpStream,
    heard: Vec<u8>,
}

impl Wire {
    pub(crate) fn connect(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, heard: Vec::new() })
    }

    pub(crate) fn port(&self) -> io::Result<u16> {
        Ok(self.stream.peer_addr()?.port())
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads until `whole` returns the length of the first answer, and takes that.
    pub(crate) fn hear(
        &mut self,
        whole: impl Fn(&[u8]) -> io::Result<Option<usize>>,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(end) = whole(&self.heard)? {
                return Ok(self.heard.drain(..end).collect());
            }
            match self.stream.read(&mut bytes)? {
                0 => return Err(unexpected("the server closed")),
                read => self.heard.extend_from_slice(&bytes[..read]),
            }
        }
    }

    /// Reads one whole package.
    pub(crate) fn hear_package(&mut self, kind: PackageType) -> io::Result<Vec<u8>> {
        let package = self.hear(|bytes| Ok(bench::packages::first(bytes).map(|(_, end)| end)))?;
        match package.first() == Some(&(kind as u8)) {
            true => Ok(package),
            false => Err(unexpected("another kind of package came")),
        }
    }

    /// Returns the stream for the load.
    ///
    /// # Errors
    /// Bytes were received that nobody asked for.
    pub(crate) fn opened(self) -> io::Result<mio::net::TcpStream> {
        if !self.heard.is_empty() {
            return Err(unexpected("more came than was asked for"));
        }
        self.stream.set_nonblocking(true)?;
        Ok(mio::net::TcpStream::from_std(self.stream))
    }
}

/// Returns the error of a server that breaks its protocol.
pub(crate) fn unexpected(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
