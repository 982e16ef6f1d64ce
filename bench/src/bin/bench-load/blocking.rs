//! A connection while it is opened.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use connector_protocol::pomelo::package::PackageType;

use crate::dialect::unexpected;
use crate::wire::Wire;

/// The longest wait for each answer of the handshake.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A blocking connection, until its handshake is done.
pub(crate) struct BlockingConnection {
    stream: Wire<TcpStream>,
    received: Vec<u8>,
}

impl BlockingConnection {
    pub(crate) fn connect(port: u16, tls: bool) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(Self { stream: Wire::new(stream, tls), received: Vec::new() })
    }

    pub(crate) fn port(&mut self) -> io::Result<u16> {
        Ok(self.stream.socket().peer_addr()?.port())
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads until `whole` returns the length of the first answer, and takes that.
    pub(crate) fn receive(
        &mut self,
        whole: impl Fn(&[u8]) -> io::Result<Option<usize>>,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = [0; 4096];
        loop {
            if let Some(end) = whole(&self.received)? {
                return Ok(self.received.drain(..end).collect());
            }
            match self.stream.read(&mut bytes)? {
                0 => return Err(unexpected("the server closed")),
                read => self.received.extend_from_slice(&bytes[..read]),
            }
        }
    }

    /// Reads one whole package.
    pub(crate) fn receive_package(&mut self, kind: PackageType) -> io::Result<Vec<u8>> {
        let package =
            self.receive(|bytes| Ok(bench::packages::first(bytes).map(|(_, end)| end)))?;
        if package.first() == Some(&(kind as u8)) {
            Ok(package)
        } else {
            Err(unexpected("another kind of package came"))
        }
    }

    /// Returns the stream for the load.
    ///
    /// # Errors
    /// Bytes were received that nobody asked for.
    pub(crate) fn opened(mut self) -> io::Result<Wire<mio::net::TcpStream>> {
        if !self.received.is_empty() {
            return Err(unexpected("more came than was asked for"));
        }
        self.stream.socket().set_nonblocking(true)?;
        Ok(self.stream.map(mio::net::TcpStream::from_std))
    }
}
