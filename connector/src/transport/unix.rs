//! Listeners on Unix sockets.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::task::{Context, Poll, ready};

use tokio::net::{UnixListener, UnixStream};

use super::{Opener, WithOpeners};
use crate::connector::{Address, Peer};
use crate::connector::{Listen, StartError};

/// A Unix socket: a path until it is bound, or a listener that is.
///
/// The file is removed when the listener closes, if this made it: not the file of a
/// listener that was bound elsewhere, nor one that another program has put in its place.
/// A file that a killed program has left is replaced; a file that another program listens
/// on is not.
#[derive(Debug)]
pub struct Unix {
    path: PathBuf,
    listener: Option<UnixListener>,
    /// The file that this has made.
    made: Option<FileId>,
}

/// The device and the number of a file.
type FileId = (u64, u64);

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
            self.made = file_id(&self.path);
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
            && file_id(&self.path) == Some(made)
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
        Self { path, listener: None, made: None }
    }
}

impl From<UnixListener> for Unix {
    fn from(listener: UnixListener) -> Self {
        let address = listener.local_addr().ok();
        let path = address.and_then(|address| address.as_pathname().map(Path::to_path_buf));
        Self { path: path.unwrap_or_default(), listener: Some(listener), made: None }
    }
}

fn file_id(path: &Path) -> Option<FileId> {
    let file = path.symlink_metadata().ok()?;
    Some((file.dev(), file.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_file_that_it_has_made_is_removed() {
        let directory = std::env::temp_dir().join(format!("connector-unix-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let path = directory.join("socket");
        let mut own = Unix::from(&*path);
        own.bind().await.unwrap();
        own.close();
        assert!(!path.exists());

        let elsewhere = UnixListener::bind(&path).unwrap();
        let mut given = Unix::from(elsewhere);
        given.bind().await.unwrap();
        given.close();
        assert!(path.exists(), "somebody else has bound it");
        std::fs::remove_file(&path).unwrap();

        own.bind().await.unwrap();
        // Another program takes the place.
        std::fs::rename(&path, directory.join("moved")).unwrap();
        let other = UnixListener::bind(&path).unwrap();
        drop(own);
        assert!(path.exists(), "it is another program's");
        drop(other);
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
