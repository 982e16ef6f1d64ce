//! Dialing of pomelo's servers, over the transport of a URL.

use super::url::{Target, Transport};
use super::{
    TcpDialer, TcpSocket, TlsSettings, UdpDialer, UdpSocket, WebSocketDialer, WebSocketSocket,
};
use crate::connector::{Accept, BoxSocket, Dial, DialError, Peer, Socket};

/// A dialer of sockets of pomelo's packages, over TCP, UDP or WebSocket as the URL says.
#[derive(Debug)]
pub(crate) struct UrlDialer {
    tcp: TcpDialer,
    websocket: WebSocketDialer,
}

impl UrlDialer {
    pub(crate) fn new(tls: TlsSettings) -> Self {
        Self { tcp: TcpDialer::with(tls.clone()), websocket: WebSocketDialer::with(tls) }
    }
}

impl Dial for UrlDialer {
    type Io = BoxSocket;

    async fn connect(&self, url: &str) -> Result<(BoxSocket, Peer), DialError> {
        Ok(match Target::parse(url)?.transport {
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
