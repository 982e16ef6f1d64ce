//! Who is at the other end.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Who is at the other end of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where it connected from.
    pub address: Address,
    /// Over what: `"tcp"`, `"websocket"`, `"unix"`, `"memory"`, or a user's own.
    pub transport: &'static str,
}

impl Peer {
    /// A peer at `address` over the transport of this name.
    pub fn new(transport: &'static str, address: impl Into<Address>) -> Self {
        Self { address: address.into(), transport }
    }

    /// Its IP address, if it has one that tells it from others: not so for
    /// loopback, behind which a local proxy may hold everybody.
    pub fn distinct_ip(&self) -> Option<IpAddr> {
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
    /// A file in the file system.
    Path(PathBuf),
    /// A name that only this process knows.
    Name(String),
    /// The transport does not tell, as for the client's end of a Unix socket.
    Unnamed,
}

impl Address {
    /// The port, where there is one.
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
