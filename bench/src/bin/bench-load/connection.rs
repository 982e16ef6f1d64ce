//! One connection of the load.

use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::dialect::{Dialect, unexpected};
use crate::socket::Polled;
use crate::wire::Wire;

pub(crate) struct Connection {
    stream: Wire<Polled>,
    requests: Arc<Requests>,
    /// The start of an answer.
    unfinished: Vec<u8>,
    /// Bytes at the end of the requests that could not be written.
    unsent: usize,
    /// Requests without an answer yet.
    pub(crate) waiting: usize,
}

/// As many requests as are in flight on a connection, all alike.
#[derive(PartialEq, Eq)]
pub(crate) struct Requests {
    bytes: Vec<u8>,
    /// Bytes of one.
    size: usize,
}

impl Requests {
    pub(crate) fn new(request: &[u8], in_flight: usize) -> Self {
        Self { bytes: request.repeat(in_flight), size: request.len() }
    }
}

impl Connection {
    /// Creates a connection of which `received` was read already.
    pub(crate) fn new(
        (stream, received): (Wire<Polled>, Vec<u8>),
        requests: Arc<Requests>,
    ) -> Self {
        Self { stream, requests, unfinished: received, unsent: 0, waiting: 0 }
    }

    /// Sends so many requests, after those that could not be written before.
    pub(crate) fn send(&mut self, count: usize) -> io::Result<()> {
        self.unsent += count * self.requests.size;
        self.flush()
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let requests = &self.requests.bytes;
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

    pub(crate) fn stream(&mut self) -> &mut Polled {
        self.stream.socket()
    }
}
