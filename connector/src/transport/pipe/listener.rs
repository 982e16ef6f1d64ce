//! The listening end of a named pipe.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::net::windows::named_pipe::{NamedPipeClient, NamedPipeServer, ServerOptions};

use super::name::path_of;
use crate::connector::{Address, Listen, Peer, StartError};
use crate::transport::{Opener, StreamIo, WithOpeners};

/// A named pipe: a name, or a path such as `\\.\pipe\game`. On Windows only.
///
/// Only one program has a name: while it listens there, another one's bind fails with
/// [`StartError::InUse`]. Nothing is left behind by a program that was killed. Programs of this
/// machine may connect if they run as the same user, and others by the system's default
/// permissions alone; those of other machines are refused.
///
/// There is always an instance of the pipe that waits for the next client, so that none finds
/// the name free. Clients come by [`PipeDialer`](super::PipeDialer).
pub struct Pipe {
    path: String,
    open: bool,
    /// The instance that waits for a client.
    waiting: Option<Waiting>,
}

type Waiting = Pin<Box<dyn Future<Output = io::Result<NamedPipeServer>> + Send>>;

impl Pipe {
    /// Adds an opener to its connections.
    pub fn opener(self, opener: impl Opener) -> WithOpeners<Self> {
        WithOpeners::new(self).opener(opener)
    }

    /// Makes a further instance.
    fn further(&self) -> io::Result<Waiting> {
        ServerOptions::new().create(&self.path).map(waiting)
    }
}

/// Waits for a client of an instance.
fn waiting(pipe: NamedPipeServer) -> Waiting {
    Box::pin(async move {
        pipe.connect().await?;
        Ok(pipe)
    })
}

impl Listen for Pipe {
    type Io = NamedPipeServer;

    async fn bind(&mut self) -> Result<(), StartError> {
        if !self.open {
            // Fails if anybody has the name.
            let first = ServerOptions::new().first_pipe_instance(true).create(&self.path);
            let first = first.map_err(|error| match error.kind() {
                // So the system says that another program has it.
                io::ErrorKind::PermissionDenied => StartError::InUse(self.path.clone()),
                _ => StartError::new(&self.path, error),
            })?;
            self.waiting = Some(waiting(first));
            self.open = true;
        }
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(NamedPipeServer, Peer)>> {
        if !self.open {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        }
        let waiting = match &mut self.waiting {
            Some(waiting) => waiting,
            None => {
                let further = self.further()?;
                self.waiting.insert(further)
            }
        };
        let accepted = ready!(waiting.as_mut().poll(cx));
        // Without one, for want of memory, the next poll makes it.
        self.waiting = self.further().ok();
        Poll::Ready(accepted.map(|pipe| (pipe, Peer::new("pipe", Address::Unnamed))))
    }

    fn close(&mut self) {
        self.open = false;
        self.waiting = None;
    }

    fn address(&self) -> Option<Address> {
        self.open.then(|| Address::Path(self.path.clone().into()))
    }
}

impl From<&str> for Pipe {
    fn from(name: &str) -> Self {
        Self { path: path_of(name), open: false, waiting: None }
    }
}

impl From<String> for Pipe {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<NamedPipeServer> for StreamIo {
    fn from(pipe: NamedPipeServer) -> Self {
        Self::new(pipe)
    }
}

impl From<NamedPipeClient> for StreamIo {
    fn from(pipe: NamedPipeClient) -> Self {
        Self::new(pipe)
    }
}

impl fmt::Debug for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipe").field("path", &self.path).field("open", &self.open).finish()
    }
}
