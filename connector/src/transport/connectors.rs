//! The connectors that come with the SDK, declared as a user's own would be.

use connector_protocol::pomelo::package::PomeloPackages;

use crate::codec::PomeloCodec;
use crate::connector::Pomelo;
use crate::transport::{
    Hybrid, HybridLink, Memory, MemoryDialer, Stream, Tcp, Udp, UdpLink, WebOptions, WebSocket,
    WebSocketLink, WithOpeners,
};
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

/// A socket of pomelo's packages, bare or in WebSocket messages.
#[derive(Debug, Socket)]
#[socket(session = Pomelo, batch = concat, crate = "crate")]
pub struct HybridSocket {
    #[socket(link)]
    link: HybridLink,
    #[socket(peer)]
    peer: Peer,
}

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
    /// Sets the allowed origins and the answers to plain HTTP. Default:
    /// [`WebOptions::new`].
    #[must_use]
    pub fn web(mut self, options: WebOptions) -> Self {
        self.port.set_options(options);
        self
    }
}
