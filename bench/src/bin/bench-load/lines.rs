//! Broadcasts of lines.

use std::io;

use bench::line;
use connector_protocol::pomelo::handshake;
use connector_protocol::pomelo::package::PackageType;

use crate::blocking::BlockingConnection;
use crate::dialect::Dialect;
use crate::greet;

/// A number of lines at once, from a server of ours.
pub(crate) struct Lines(pub(crate) usize);

impl Dialect for Lines {
    fn open(&mut self, connection: &mut BlockingConnection) -> io::Result<()> {
        greet::shake_hands(connection, &handshake::Request::new("bench", "1"))?;
        // A session that has its answer receives every later line.
        connection.send(&line::join())?;
        connection.receive_package(PackageType::Data).map(drop)
    }

    fn request(&self) -> Vec<u8> {
        line::request(self.0)
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        greet::count(bytes)
    }
}

/// Lines of the bare send loop, which knows their number itself.
pub(crate) struct BareLines;

impl Dialect for BareLines {
    fn open(&mut self, _: &mut BlockingConnection) -> io::Result<()> {
        Ok(())
    }

    fn request(&self) -> Vec<u8> {
        line::request(1)
    }

    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)> {
        Ok(bench::packages::count(bytes))
    }
}
