//! The connectors that come with the SDK, declared as a user's own would be.

use connector_protocol::pomelo::package::PomeloPackages;

use crate::codec::PomeloCodec;
#[cfg(feature = "sio")]
use crate::codec::SioCodec;
#[cfg(feature = "sio")]
use crate::connector::Bare;
use crate::connector::Pomelo;
use crate::transport::{
    Hybrid, HybridLink, Memory, MemoryDialer, Stream, Tcp, Udp, UdpLink, WebOptions, WebSocket,
    WebSocketLink, WithOpeners,
};
#[cfg(feature = "quic")]
use crate::transport::{Quic, QuicStream};
#[cfg(all(target_os = "linux", feature = "shared-memory"))]
use crate::transport::{SharedMemory, SharedMemoryStream};
#[cfg(feature = "sio")]
use crate::transport::{Sio, SioLink};
#[cfg(feature = "webtransport")]
use crate::transport::{WebTransport, WebTransportStream};
use crate::{Config, Peer};
use connector_macros::{Connector, Socket};

/// A connector for pomelo clients over TCP.
#[derive(Connector, Debug)]
#[connector(socket = TcpSocket, codec = PomeloCodec, crate = "crate")]
pub struct TcpConnector {
    #[connector(listen)]
    tcp: WithOpeners<Tcp>,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's packages on a byte stream.
#[derive(Debug, Socket)]
#[socket(framing = PomeloPackages, session = Pomelo, batch = concat, crate = "crate")]
pub struct TcpSocket {
    #[socket(io)]
    stream: Stream,
    #[socket(peer)]
    peer: Peer,
}

/// A connector for pomelo clients over WebSocket.
#[derive(Connector, Debug)]
#[connector(socket = WebSocketSocket, codec = PomeloCodec, crate = "crate")]
pub struct WebSocketConnector {
    #[connector(listen)]
    port: WebSocket,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's packages in WebSocket messages.
#[derive(Debug, Socket)]
#[socket(session = Pomelo, batch = concat, crate = "crate")]
pub struct WebSocketSocket {
    #[socket(link)]
    link: WebSocketLink,
    #[socket(peer)]
    peer: Peer,
}

/// A connector for pomelo clients over TCP and WebSocket on one port, with plain
/// HTTP beside them: pomelo's hybridconnector.
#[derive(Connector, Debug)]
#[connector(socket = HybridSocket, codec = PomeloCodec, crate = "crate")]
pub struct HybridConnector {
    #[connector(listen)]
    port: Hybrid,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's packages, bare or in WebSocket messages, or of MQTT.
#[derive(Debug)]
pub struct HybridSocket {
    link: HybridLink,
    peer: Peer,
}

/// Implements a socket whose session belongs to its link.
macro_rules! session_of_link {
    ($socket:ident, $link:ty, $batch:ident) => {
        impl $crate::connector::Accept<$link> for $socket {
            fn accept(link: $link, peer: $crate::Peer) -> Self {
                Self { link, peer }
            }
        }

        impl $crate::connector::Socket for $socket {
            fn peer(&self) -> &$crate::Peer {
                &self.peer
            }

            fn session(
                &self,
                role: $crate::connector::Role,
            ) -> Box<dyn connector_protocol::session::Machine> {
                self.link.machine(role)
            }
        }

        impl $crate::link::Link for $socket {
            fn poll_open(
                &mut self,
                cx: &mut std::task::Context<'_>,
                opening: &mut $crate::link::Opening<'_>,
            ) -> std::task::Poll<Result<(), $crate::CloseReason>> {
                self.link.poll_open(cx, opening)
            }

            fn poll_recv(
                &mut self,
                cx: &mut std::task::Context<'_>,
                inbox: &mut $crate::link::Inbox,
            ) -> std::task::Poll<Result<(), $crate::CloseReason>> {
                self.link.poll_recv(cx, inbox)
            }

            fn poll_send(
                &mut self,
                cx: &mut std::task::Context<'_>,
                outgoing: &mut $crate::link::Outgoing,
            ) -> std::task::Poll<Result<(), $crate::CloseReason>> {
                self.link.poll_send(cx, outgoing)
            }

            fn poll_close(
                &mut self,
                cx: &mut std::task::Context<'_>,
                reason: &$crate::CloseReason,
            ) -> std::task::Poll<()> {
                self.link.poll_close(cx, reason)
            }

            fn peer_has_left(&mut self, cx: &mut std::task::Context<'_>) -> bool {
                self.link.peer_has_left(cx)
            }

            fn ping(&mut self, inbox: &mut $crate::link::Inbox) -> bool {
                self.link.ping(inbox)
            }

            fn beat(&mut self, inbox: &mut $crate::link::Inbox) {
                self.link.beat(inbox);
            }

            fn peer_has_finished(&self) -> bool {
                self.link.peer_has_finished()
            }

            fn held(&self) -> usize {
                self.link.held()
            }

            fn frame(&self) -> &'static dyn connector_protocol::framing::Envelope {
                self.link.frame()
            }

            fn batch(&self) -> $crate::link::Batch {
                $crate::link::Batch::$batch
            }
        }
    };
}
#[cfg(feature = "mqtt")]
pub(super) use session_of_link;

session_of_link!(HybridSocket, HybridLink, Concat);

/// A connector for pomelo clients over UDP: pomelo's udpconnector. See [`Udp`] for what bounds
/// its peers, and [`DatagramSize`](crate::transport::DatagramSize) for the size of messages.
///
/// | | promised | not promised |
/// |---|---|---|
/// | a package | arrives whole, or not at all | that it arrives |
/// | several | | their order, and that each arrives once |
/// | a handshake | our client sends it again until it is answered, and its ack too | that other clients do |
/// | an ack that was lost | the first message or heartbeat behind it takes its place | |
/// | the end of a session | is announced by an empty datagram, once | that this arrives: heartbeats notice |
///
/// So a request may stay without an answer, and one that the network has doubled is handled
/// twice: repeat those that may run twice, and let each push carry the whole state, or a
/// number. Who can forge a client's address can speak for it: nothing is signed or encrypted.
///
/// Pushes that leave together share a datagram for clients that read several packages of one,
/// see [`ServerBuilder::join_packages`](crate::server::ServerBuilder::join_packages).
#[derive(Connector, Debug)]
#[connector(socket = UdpSocket, codec = PomeloCodec, crate = "crate")]
pub struct UdpConnector {
    #[connector(listen)]
    udp: Udp,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's packages in datagrams.
#[derive(Debug, Socket)]
#[socket(session = Pomelo, batch = concat, crate = "crate")]
pub struct UdpSocket {
    #[socket(link)]
    link: UdpLink,
    #[socket(peer)]
    peer: Peer,
}

/// A connector for pomelo clients over QUIC. Each connection is one stream, see [`Quic`].
#[cfg(feature = "quic")]
#[derive(Connector, Debug)]
#[connector(socket = QuicSocket, codec = PomeloCodec, crate = "crate")]
pub struct QuicConnector {
    #[connector(listen)]
    quic: Quic,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's packages on a stream of QUIC.
#[cfg(feature = "quic")]
#[derive(Debug, Socket)]
#[socket(framing = PomeloPackages, session = Pomelo, batch = concat, crate = "crate")]
pub struct QuicSocket {
    #[socket(io)]
    stream: QuicStream,
    #[socket(peer)]
    peer: Peer,
}

/// A connector for pomelo clients in other processes of the same user, whose large messages go
/// through memory that both share. See [`SharedMemory`].
#[cfg(all(target_os = "linux", feature = "shared-memory"))]
#[derive(Connector, Debug)]
#[connector(socket = SharedMemorySocket, codec = PomeloCodec, crate = "crate")]
pub struct SharedMemoryConnector {
    #[connector(listen)]
    memory: SharedMemory,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's packages over shared memory.
#[cfg(all(target_os = "linux", feature = "shared-memory"))]
#[derive(Debug, Socket)]
#[socket(framing = PomeloPackages, session = Pomelo, batch = concat, crate = "crate")]
pub struct SharedMemorySocket {
    #[socket(io)]
    stream: SharedMemoryStream,
    #[socket(peer)]
    peer: Peer,
}

/// A connector for pomelo clients over WebTransport, as pages have it. Each connection is one
/// session with one stream, see [`WebTransport`].
#[cfg(feature = "webtransport")]
#[derive(Connector, Debug)]
#[connector(socket = WebTransportSocket, codec = PomeloCodec, crate = "crate")]
pub struct WebTransportConnector {
    #[connector(listen)]
    port: WebTransport,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's packages on a stream of WebTransport.
#[cfg(feature = "webtransport")]
#[derive(Debug, Socket)]
#[socket(framing = PomeloPackages, session = Pomelo, batch = concat, crate = "crate")]
pub struct WebTransportSocket {
    #[socket(io)]
    stream: WebTransportStream,
    #[socket(peer)]
    peer: Peer,
}

/// A connector for pomelo clients in the same process.
#[derive(Connector, Debug)]
#[connector(socket = MemorySocket, codec = PomeloCodec, crate = "crate")]
pub struct MemoryConnector {
    #[connector(listen)]
    memory: Memory,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's packages on a stream in memory.
#[derive(Debug, Socket)]
#[socket(framing = PomeloPackages, session = Pomelo, batch = concat, crate = "crate")]
pub struct MemorySocket {
    #[socket(io)]
    stream: Stream,
    #[socket(peer)]
    peer: Peer,
}

/// A connector for clients of socket.io 1 to 4: pomelo's sioconnector, with its messages. See
/// [`Sio`] for what bounds them.
///
/// ```
/// use connector::SioConnector;
/// use connector::prelude::*;
///
/// let server = Server::builder().connector(SioConnector::bind("0.0.0.0:3010"));
/// # drop(server);
/// ```
#[cfg(feature = "sio")]
#[derive(Connector, Debug)]
#[connector(socket = SioSocket, codec = SioCodec, crate = "crate")]
pub struct SioConnector {
    #[connector(listen)]
    port: Sio,
    #[connector(config)]
    config: Config,
}

/// A socket of pomelo's messages in the events of socket.io.
#[cfg(feature = "sio")]
#[derive(Debug, Socket)]
#[socket(session = Bare, batch = array, crate = "crate")]
pub struct SioSocket {
    #[socket(link)]
    link: SioLink,
    #[socket(peer)]
    peer: Peer,
}

#[cfg(feature = "sio")]
impl SioConnector {
    /// Sets the allowed origins and the answers to plain HTTP. Default:
    /// [`WebOptions::new`].
    #[must_use]
    pub fn web(mut self, options: WebOptions) -> Self {
        self.port.set_options(options);
        self
    }
}

impl MemoryConnector {
    /// Returns a dialer that connects to it.
    pub fn dialer(&self) -> MemoryDialer {
        self.memory.dialer()
    }
}

impl WebSocketConnector {
    /// Sets the allowed origins and the answers to plain HTTP. Default:
    /// [`WebOptions::new`].
    #[must_use]
    pub fn web(mut self, options: WebOptions) -> Self {
        self.port.set_options(options);
        self
    }
}

impl HybridConnector {
    /// Accepts MQTT on the same port, as a [`MqttConnector`](crate::MqttConnector) does.
    /// Default: MQTT is refused.
    #[cfg(feature = "mqtt")]
    #[must_use]
    pub fn mqtt(mut self, options: crate::transport::MqttOptions) -> Self {
        self.port.set_mqtt(options);
        self
    }

    /// Sets the allowed origins and the answers to plain HTTP. Default:
    /// [`WebOptions::new`].
    #[must_use]
    pub fn web(mut self, options: WebOptions) -> Self {
        self.port.set_options(options);
        self
    }
}
