//! A connection while it is opened.

use std::io::{self, Read, Write};
use std::time::Duration;

use connector_protocol::pomelo::package::PackageType;

use crate::dialect::unexpected;
use crate::socket::{Blocking, Place, Polled};
use crate::wire::Wire;

/// The longest wait for each answer of the handshake.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A blocking connection, until its handshake is done.
pub(crate) struct BlockingConnection {
    stream: Wire<Blocking>,
    host: String,
    received: Vec<u8>,
}

impl BlockingConnection {
    pub(crate) fn connect(place: &Place, tls: bool) -> io::Result<Self> {
        let stream = Wire::new(Blocking::connect(place, TIMEOUT)?, tls);
        Ok(Self { stream, host: place.host(), received: Vec::new() })
    }

    /// Returns what a client writes into its `Host` header.
    pub(crate) fn host(&self) -> &str {
        &self.host
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

    /// Returns the stream for the load, and what has come of it beyond the handshake.
    pub(crate) fn opened(mut self) -> io::Result<(Wire<Polled>, Vec<u8>)> {
        self.stream.socket().set_nonblocking()?;
        Ok((self.stream.map(Blocking::polled), self.received))
    }
}
