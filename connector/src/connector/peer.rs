//! Peers and their addresses.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

/// The peer at the other end of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address at its end of the connection.
    pub address: Address,
    /// The name of the transport: `"tcp"`, `"udp"`, `"websocket"`, `"unix"`,
    /// `"shared-memory"`, `"memory"`, or a user's own.
    pub transport: &'static str,
    /// The facts that a TLS handshake has told. `None` without TLS, and when a proxy in front
    /// ends TLS.
    pub tls: Option<Arc<TlsInfo>>,
}

impl Peer {
    /// Creates a peer at `address` over the transport of this name.
    pub fn new(transport: &'static str, address: impl Into<Address>) -> Self {
        Self { address: address.into(), transport, tls: None }
    }

    /// Returns the IP address by which it is counted: an IPv4 address, also if it is
    /// written as IPv6, or the first of the 2^64 IPv6 addresses of its network, since
    /// one customer gets as many. `None` for loopback, since all connections through a
    /// local proxy come from there.
    pub(crate) fn countable_ip(&self) -> Option<IpAddr> {
        let Address::Inet(address) = self.address else { return None };
        match address.ip().to_canonical() {
            ip if ip.is_loopback() => None,
            IpAddr::V6(ip) => Some(Ipv6Addr::from_bits(ip.to_bits() & NETWORK).into()),
            ip => Some(ip),
        }
    }
}

/// The bits of an IPv6 address that name a network, its /64.
const NETWORK: u128 = u128::MAX << 64;

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transport, self.address)
    }
}

/// The facts that a TLS handshake has told about a peer.
///
/// ```
/// use connector::prelude::*;
///
/// /// Returns the certificate with which a client has introduced itself, in DER. It is
/// /// verified; a library such as x509-parser reads the name in it.
/// fn certificate(session: &Session) -> Option<&[u8]> {
///     Some(session.peer().tls.as_ref()?.certificates.first()?)
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsInfo {
    /// The version of the protocol, `"TLS 1.2"` or `"TLS 1.3"`.
    pub version: &'static str,
    /// The name by which a client asked for the server (SNI). `None` at a client, and for a
    /// client that asked by an address.
    pub server_name: Option<String>,
    /// The protocol that both have agreed on (ALPN), if either side names protocols.
    pub alpn: Option<Vec<u8>>,
    /// The peer's certificate and those of its issuers, verified, each in DER. Empty for a
    /// client without one.
    pub certificates: Vec<Vec<u8>>,
}

impl TlsInfo {
    /// Creates facts of which none is known.
    pub fn new() -> Self {
        Self::default()
    }
}

/// An address of one of the kinds that transports have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and a port.
    Inet(SocketAddr),
    /// A path in the file system.
    Path(PathBuf),
    /// A name within this process.
    Name(String),
    /// An unknown address, as of the client's end of a Unix socket.
    Unnamed,
}

impl Address {
    /// Returns the port of an [`Address::Inet`].
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Inet(address) => Some(address.port()),
            _ => None,
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Path(path) => path.display().fmt(f),
            Self::Name(name) => name.fmt(f),
            Self::Unnamed => f.write_str("unnamed"),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(address)
    }
}

impl From<PathBuf> for Address {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(address: &str) -> Option<String> {
        let peer = Peer::new("tcp", SocketAddr::new(address.parse().unwrap(), 1));
        peer.countable_ip().map(|ip| ip.to_string())
    }

    #[test]
    fn an_address_is_counted_by_who_has_it() {
        assert_eq!(counted("203.0.113.7").as_deref(), Some("203.0.113.7"));
        assert_eq!(counted("::ffff:203.0.113.7").as_deref(), Some("203.0.113.7"), "mapped IPv4");
        assert_eq!(counted("2001:db8:1:2:3:4:5:6").as_deref(), Some("2001:db8:1:2::"));
        assert_eq!(counted("2001:db8:1:2::").as_deref(), Some("2001:db8:1:2::"), "the same /64");
        assert_eq!(counted("2001:db8:1:3::").as_deref(), Some("2001:db8:1:3::"), "another /64");
    }

    #[test]
    fn loopback_is_not_counted_in_any_spelling() {
        for loopback in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(counted(loopback), None, "{loopback}");
        }
    }
}
