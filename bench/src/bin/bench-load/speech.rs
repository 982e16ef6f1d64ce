//! What is said to a server.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use connector_protocol::pomelo::package::PackageType;

/// How long a server may take for its part of the opening.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is said to a server, and how its answers are counted.
pub(crate) trait Speech {
    /// Does what a new connection needs, up to a first answer that is looked at
    /// and right.
    fn open(&mut self, wire: &mut Wire) -> io::Result<()>;

    /// One request, on any connection that is open.
    fn request(&self) -> Vec<u8>;

    /// How many whole answers `bytes` begin with, and how many bytes they take.
    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)>;
}

/// A new connection, until it is open: it waits for each answer.
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

    /// Reads until `whole` tells how long the first answer is, and takes that.
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

    /// One package, whole.
    pub(crate) fn hear_package(&mut self, kind: PackageType) -> io::Result<Vec<u8>> {
        let package = self.hear(|bytes| Ok(bench::packages::first(bytes).map(|(_, end)| end)))?;
        match package.first() == Some(&(kind as u8)) {
            true => Ok(package),
            false => Err(unexpected("another kind of package came")),
        }
    }

    /// The stream, of which everything is read.
    pub(crate) fn opened(self) -> io::Result<mio::net::TcpStream> {
        if !self.heard.is_empty() {
            return Err(unexpected("more came than was asked for"));
        }
        self.stream.set_nonblocking(true)?;
        Ok(mio::net::TcpStream::from_std(self.stream))
    }
}

/// A server that does not do what it should.
pub(crate) fn unexpected(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
