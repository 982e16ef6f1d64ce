//! The connector and its socket: the names of their parts.

use std::path::Path;

use connector::prelude::*;
use connector::transport::Unix;
use connector::{Accept, WithCodec};
use tokio::net::UnixStream;

use crate::codec::Words;
use crate::framing::Checked;

/// Pomelo's FooSocket: checked packages on a Unix socket.
#[derive(Debug, Socket)]
#[socket(framing = Checked)]
pub struct PipeSocket {
    #[socket(io)]
    pipe: UnixStream,
    #[socket(peer)]
    peer: Peer,
}

/// Pomelo's FooConnector: connections at a Unix socket, which talk in words.
#[derive(Connector, Debug)]
#[connector(socket = PipeSocket, codec = Words)]
pub struct PipeConnector {
    /// A path until the server starts, or a listener that is bound already.
    #[connector(listen)]
    pub pipe: Unix,
    /// What each connection gets.
    #[connector(config)]
    pub config: Config,
}

/// The ways into this server, as one connector.
#[derive(Connector, Debug)]
pub enum Front {
    /// Pomelo's own clients.
    Tcp(TcpConnector),
    /// Words both ways.
    Pipe(PipeConnector),
    /// Words in, JSON out: this variant's `encode` is overridden.
    Json(WithCodec<PipeConnector>),
}

impl PipeSocket {
    /// The client's end, for `Client::builder().codec(Words).connect_socket(..)`.
    ///
    /// # Errors
    /// Nobody listens there.
    pub async fn dial(path: &Path) -> std::io::Result<Self> {
        let peer = Peer::new("unix", path.to_path_buf());
        Ok(Self::accept(UnixStream::connect(path).await?, peer))
    }
}
