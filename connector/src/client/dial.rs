//! From an address to a socket that is not open yet.

use std::io;

use connector_protocol::CloseReason;
use tokio::net::TcpStream;

use super::ConnectError;
use super::url::{Target, Transport};
use crate::peer::Peer;
use crate::socket::{Accept, BoxSocket, Socket};
use crate::transport::WebSocketLink;
use crate::{TcpSocket, WebSocketSocket};

/// Connects to the first address of the host that takes the connection.
pub(super) async fn dial(target: &Target) -> Result<BoxSocket, ConnectError> {
    let connected = connect(&target.host, target.port).await;
    let (stream, peer) =
        connected.map_err(|source| ConnectError::Dial { address: target.address(), source })?;
    Ok(match &target.transport {
        Transport::Tcp => TcpSocket::accept(stream, peer).boxed(),
        Transport::WebSocket(path) => {
            let link = WebSocketLink::client(stream, &target.http_host(), path, false)
                .map_err(CloseReason::malformed)?;
            let peer = Peer { transport: "websocket", ..peer };
            WebSocketSocket::accept(link, peer).boxed()
        }
    })
}

async fn connect(host: &str, port: u16) -> io::Result<(TcpStream, Peer)> {
    let stream = TcpStream::connect((host, port)).await?;
    // Packages are small and answers wanted at once.
    stream.set_nodelay(true)?;
    let peer = Peer::new("tcp", stream.peer_addr()?);
    Ok((stream, peer))
}
