//! Netstrings over TCP, for servers and clients of Connector.

mod netstrings;

use connector::codec::JsonCodec;
use connector::transport::Tcp;
use connector::{Config, Connector, Peer, Socket};
use tokio::net::TcpStream;

pub use netstrings::Netstrings;

/// A connector for netstrings of JSON messages over TCP.
#[derive(Connector, Debug)]
#[connector(socket = NetstringSocket, codec = JsonCodec)]
pub struct NetstringConnector {
    #[connector(listen)]
    tcp: Tcp,
    #[connector(config)]
    config: Config,
}

/// A socket of a [`NetstringConnector`], or a client's end of one.
#[derive(Debug, Socket)]
#[socket(framing = Netstrings)]
pub struct NetstringSocket {
    #[socket(io)]
    stream: TcpStream,
    #[socket(peer)]
    peer: Peer,
}

impl NetstringSocket {
    /// Connects to a server, for `Client::builder().connect_socket(..)`.
    ///
    /// # Errors
    /// Returns the system's error if the connection fails.
    ///
    /// # Cancel safety
    /// Cancel safe: a cancelled call opens no connection.
    pub async fn dial(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        let peer = Peer::new("netstring", stream.peer_addr()?);
        Ok(Self { stream, peer })
    }
}
