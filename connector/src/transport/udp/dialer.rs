//! Dialing of UDP ports.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::{UdpSocket, lookup_host};

use super::dialed::Dialed;
use super::rules::Rules;
use super::{DatagramSize, TRANSPORT, UdpLink};
use crate::connector::{Dial, DialError, Peer};
use crate::transport::url::{Target, Transport};

/// A dialer of UDP, to `udp://host:port`. Each connection has a socket, and a port, of its
/// own. It opens at once, whether there is a server or not: the handshake finds out. Of a name
/// with several addresses the first is taken.
///
/// The client's handshake is padded to 1,200 bytes, so that the server may answer three times
/// as much, and sent again after 0.5, 1, 2, 4 and 8 seconds while it is not answered, as the
/// ack is behind it.
///
/// ```
/// use connector::prelude::*;
/// use connector::{Client, UdpConnector};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let connector = UdpConnector::bind("127.0.0.1:0");
/// let server = Server::builder().connector(connector).start().await?;
/// let client = Client::connect(&format!("udp://{}", server.addresses()[0])).await?;
/// assert_eq!(client.peer().transport, "udp");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct UdpDialer {
    rules: Rules,
}

impl UdpDialer {
    /// Creates a dialer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the most bytes of a datagram that is sent. Default: [`DatagramSize::Minimal`],
    /// 1,200.
    #[must_use]
    pub fn size(mut self, size: DatagramSize) -> Self {
        self.rules.size = size;
        self
    }

    /// Sends every datagram as it is, and once, for sessions without pomelo's handshake. See
    /// [`Udp::without_handshake`](super::Udp::without_handshake).
    #[must_use]
    pub fn without_handshake(mut self) -> Self {
        self.rules.handshake = false;
        self
    }
}

impl Dial for UdpDialer {
    type Io = UdpLink;

    async fn connect(&self, url: &str) -> Result<(UdpLink, Peer), DialError> {
        let target = Target::parse(url)?;
        // An address without a scheme is one of whatever the dialer dials.
        if target.transport != Transport::Udp && url.contains("://") {
            let problem = "this dialer knows UDP alone: write `udp://host:port`";
            return Err(DialError::Url { url: url.to_owned(), problem });
        }
        let connected = connect(&target).await;
        let (socket, address) =
            connected.map_err(|error| DialError::unreachable(target.address(), error))?;
        let link = UdpLink::dialed(Dialed::new(socket, self.rules), self.rules.size);
        Ok((link, Peer::new(TRANSPORT, address)))
    }
}

async fn connect(target: &Target) -> io::Result<(UdpSocket, SocketAddr)> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host((&*target.host, target.port)).await? {
        match connect_to(address).await {
            Ok(socket) => return Ok((socket, address)),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn connect_to(address: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(address).await?;
    Ok(socket)
}
