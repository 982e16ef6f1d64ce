//! Listeners for shared memory.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::domain::{Domain, release};
use super::stream::Side;
use super::{SharedMemoryStream, TRANSPORT};
use crate::connector::{Address, Listen, Peer, StartError};
use crate::transport::Unix;

/// A place for processes of one machine and one user that exchange large messages: the path of a
/// [`Unix`] socket until it is bound, or a listener that is.
///
/// Clients connect to the socket. Small messages travel over it; what is larger than 8 KiB is
/// written once, into memory that the reader copies it from, without a system call for its
/// bytes. The stream is the same either way, so that any framing and any protocol run over it.
///
/// | | |
/// |---|---|
/// | memory | 1.5 MiB for each direction of a connection in which something large was sent, until it closes |
/// | files | a directory beside the socket, `PATH.DIGITS.shm` with permissions 0700, and segments in `/dev/shm`, 0600 |
/// | who may connect | processes of the same user, whatever the permissions of the socket's file |
/// | a process that was killed | the other end removes what it has left, or the next listener at the path |
///
/// Both ends trust each other with the memory: a process of the same user could write to it, as it
/// could write to the process itself. So users may differ only [without it](Self::other_users).
///
/// ```no_run
/// use connector::SharedMemoryConnector;
/// use connector::prelude::*;
///
/// let server = Server::builder().connector(SharedMemoryConnector::bind("/run/game.sock"));
/// # drop(server);
/// ```
pub struct SharedMemory {
    socket: Unix,
    domain: Option<Arc<Domain>>,
    others: bool,
}

impl SharedMemory {
    /// Creates a listener at the path of a socket, or on a socket with permissions of its own, or
    /// on one that is bound to a path already.
    pub fn new(socket: impl Into<Unix>) -> Self {
        Self { socket: socket.into(), domain: None, others: false }
    }

    /// Accepts processes of other users, too, whom the permissions of the socket's file let
    /// connect. All their messages go over the socket, since memory is shared within a user.
    /// Default: they are refused.
    #[must_use]
    pub fn other_users(mut self) -> Self {
        self.others = true;
        self
    }
}

impl Listen for SharedMemory {
    type Io = SharedMemoryStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.socket.bind().await?;
        if self.domain.is_none() {
            let Some(Address::Path(path)) = self.socket.address() else {
                return Err(StartError::new("a socket", io::ErrorKind::AddrNotAvailable.into()));
            };
            let place = path.clone();
            let made = tokio::task::spawn_blocking(move || Domain::make(&place)).await;
            let made = made.map_err(io::Error::other).and_then(|made| made);
            let made = made.inspect_err(|_| self.socket.close());
            self.domain = Some(made.map_err(|error| StartError::new(path.display(), error))?);
        }
        Ok(())
    }

    fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(SharedMemoryStream, Peer)>> {
        let Some(domain) = &self.domain else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let (socket, peer) = ready!(self.socket.poll_accept(cx))?;
        let stream = SharedMemoryStream::new(socket, Side::Server(domain.clone()), self.others);
        Poll::Ready(Ok((stream, Peer::new(TRANSPORT, peer.address))))
    }

    fn close(&mut self) {
        self.socket.close();
        if let Some(domain) = self.domain.take() {
            release(domain);
        }
    }

    fn address(&self) -> Option<Address> {
        self.socket.address()
    }
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        self.close();
    }
}

impl From<Unix> for SharedMemory {
    fn from(socket: Unix) -> Self {
        Self::new(socket)
    }
}

impl From<&str> for SharedMemory {
    fn from(path: &str) -> Self {
        Self::new(path)
    }
}

impl From<&Path> for SharedMemory {
    fn from(path: &Path) -> Self {
        Self::new(path)
    }
}

impl From<PathBuf> for SharedMemory {
    fn from(path: PathBuf) -> Self {
        Self::new(path)
    }
}

impl fmt::Debug for SharedMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedMemory")
            .field("socket", &self.socket)
            .field("others", &self.others)
            .finish_non_exhaustive()
    }
}
