//! Dialing of pomelo's servers, over the transport of a URL.

#[cfg(feature = "mqtt")]
use super::MqttDialer;
use super::url::{Target, Transport, known};
#[cfg(feature = "quic")]
use super::{QuicDialer, QuicSocket};
#[cfg(all(target_os = "linux", feature = "shared-memory"))]
use super::{SharedMemoryDialer, SharedMemorySocket};
use super::{
    TcpDialer, TcpSocket, TlsSettings, UdpDialer, UdpSocket, WebSocketDialer, WebSocketSocket,
};
#[cfg(feature = "webtransport")]
use super::{WebTransportDialer, WebTransportSocket};
use crate::connector::{Accept, BoxSocket, Dial, DialError, Peer, Schemes, Socket};

/// A dialer of sockets of pomelo's packages, over TCP, UDP, QUIC, WebTransport, shared memory or
/// WebSocket as the URL says, and of the application's own.
#[derive(Debug)]
pub(crate) struct UrlDialer {
    own: Schemes,
    tcp: TcpDialer,
    websocket: WebSocketDialer,
    #[cfg(feature = "mqtt")]
    mqtt: MqttDialer,
    #[cfg(feature = "quic")]
    quic: QuicDialer,
    #[cfg(feature = "webtransport")]
    webtransport: WebTransportDialer,
}

impl UrlDialer {
    pub(crate) fn new(tls: TlsSettings, own: Schemes) -> Self {
        Self {
            own,
            tcp: TcpDialer::with(tls.clone()),
            #[cfg(feature = "mqtt")]
            mqtt: MqttDialer::with(tls.clone()),
            #[cfg(feature = "quic")]
            quic: QuicDialer::with(tls.clone()),
            #[cfg(feature = "webtransport")]
            webtransport: WebTransportDialer::with(tls.clone()),
            websocket: WebSocketDialer::with(tls),
        }
    }
}

impl Dial for UrlDialer {
    type Io = BoxSocket;

    async fn connect(&self, url: &str) -> Result<(BoxSocket, Peer), DialError> {
        if let Some(connected) = self.own.connect_known(url).await {
            return connected;
        }
        #[cfg(feature = "mqtt")]
        if MqttDialer::knows(url) {
            let (socket, peer) = self.mqtt.connect(url).await?;
            return Ok((socket.boxed(), peer));
        }
        if is_shared_memory(url) {
            #[cfg(all(target_os = "linux", feature = "shared-memory"))]
            {
                let (stream, peer) = SharedMemoryDialer::new().connect(url).await?;
                return Ok((SharedMemorySocket::accept(stream, peer.clone()).boxed(), peer));
            }
            #[cfg(not(all(target_os = "linux", feature = "shared-memory")))]
            return Err(DialError::Feature { url: url.to_owned(), feature: "shared-memory" });
        }
        let target = Target::parse(url).map_err(|error| match error {
            DialError::Scheme { .. } => self.own.unknown(url, Some(&known())),
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
            #[cfg(feature = "quic")]
            Transport::Quic => {
                let (stream, peer) = self.quic.connect(url).await?;
                (QuicSocket::accept(stream, peer.clone()).boxed(), peer)
            }
            #[cfg(not(feature = "quic"))]
            Transport::Quic => {
                return Err(DialError::Feature { url: target.url(), feature: "quic" });
            }
            #[cfg(feature = "webtransport")]
            Transport::WebTransport(_) => {
                let (stream, peer) = self.webtransport.connect(url).await?;
                (WebTransportSocket::accept(stream, peer.clone()).boxed(), peer)
            }
            #[cfg(not(feature = "webtransport"))]
            Transport::WebTransport(_) => {
                return Err(DialError::Feature { url: target.url(), feature: "webtransport" });
            }
            Transport::WebSocket(_) => {
                let (link, peer) = self.websocket.connect(url).await?;
                (WebSocketSocket::accept(link, peer.clone()).boxed(), peer)
            }
        })
    }
}

/// Returns `true` for `shm:/path`, and `false` for the port of a host of this name.
fn is_shared_memory(url: &str) -> bool {
    url.split_once(":/").is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("shm"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_shared_memory_is_told_from_a_host() {
        for url in ["shm:/run/a.sock", "shm:///run/a.sock", "SHM:/a", "shm://a:1"] {
            assert!(is_shared_memory(url), "{url}");
        }
        for url in ["shm:3010", "tcp://shm:3010", "shm", "ws://h/shm:/a"] {
            assert!(!is_shared_memory(url), "{url}");
        }
    }

    #[cfg(not(all(target_os = "linux", feature = "shared-memory")))]
    #[tokio::test]
    async fn who_dials_shared_memory_without_it_is_told_the_feature() {
        let dialer = UrlDialer::new(TlsSettings::default(), Schemes::new());
        let error = dialer.connect("shm:/run/a.sock").await.map(drop).unwrap_err();
        let text = "shm:/run/a.sock: this transport is not part of this program: turn on the \
                    feature `shared-memory` of connector-kit";
        assert_eq!(error.to_string(), text);
    }
}
