//! One connection of the load.

use std::io::{self, Read, Write};

use mio::net::TcpStream;

use crate::dialect::{Dialect, unexpected};
use crate::wire::Wire;

pub(crate) struct Connection {
    stream: Wire<TcpStream>,
    /// The start of an answer.
    unfinished: Vec<u8>,
    /// Bytes at the end of the requests that could not be written.
    unsent: usize,
    /// Requests without an answer yet.
    pub(crate) waiting: usize,
}

impl Connection {
    pub(crate) fn new(stream: Wire<TcpStream>) -> Self {
        Self { stream, unfinished: Vec::new(), unsent: 0, waiting: 0 }
    }

    /// Sends the last `bytes` bytes of `requests`, which are whole requests and
    /// all alike, after those that could not be written before.
    pub(crate) fn send(&mut self, requests: &[u8], bytes: usize) -> io::Result<()> {
        self.unsent += bytes;
        self.flush(requests)
    }

    pub(crate) fn flush(&mut self, requests: &[u8]) -> io::Result<()> {
        while self.unsent > 0 {
            match self.stream.write(&requests[requests.len() - self.unsent..]) {
                Ok(written) => self.unsent -= written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        // TLS may keep some.
        match self.stream.flush() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Reads until the socket would block, and returns the number of answers.
    pub(crate) fn receive(
        &mut self,
        dialect: &dyn Dialect,
        scratch: &mut [u8],
    ) -> io::Result<usize> {
        let mut answers = 0;
        loop {
            let kept = self.unfinished.len();
            scratch[..kept].copy_from_slice(&self.unfinished);
            let read = match self.stream.read(&mut scratch[kept..]) {
                Ok(0) => return Err(unexpected("the server closed")),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            };
            let received = &scratch[..kept + read];
            let (count, whole) = dialect.count(received)?;
            answers += count;
            self.unfinished.clear();
            self.unfinished.extend_from_slice(&received[whole..]);
            if received.len() < scratch.len() && self.stream.announces_all() {
                // Another event announces later bytes.
                break;
            }
        }
        let missing = self.waiting.checked_sub(answers);
        self.waiting = missing.ok_or_else(|| unexpected("more answers than requests"))?;
        Ok(answers)
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        self.stream.socket()
    }
}
