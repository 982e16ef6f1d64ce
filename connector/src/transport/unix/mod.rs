//! Unix sockets: listeners on paths, and dialers to them.

mod dialer;
mod path;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll, ready};

use tokio::net::{UnixListener, UnixStream};

#[cfg(all(target_os = "linux", feature = "shared-memory"))]
pub(super) use dialer::PathScheme;
pub use dialer::UnixDialer;

use self::path::FileId;
use super::{Opener, WithOpeners};
use crate::connector::{Address, Listen, Peer, StartError};

/// A Unix socket: a path until it is bound, or a listener that is.
///
/// | at the path is | binding it |
/// |---|---|
/// | nothing | makes the socket |
/// | the socket of a program that was killed | replaces it |
/// | a socket that a program listens on | fails with [`StartError::InUse`] |
/// | a file, a directory, a link | fails with [`StartError::NotASocket`], and leaves it alone |
/// | a path in a directory that may not be written | fails with [`StartError::Denied`] |
/// | a path in a directory that does not exist | fails with [`StartError::NoDirectory`] |
///
/// Who may connect is decided by the permissions of the socket's file, see
/// [`Unix::permissions`], and of its directory.
///
/// The file is removed when the listener closes, if this made it: not the file of a
/// listener that was bound elsewhere, nor one that another program has put in its place.
#[derive(Debug)]
pub struct Unix {
    path: PathBuf,
    permissions: Option<u32>,
    listener: Option<UnixListener>,
    /// The file that this has made.
    made: Option<FileId>,
}

impl Unix {
    /// Sets the permission bits of the socket's file, such as `0o600` for the user of this
    /// program alone. They hold before anybody can connect. Whoever may write the file may
    /// connect. Default: what the process's umask leaves of `0o777`. A listener that was bound
    /// elsewhere keeps its file as it is.
    #[must_use]
    pub fn permissions(mut self, bits: u32) -> Self {
        self.permissions = Some(bits);
        self
    }

    /// Adds an opener to its connections.
    pub fn opener(self, opener: impl Opener) -> WithOpeners<Self> {
        WithOpeners::new(self).opener(opener)
    }
}

impl Listen for Unix {
    type Io = UnixStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        if self.listener.is_none() {
            let listener = path::bind(&self.path, self.permissions)?;
            let listener = UnixListener::from_std(listener);
            let failed = |error| StartError::new(self.path.display(), error);
            // From here on the file is removed with this.
            self.made = path::file_id(&self.path);
            self.listener = Some(listener.map_err(failed)?);
        }
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, Peer)>> {
        let Some(listener) = &self.listener else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let (stream, _) = ready!(listener.poll_accept(cx))?;
        Poll::Ready(Ok((stream, Peer::new("unix", Address::Unnamed))))
    }

    fn close(&mut self) {
        self.listener = None;
        if let Some(made) = self.made.take()
            && path::file_id(&self.path) == Some(made)
        {
            // Another program may remove it at the same time.
            let _ = std::fs::remove_file(&self.path);
        }
    }

    fn address(&self) -> Option<Address> {
        self.listener.as_ref().map(|_| Address::Path(self.path.clone()))
    }
}

impl Drop for Unix {
    fn drop(&mut self) {
        self.close();
    }
}

impl From<&str> for Unix {
    fn from(path: &str) -> Self {
        Path::new(path).into()
    }
}

impl From<&Path> for Unix {
    fn from(path: &Path) -> Self {
        path.to_path_buf().into()
    }
}

impl From<PathBuf> for Unix {
    fn from(path: PathBuf) -> Self {
        Self { path, permissions: None, listener: None, made: None }
    }
}

impl From<UnixListener> for Unix {
    fn from(listener: UnixListener) -> Self {
        let address = listener.local_addr().ok();
        let path = address.and_then(|address| address.as_pathname().map(Path::to_path_buf));
        let path = path.unwrap_or_default();
        Self { path, permissions: None, listener: Some(listener), made: None }
    }
}
