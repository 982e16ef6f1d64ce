//! Dialing over shared memory.

use super::stream::Side;
use super::{SharedMemoryStream, TRANSPORT};
use crate::connector::{Dial, DialError, Peer};
use crate::transport::UnixDialer;
use crate::transport::unix::PathScheme;

/// What begins a URL.
const SCHEME: PathScheme = PathScheme {
    name: "shm",
    relative: "the path is not absolute: write `shm:///path`",
    other: "this dialer knows shared memory only: write `shm:///path`",
    missing: "the path is missing: write `shm:///path`",
};

/// A dialer over shared memory, to `shm:///run/game.sock` or `shm:/run/game.sock`, the path of the
/// socket at which a [`SharedMemory`](super::SharedMemory) listens, or just the path.
#[derive(Clone, Copy, Debug, Default)]
pub struct SharedMemoryDialer {
    others: bool,
}

impl SharedMemoryDialer {
    /// Creates a dialer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Connects to servers of other users, too, all over the socket, if
    /// [they allow it](super::SharedMemory::other_users). Default: a server that another user
    /// runs is not spoken to.
    #[must_use]
    pub fn other_users(mut self) -> Self {
        self.others = true;
        self
    }
}

impl Dial for SharedMemoryDialer {
    type Io = SharedMemoryStream;

    async fn connect(&self, url: &str) -> Result<(SharedMemoryStream, Peer), DialError> {
        let (socket, peer) = UnixDialer::dial(SCHEME.path_of(url)?).await?;
        let stream = SharedMemoryStream::new(socket, Side::Client, self.others);
        Ok((stream, Peer::new(TRANSPORT, peer.address)))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_url_or_a_path_names_a_socket() {
        for url in ["shm:///run/a.sock", "shm:/run/a.sock", "SHM:/run/a.sock", "/run/a.sock"] {
            assert_eq!(SCHEME.path_of(url).unwrap(), Path::new("/run/a.sock"), "{url}");
        }
        for url in ["", "shm:", "shm://run/a.sock", "unix:///run/a.sock"] {
            let error = SCHEME.path_of(url).unwrap_err().to_string();
            assert!(error.contains("write `shm:///path`"), "{error}");
        }
    }
}
