//! Dialing: connects to a URL and returns a socket that is not open yet.

use std::io;

use connector_protocol::CloseReason;
use tokio::net::TcpStream;

use super::url::{Target, Transport};
use super::{TcpSocket, WebSocketLink, WebSocketSocket, tcp_options};
use crate::connector::{Accept, BoxSocket, Peer, Socket};

/// The error of connecting to a URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The link could not be set up.
    #[error("the connection did not open: {0}")]
    Closed(#[from] CloseReason),
    /// Nothing answers at the address.
    #[error("cannot connect to {address}: {source}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// The system's error.
        source: io::Error,
    },
    /// A scheme other than `tcp` and `ws`.
    #[error(
        "`{url}`: the scheme `{scheme}` is unknown: write `tcp://host:port` or `ws://host:port/path`"
    )]
    Scheme {
        /// The whole text.
        url: String,
        /// The scheme in it.
        scheme: String,
    },
    /// `wss` or `tls`, which are not supported yet.
    #[error(
        "`{0}`: TLS is not supported yet: write `ws://` or `tcp://`, or pass a TLS socket of your own to `ClientBuilder::connect_socket`"
    )]
    Tls(String),
    /// A malformed URL.
    #[error("`{url}`: {problem}")]
    Url {
        /// The whole text.
        url: String,
        /// The problem with it.
        problem: &'static str,
    },
}

/// Connects and makes a socket of the connection.
pub(crate) async fn dial(target: &Target) -> Result<BoxSocket, DialError> {
    let (stream, peer) = connect(target).await?;
    Ok(match &target.transport {
        Transport::Tcp => TcpSocket::accept(stream, peer).boxed(),
        Transport::WebSocket(path) => {
            let link = WebSocketLink::client(stream.into(), &target.http_host(), path, false);
            let link = link.map_err(CloseReason::malformed)?;
            WebSocketSocket::accept(link, peer).boxed()
        }
    })
}

/// Connects to the first address of the host that takes the connection.
pub(crate) async fn connect(target: &Target) -> Result<(TcpStream, Peer), DialError> {
    let connected: io::Result<_> = async {
        let stream = TcpStream::connect((&*target.host, target.port)).await?;
        tcp_options::set(&stream, tcp_options::KEEPALIVE);
        let peer = Peer::new("tcp", stream.peer_addr()?);
        Ok((stream, peer))
    }
    .await;
    connected.map_err(|source| DialError::Unreachable { address: target.address(), source })
}
