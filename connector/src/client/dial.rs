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
    let (stream, peer) = connect(target).await?;
    Ok(match &target.transport {
        Transport::Tcp => TcpSocket::accept(stream, peer).boxed(),
        Transport::WebSocket(path) => {
            let link = WebSocketLink::client(stream, &target.http_host(), path, false);
            let link = link.map_err(CloseReason::malformed)?;
            let peer = Peer { transport: "websocket", ..peer };
            WebSocketSocket::accept(link, peer).boxed()
        }
    })
}

/// A WebSocket of text messages to a `ws://` url, not open yet.
pub(crate) async fn dial_text(url: &str) -> Result<WebSocketLink<TcpStream>, ConnectError> {
    // Engines take urls from profiles, where a fragment does no harm.
    let target = Target::parse(url.split('#').next().unwrap_or(url))?;
    let Transport::WebSocket(path) = &target.transport else {
        return Err(ConnectError::Scheme { url: url.to_owned(), scheme: "tcp".into() });
    };
    let (stream, _) = connect(&target).await?;
    let link = WebSocketLink::client(stream, &target.http_host(), path, true);
    Ok(link.map_err(CloseReason::malformed)?)
}

async fn connect(target: &Target) -> Result<(TcpStream, Peer), ConnectError> {
    let connected: io::Result<_> = async {
        let stream = TcpStream::connect((&*target.host, target.port)).await?;
        // Packages are small and answers wanted at once.
        stream.set_nodelay(true)?;
        let peer = Peer::new("tcp", stream.peer_addr()?);
        Ok((stream, peer))
    }
    .await;
    connected.map_err(|source| ConnectError::Dial { address: target.address(), source })
}
