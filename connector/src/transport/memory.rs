//! Connections within a process.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::io::{DuplexStream, duplex};
use tokio::sync::mpsc;

use super::{Opener, WithOpeners};
use crate::connector::{Address, Peer};
use crate::connector::{Listen, StartError};

/// How many bytes may be on their way in each direction.
const BUFFER: usize = 64 * 1024;
/// How many connections may wait to be accepted.
const BACKLOG: usize = 128;

/// Listens for connections from the same process: a byte stream in memory, for
/// tests and for parts of one program.
#[derive(Debug)]
pub struct Memory {
    name: String,
    dialed: mpsc::Receiver<DuplexStream>,
    dialer: MemoryDialer,
    open: bool,
}

/// Connects to a [`Memory`]. Clones dial the same one.
#[derive(Clone, Debug)]
pub struct MemoryDialer(Arc<Mutex<mpsc::Sender<DuplexStream>>>);

impl Memory {
    /// A listener under a name that only logs show.
    pub fn new(name: impl Into<String>) -> Self {
        let (dialer, dialed) = mpsc::channel(BACKLOG);
        let dialer = MemoryDialer(Arc::new(Mutex::new(dialer)));
        Self { name: name.into(), dialed, dialer, open: false }
    }

    /// What connects to it.
    pub fn dialer(&self) -> MemoryDialer {
        self.dialer.clone()
    }

    /// Lets connections go through an opener first.
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
    /// A new connection.
    ///
    /// # Errors
    /// [`io::ErrorKind::ConnectionRefused`] if nobody listens any more.
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
        // Who was not accepted yet is refused.
        while self.dialed.try_recv().is_ok() {}
    }

    fn address(&self) -> Option<Address> {
        self.open.then(|| Address::Name(self.name.clone()))
    }
}
