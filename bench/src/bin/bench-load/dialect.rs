//! The dialect of a load.

use std::io;

use crate::blocking::BlockingConnection;

/// The handshake and requests of a load, and the count of their answers.
pub(crate) trait Dialect {
    /// Opens a connection, up to a first answer, which is checked.
    fn open(&mut self, connection: &mut BlockingConnection) -> io::Result<()>;

    /// Returns one request, for the connection that was opened last.
    fn request(&self) -> Vec<u8>;

    /// Counts the whole answers at the beginning of `bytes`, and their bytes.
    fn count(&self, bytes: &[u8]) -> io::Result<(usize, usize)>;
}

/// Returns the error of a server that breaks its protocol.
pub(crate) fn unexpected(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
