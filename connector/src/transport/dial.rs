//! Dialing: connects to a URL and returns a socket that is not open yet.

use std::io;

use connector_protocol::CloseReason;
use tokio::net::TcpStream;

use super::url::{Target, Transport};
use super::{Stream, TcpSocket, TlsSettings, WebSocketLink, WebSocketSocket, tcp_options};
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
    /// A scheme other than `tcp`, `tls`, `ws` and `wss`.
    #[error(
        "`{url}`: the scheme `{scheme}` is unknown: write `tcp://host:port`, \
         `ws://host:port/path`, or with TLS `tls://` and `wss://`"
    )]
    Scheme {
        /// The whole text.
        url: String,
        /// The scheme in it.
        scheme: String,
    },
    /// `wss` or `tls` without the feature `tls`.
    #[error(
        "{0}: TLS is not part of this program: turn on the features `tls-ring` and \
         `tls-webpki-roots` or `tls-native-roots` of connector-kit"
    )]
    Tls(String),
    /// TLS cannot be configured: there is nothing to trust, or no cryptography.
    #[cfg(feature = "tls")]
    #[error(transparent)]
    TlsConfig(#[from] super::TlsConfigError),
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
pub(crate) async fn dial(target: &Target, tls: &TlsSettings) -> Result<BoxSocket, DialError> {
    let (stream, peer) = connect(target, tls).await?;
    Ok(match &target.transport {
        Transport::Tcp => TcpSocket::accept(stream, peer).boxed(),
        Transport::WebSocket(path) => {
            let link = WebSocketLink::client(stream, &target.http_host(), path, false);
            let link = link.map_err(CloseReason::malformed)?;
            WebSocketSocket::accept(link, peer).boxed()
        }
    })
}

/// Connects to the first address of the host that takes the connection. TLS begins when the
/// stream is opened.
pub(crate) async fn connect(
    target: &Target,
    tls: &TlsSettings,
) -> Result<(Stream, Peer), DialError> {
    let tls = tls.layer(target)?;
    let (stream, peer) = connect_tcp(target).await?;
    Ok((tls.around(stream.into()), peer))
}

/// Connects without TLS.
pub(super) async fn connect_tcp(target: &Target) -> Result<(TcpStream, Peer), DialError> {
    let connected: io::Result<_> = async {
        let stream = TcpStream::connect((&*target.host, target.port)).await?;
        tcp_options::set(&stream, tcp_options::KEEPALIVE, true);
        let peer = Peer::new("tcp", stream.peer_addr()?);
        Ok((stream, peer))
    }
    .await;
    connected.map_err(|source| DialError::Unreachable { address: target.address(), source })
}
