//! The PROXY protocol, versions 1 and 2: addresses of clients behind a proxy.

mod sender;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use proxy_header::{Error, ParseConfig, ProxyHeader};

use super::opener::Opener;
use super::stream::StreamIo;
use crate::connector::{Address, Network, NetworkError, Peer};
use crate::link::{Opening, lost};

pub use sender::SendProxy;

/// The longest header of version 1 in bytes, including its line end.
const LONGEST_V1: usize = 107;
/// The longest header of version 2 in bytes. HAProxy sends up to 536.
const LONGEST_V2: usize = 4 * 1024;
const SIGNATURE_V1: &[u8] = b"PROXY ";
const SIGNATURE_V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// The fixed part of version 2, which ends with the length of the variable part.
const FIXED_V2: usize = 16;

const NO_TLVS: ParseConfig = ParseConfig { include_tlvs: false, allow_v1: true, allow_v2: true };

/// An opener for the PROXY protocol, versions 1 and 2: a trusted proxy's header
/// names the client, whose address becomes the peer's.
///
/// Only trusted proxies may send a header. From any other peer it counts as a
/// malformed package or malformed HTTP and closes the connection; without a header,
/// other peers connect directly. A trusted proxy must send a header on every
/// connection, unless it is [`ProxyProtocol::optional`]. With the commands `LOCAL`
/// and `UNKNOWN`, as for its health checks, the peer is the proxy.
///
/// A header has at most 107 bytes in version 1 and 4,096 bytes in version 2. Its
/// extensions (TLVs) are skipped.
///
/// ```
/// use connector::prelude::*;
/// use connector::transport::{ProxyProtocol, Tcp};
///
/// let proxies = ProxyProtocol::from_proxies(["10.0.0.0/8", "192.0.2.1"])?;
/// let connector = HybridConnector::bind(Tcp::from("0.0.0.0:3010").opener(proxies));
/// # Ok::<_, connector::transport::NetworkError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProxyProtocol {
    proxies: Arc<[Network]>,
    optional: bool,
}

impl ProxyProtocol {
    /// Trusts the proxies at these addresses and in these networks, such as
    /// `"192.0.2.1"`, `"10.0.0.0/8"` and `"2001:db8::/32"`.
    ///
    /// # Errors
    /// Returns [`NetworkError`] for a text that is neither an address nor a network.
    pub fn from_proxies<T: AsRef<str>>(
        proxies: impl IntoIterator<Item = T>,
    ) -> Result<Self, NetworkError> {
        let proxies = proxies.into_iter().map(|text| text.as_ref().parse());
        Ok(Self { proxies: proxies.collect::<Result<_, _>>()?, optional: false })
    }

    /// Lets trusted proxies connect without a header too. Any program at a proxy's
    /// address can then connect as the proxy. Default: a header is required.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

impl Opener for ProxyProtocol {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut StreamIo,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        if !self.changes_address(opening.peer) {
            return Poll::Ready(Ok(()));
        }
        let header = loop {
            match read(opening.inbox.unread()) {
                Ok(Some(header)) => break header,
                Ok(None) => {}
                Err(Problem::Missing) if self.optional => return Poll::Ready(Ok(())),
                Err(problem) => return Poll::Ready(Err(problem.of(opening.peer))),
            }
            if ready!(opening.inbox.poll_fill(cx, io)).map_err(lost)? == 0 {
                return Poll::Ready(Err(match opening.inbox.unread().len() {
                    0 => CloseReason::PeerClosed,
                    _ => Problem::Malformed("the stream ended within it").of(opening.peer),
                }));
            }
        };
        opening.inbox.consume(header.len);
        if let Some(source) = header.source {
            opening.peer.address = Address::Inet(source);
        }
        Poll::Ready(Ok(()))
    }

    fn changes_address(&self, peer: &Peer) -> bool {
        matches!(peer.address, Address::Inet(address) if self.is_proxy(address.ip()))
    }
}

impl ProxyProtocol {
    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|proxies| proxies.contains(address))
    }
}

/// Returns the reason of a failed opening. It names a PROXY header from a peer that is
/// not a trusted proxy, since an operator may have forgotten to name one.
pub(super) fn explain(reason: CloseReason, opening: &mut Opening<'_>) -> CloseReason {
    match reason {
        CloseReason::Malformed(_) => forged(opening).unwrap_or(reason),
        reason => reason,
    }
}

/// Returns the reason to close for, if the unread bytes are a PROXY header.
pub(super) fn forged(opening: &mut Opening<'_>) -> Option<CloseReason> {
    let unread = opening.inbox.unread();
    let has_header = unread.starts_with(SIGNATURE_V1) || unread.starts_with(SIGNATURE_V2);
    has_header.then(|| Problem::Forged.of(opening.peer))
}

/// A whole header.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    len: usize,
    /// The client's address. `None` if the proxy connects for itself.
    source: Option<SocketAddr>,
}

#[derive(Debug, PartialEq, Eq)]
enum Problem {
    /// The stream begins with something else.
    Missing,
    Malformed(&'static str),
    /// The peer is not a trusted proxy.
    Forged,
}

impl Problem {
    fn of(self, proxy: &Peer) -> CloseReason {
        CloseReason::Malformed(match self {
            Self::Missing => format!(
                "no PROXY header from the proxy {proxy}: turn it on there, or make it optional"
            ),
            Self::Malformed(what) => format!("a PROXY header from {proxy}: {what}"),
            Self::Forged => format!(
                "a PROXY header from {proxy}, which is not a named proxy: if it is one, add it to \
                 `ProxyProtocol::from_proxies`"
            ),
        })
    }
}

/// Reads the header at the start of a stream. Returns `None` if it is incomplete.
fn read(unread: &[u8]) -> Result<Option<Header>, Problem> {
    let begins_with = |signature: &[u8]| {
        let len = signature.len().min(unread.len());
        signature[..len] == unread[..len]
    };
    let longest = if begins_with(SIGNATURE_V1) {
        LONGEST_V1
    } else if begins_with(SIGNATURE_V2) {
        let Some(&[high, low]) = unread.get(FIXED_V2 - 2..FIXED_V2) else { return Ok(None) };
        let announced = FIXED_V2 + usize::from(u16::from_be_bytes([high, low]));
        if announced > LONGEST_V2 {
            return Err(Problem::Malformed("longer than 4,096 bytes"));
        }
        announced
    } else {
        return Err(Problem::Missing);
    };
    match ProxyHeader::parse(&unread[..unread.len().min(longest)], NO_TLVS) {
        Ok((header, len)) => {
            let source = header.proxied_address().map(|address| {
                SocketAddr::new(address.source.ip().to_canonical(), address.source.port())
            });
            Ok(Some(Header { len, source }))
        }
        Err(Error::BufferTooShort) if unread.len() < longest => Ok(None),
        Err(_) => Err(Problem::Malformed("not one of version 1 or 2")),
    }
}

#[cfg(test)]
mod tests;
