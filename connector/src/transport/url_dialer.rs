//! Dialing of pomelo's servers, over the transport of a URL.

use super::url::{KNOWN, Target, Transport};
use super::{
    TcpDialer, TcpSocket, TlsSettings, UdpDialer, UdpSocket, WebSocketDialer, WebSocketSocket,
};
use crate::connector::{Accept, BoxSocket, Dial, DialError, Peer, Schemes, Socket};

/// A dialer of sockets of pomelo's packages, over TCP, UDP or WebSocket as the URL says, and of
/// the application's own.
#[derive(Debug)]
pub(crate) struct UrlDialer {
    own: Schemes,
    tcp: TcpDialer,
    websocket: WebSocketDialer,
}

impl UrlDialer {
    pub(crate) fn new(tls: TlsSettings, own: Schemes) -> Self {
        let (tcp, websocket) = (TcpDialer::with(tls.clone()), WebSocketDialer::with(tls));
        Self { own, tcp, websocket }
    }
}

impl Dial for UrlDialer {
    type Io = BoxSocket;

    async fn connect(&self, url: &str) -> Result<(BoxSocket, Peer), DialError> {
        if let Some(connected) = self.own.connect_known(url).await {
            return connected;
        }
        let target = Target::parse(url).map_err(|error| match error {
            DialError::Scheme { .. } => self.own.unknown(url, Some(KNOWN)),
            error => error,
        })?;
        Ok(match target.transport {
            Transport::Tcp => {
                let (stream, peer) = self.tcp.connect(url).await?;
                (TcpSocket::accept(stream, peer.clone()).boxed(), peer)
            }
            Transport::Udp => {
                let (link, peer) = UdpDialer::new().connect(url).await?;
                (UdpSocket::accept(link, peer.clone()).boxed(), peer)
            }
            Transport::WebSocket(_) => {
                let (link, peer) = self.websocket.connect(url).await?;
                (WebSocketSocket::accept(link, peer.clone()).boxed(), peer)
            }
        })
    }
}
