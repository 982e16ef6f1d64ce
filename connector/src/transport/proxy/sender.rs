//! The header that a proxy sends.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use tokio::io::AsyncWrite;

use super::SIGNATURE_V2;
use crate::connector::Address;
use crate::link::{Opening, lost};
use crate::transport::write_all::poll_write_all;
use crate::transport::{Opener, StreamIo};

/// Version 2, and the command `PROXY`.
const PROXY_V2: u8 = 0x21;
/// TCP over IPv4, and over IPv6.
const TCP_V2: [u8; 2] = [0x11, 0x21];

/// An opener of dialers that begins each connection with a header of the PROXY protocol, as a
/// proxy does: a server with [`ProxyProtocol`](super::ProxyProtocol) takes `source` for the
/// client's address. The destination in it is the address of the server.
///
/// ```
/// use connector::transport::{SendProxy, TcpDialer, WithOpeners};
/// use connector::{Dial, TcpSocket};
///
/// let client = "203.0.113.7:56324".parse()?;
/// let dialer = WithOpeners::new(TcpDialer::new()).opener(SendProxy::v2(client));
/// let dialer = dialer.socket::<TcpSocket>();
/// # Ok::<_, std::net::AddrParseError>(())
/// ```
#[derive(Clone, Debug)]
pub struct SendProxy {
    source: SocketAddr,
    write: fn(SocketAddr, SocketAddr) -> Vec<u8>,
    /// The rest of this connection's header. `None` before it is made.
    unsent: Option<Vec<u8>>,
}

impl SendProxy {
    /// Sends headers of version 1, a line of text.
    pub fn v1(source: SocketAddr) -> Self {
        Self { source, write: v1, unsent: None }
    }

    /// Sends headers of version 2, which are binary.
    pub fn v2(source: SocketAddr) -> Self {
        Self { source, write: v2, unsent: None }
    }
}

impl Opener for SendProxy {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut StreamIo,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let unsent = self.unsent.get_or_insert_with(|| {
            let destination = match opening.peer.address {
                Address::Inet(address) => address,
                _ => SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0),
            };
            let (source, destination) = of_one_family(self.source, destination);
            (self.write)(source, destination)
        });
        ready!(poll_write_all(io, cx, unsent))?;
        Pin::new(io).poll_flush(cx).map_err(lost)
    }
}

/// Writes both addresses as IPv6 if one of them is.
fn of_one_family(source: SocketAddr, destination: SocketAddr) -> (SocketAddr, SocketAddr) {
    if source.is_ipv4() == destination.is_ipv4() {
        return (source, destination);
    }
    let mapped = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) => SocketAddr::new(ip.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    };
    (mapped(source), mapped(destination))
}

fn v1(source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
    let family = if source.is_ipv4() { "TCP4" } else { "TCP6" };
    let (from, to) = (source.ip(), destination.ip());
    format!("PROXY {family} {from} {to} {} {}\r\n", source.port(), destination.port()).into_bytes()
}

fn v2(source: SocketAddr, destination: SocketAddr) -> Vec<u8> {
    let mut addresses = Vec::new();
    for address in [source, destination] {
        match address.ip() {
            IpAddr::V4(ip) => addresses.extend(ip.octets()),
            IpAddr::V6(ip) => addresses.extend(ip.octets()),
        }
    }
    for address in [source, destination] {
        addresses.extend(address.port().to_be_bytes());
    }
    let mut header = SIGNATURE_V2.to_vec();
    header.extend([PROXY_V2, TCP_V2[usize::from(source.is_ipv6())]]);
    // 12 bytes or 36.
    header.extend([0, addresses.len() as u8]);
    header.extend(addresses);
    header
}

#[cfg(test)]
mod tests {
    use super::super::{Header, read};
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let addresses = ["203.0.113.7:56324", "[2001:db8::7]:1", "127.0.0.1:3010", "[::1]:65535"];
        let addresses = addresses.map(|text| text.parse::<SocketAddr>().unwrap());
        for source in addresses {
            for destination in addresses {
                for write in [v1, v2] {
                    let (from, to) = of_one_family(source, destination);
                    let header = write(from, to);
                    let len = header.len();
                    assert_eq!(read(&header), Ok(Some(Header { len, source: Some(source) })));
                }
            }
        }
        assert_eq!(
            v1(addresses[0], addresses[2]),
            b"PROXY TCP4 203.0.113.7 127.0.0.1 56324 3010\r\n"
        );
    }
}
