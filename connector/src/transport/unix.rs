//! Listeners on Unix sockets.

use std::io;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll, ready};

use tokio::net::{UnixListener, UnixStream};

use super::{Opener, WithOpeners};
use crate::connector::{Address, Peer};
use crate::connector::{Listen, StartError};

/// A Unix socket: a path until it is bound, or a listener that is.
///
/// The file is removed when the listener closes. A file that a killed program has
/// left is replaced; a file that another program listens on is not.
#[derive(Debug)]
pub struct Unix {
    path: PathBuf,
    listener: Option<UnixListener>,
}

impl Unix {
    /// Adds an opener to its connections.
    pub fn opener(self, opener: impl Opener) -> WithOpeners<Self> {
        WithOpeners::new(self).opener(opener)
    }
}

impl Listen for Unix {
    type Io = UnixStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        if self.listener.is_none() {
            let bound = UnixListener::bind(&self.path).or_else(|error| {
                let left_behind = error.kind() == io::ErrorKind::AddrInUse
                    && matches!(
                        std::os::unix::net::UnixStream::connect(&self.path),
                        Err(refused) if refused.kind() == io::ErrorKind::ConnectionRefused
                    );
                if !left_behind {
                    return Err(error);
                }
                std::fs::remove_file(&self.path)?;
                UnixListener::bind(&self.path)
            });
            let failed = |error| StartError::new(self.path.display(), error);
            self.listener = Some(bound.map_err(failed)?);
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
        if self.listener.take().is_some() {
            // Another program may have removed it already.
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
        Self { path, listener: None }
    }
}

impl From<UnixListener> for Unix {
    fn from(listener: UnixListener) -> Self {
        let address = listener.local_addr().ok();
        let path = address.and_then(|address| address.as_pathname().map(Path::to_path_buf));
        Self { path: path.unwrap_or_default(), listener: Some(listener) }
    }
}
