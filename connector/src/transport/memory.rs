//! Connections within a process.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc;

use super::{Opener, WithOpeners};
use crate::connector::{Address, Dial, DialError, Listen, Peer, StartError};

/// The capacity of a stream in each direction, in bytes.
const BUFFER: usize = 64 * 1024;
/// The number of connections that may wait to be accepted.
const BACKLOG: usize = 128;

/// A listener for connections from the same process: byte streams in memory, for
/// tests and for parts of one program.
///
/// Each connection buffers 64 KiB in each direction. Up to 128 connections wait to
/// be accepted.
#[derive(Debug)]
pub struct Memory {
    name: String,
    dialed: mpsc::Receiver<DuplexStream>,
    dialer: MemoryDialer,
    open: bool,
}

/// A dialer that connects to a [`Memory`]. Clones connect to the same one.
#[derive(Clone, Debug)]
pub struct MemoryDialer(Arc<Mutex<mpsc::Sender<DuplexStream>>>);

impl Memory {
    /// Creates a listener with a name for logs and addresses.
    pub fn new(name: impl Into<String>) -> Self {
        let (dialer, dialed) = mpsc::channel(BACKLOG);
        let dialer = MemoryDialer(Arc::new(Mutex::new(dialer)));
        Self { name: name.into(), dialed, dialer, open: false }
    }

    /// Returns a dialer that connects to it.
    pub fn dialer(&self) -> MemoryDialer {
        self.dialer.clone()
    }

    /// Adds an opener to its connections.
    pub fn opener(self, opener: impl Opener) -> WithOpeners<Self> {
        WithOpeners::new(self).opener(opener)
    }
}

impl Default for Memory {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self::new(format!("memory-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
    }
}

impl MemoryDialer {
    /// Opens a connection. Waits while too many others are not accepted yet.
    ///
    /// # Errors
    /// Returns [`io::ErrorKind::ConnectionRefused`] if the listener is closed.
    ///
    /// # Cancel safety
    /// Cancel safe: a cancelled call opens no connection.
    pub async fn dial(&self) -> io::Result<DuplexStream> {
        let (near, far) = duplex(BUFFER);
        let dialer = self.dialer().clone();
        let dialed = dialer.send(far).await;
        dialed.map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        Ok(near)
    }

    fn dialer(&self) -> MutexGuard<'_, mpsc::Sender<DuplexStream>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The URL is ignored, since there is one listener to connect to.
impl Dial for MemoryDialer {
    type Io = DuplexStream;

    async fn connect(&self, _: &str) -> Result<(DuplexStream, Peer), DialError> {
        let dialed = self.dial().await;
        let stream = dialed.map_err(|error| DialError::unreachable("memory", error))?;
        Ok((stream, Peer::new("memory", Address::Unnamed)))
    }
}

impl Listen for Memory {
    type Io = DuplexStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        if self.dialed.is_closed() {
            let (dialer, dialed) = mpsc::channel(BACKLOG);
            *self.dialer.dialer() = dialer;
            self.dialed = dialed;
        }
        self.open = true;
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(DuplexStream, Peer)>> {
        if !self.open {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        }
        match self.dialed.poll_recv(cx) {
            Poll::Ready(Some(stream)) => {
                let peer = Peer::new("memory", Address::Name(self.name.clone()));
                Poll::Ready(Ok((stream, peer)))
            }
            Poll::Ready(None) => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Poll::Pending => Poll::Pending,
        }
    }

    fn close(&mut self) {
        self.open = false;
        self.dialed.close();
        // Connections that were not accepted yet are refused.
        while self.dialed.try_recv().is_ok() {}
    }

    fn address(&self) -> Option<Address> {
        self.open.then(|| Address::Name(self.name.clone()))
    }
}
