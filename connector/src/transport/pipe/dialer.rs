//! Dialing of named pipes.

use std::time::Duration;

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient};

use super::name::path_of_url;
use crate::connector::{Address, Dial, DialError, Peer};
use crate::runtime::sleep;

/// The system's error of a pipe whose instances all have clients: `ERROR_PIPE_BUSY`.
const BUSY: i32 = 231;
/// The time between two attempts while a pipe is busy.
const BUSY_WAIT: Duration = Duration::from_millis(20);

/// A dialer of named pipes, to `pipe:NAME`, the name, or a path such as `\\.\pipe\game`. On
/// Windows only.
///
/// It waits while all instances of the pipe have clients, which takes moments where a
/// [`Pipe`](super::Pipe) listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct PipeDialer;

impl PipeDialer {
    /// Creates a dialer.
    pub fn new() -> Self {
        Self
    }
}

impl Dial for PipeDialer {
    type Io = NamedPipeClient;

    async fn connect(&self, url: &str) -> Result<(NamedPipeClient, Peer), DialError> {
        let path = path_of_url(url)?;
        loop {
            match ClientOptions::new().open(&path) {
                Ok(pipe) => return Ok((pipe, Peer::new("pipe", Address::Path(path.into())))),
                Err(error) if error.raw_os_error() == Some(BUSY) => sleep(BUSY_WAIT).await,
                Err(error) => return Err(DialError::unreachable(path, error)),
            }
        }
    }
}
