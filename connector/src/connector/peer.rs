//! Peers and their addresses.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// The peer at the other end of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The address at its end of the connection.
    pub address: Address,
    /// The name of the transport: `"tcp"`, `"websocket"`, `"unix"`, `"memory"`, or a
    /// user's own.
    pub transport: &'static str,
}

impl Peer {
    /// Creates a peer at `address` over the transport of this name.
    pub fn new(transport: &'static str, address: impl Into<Address>) -> Self {
        Self { address: address.into(), transport }
    }

    /// Returns the IP address by which it is counted. `None` for loopback, since
    /// all connections through a local proxy come from there.
    pub(crate) fn countable_ip(&self) -> Option<IpAddr> {
        match self.address {
            Address::Inet(address) if !address.ip().is_loopback() => Some(address.ip()),
            _ => None,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.transport, self.address)
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
