//! The addresses of clients behind proxies that speak HTTP.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use connector_protocol::http::{ForwardedHeader, Hop, Request};

use crate::connector::{Address, Network, NetworkError, Peer};

/// The proxies that name the clients behind them in a header of each WebSocket request, whose
/// address then becomes the peer's, for limits, the host filter and handlers alike.
///
/// Proxies append whom they have seen, so of several addresses the last one that is not a
/// trusted proxy's is the client's: what a client has written itself stands in front of it and
/// is not looked at. Only requests from trusted proxies are read; the header of any other
/// client is ignored.
///
/// A trusted proxy has to send the header with each upgrade, unless it is
/// [`Forwarded::optional`]. Without one, and if it is malformed, the request is answered with
/// status 400. For a client that a proxy does not name (`unknown`) the peer is the proxy.
///
/// Name the one header that the proxies set: another one goes through them as the client has
/// written it. Proxies that work below HTTP send the PROXY protocol, see
/// [`ProxyProtocol`](crate::transport::ProxyProtocol).
///
/// ```
/// use connector::prelude::*;
/// use connector::transport::Forwarded;
///
/// // nginx: proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
/// let proxies = Forwarded::x_forwarded_for(["10.0.0.0/8", "192.0.2.1"])?;
/// let web = WebOptions::new().forwarded(proxies);
/// let connector = HybridConnector::bind("0.0.0.0:3010").web(web);
/// # Ok::<_, connector::transport::NetworkError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Forwarded {
    header: ForwardedHeader,
    proxies: Arc<[Network]>,
    optional: bool,
}

impl Forwarded {
    /// Trusts `X-Forwarded-For` from the proxies at these addresses and in these networks, such
    /// as `"192.0.2.1"`, `"10.0.0.0/8"` and `"2001:db8::/32"`.
    ///
    /// # Errors
    /// Returns [`NetworkError`] for a text that is neither an address nor a network.
    pub fn x_forwarded_for<T: AsRef<str>>(
        proxies: impl IntoIterator<Item = T>,
    ) -> Result<Self, NetworkError> {
        Self::new(ForwardedHeader::XForwardedFor, proxies)
    }

    /// Trusts `Forwarded` (RFC 7239) from the proxies at these addresses and in these networks.
    ///
    /// # Errors
    /// Returns [`NetworkError`] for a text that is neither an address nor a network.
    pub fn rfc7239<T: AsRef<str>>(
        proxies: impl IntoIterator<Item = T>,
    ) -> Result<Self, NetworkError> {
        Self::new(ForwardedHeader::Forwarded, proxies)
    }

    fn new<T: AsRef<str>>(
        header: ForwardedHeader,
        proxies: impl IntoIterator<Item = T>,
    ) -> Result<Self, NetworkError> {
        let proxies = proxies.into_iter().map(|text| text.as_ref().parse());
        Ok(Self { header, proxies: proxies.collect::<Result<_, _>>()?, optional: false })
    }

    /// Lets trusted proxies upgrade without the header too. Any program at a proxy's address
    /// can then connect as the proxy. Default: the header is required.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Returns whether the address of this peer is that of a proxy.
    pub(crate) fn trusts(&self, peer: &Peer) -> bool {
        matches!(peer.address, Address::Inet(address) if self.is_proxy(address.ip()))
    }

    fn is_proxy(&self, ip: IpAddr) -> bool {
        self.proxies.iter().any(|proxies| proxies.contains(ip))
    }

    /// Sets the address of a peer to that of the client behind it.
    ///
    /// # Errors
    /// Returns a description of a header that is missing or malformed.
    pub(crate) fn correct(&self, peer: &mut Peer, request: &Request) -> Result<(), String> {
        let begins = matches!(request.websocket_key(), Ok(Some(_)));
        self.correct_as(peer, request, begins)
    }

    /// Does the same with a request that begins a session though it is not an upgrade.
    ///
    /// # Errors
    /// Returns a description of a header that is missing or malformed.
    #[cfg(feature = "sio")]
    pub(crate) fn correct_session(&self, peer: &mut Peer, request: &Request) -> Result<(), String> {
        self.correct_as(peer, request, true)
    }

    fn correct_as(&self, peer: &mut Peer, request: &Request, begins: bool) -> Result<(), String> {
        let Address::Inet(proxy) = peer.address else { return Ok(()) };
        let (mut client, mut hops) = (proxy, self.header.hops(request).peekable());
        let required = !self.optional && begins;
        if required && self.is_proxy(proxy.ip()) && hops.peek().is_none() {
            return Err(format!(
                "no header {} from the proxy {peer}: turn it on there, or make it optional",
                self.header.name()
            ));
        }
        while self.is_proxy(client.ip()) {
            client = match hops.next() {
                Some(Ok(Hop::Address(seen))) => seen,
                Some(Ok(Hop::Hidden)) | None => break,
                Some(Err(error)) => return Err(format!("from the proxy {peer}: {error}")),
            };
        }
        peer.address = Address::Inet(SocketAddr::new(client.ip(), client.port()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the peer's address, or the problem, after a request from `from`.
    fn seen(forwarded: &Forwarded, from: &str, headers: &[(&str, &str)]) -> String {
        let mut all = vec![("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Host", "h")];
        all.extend([
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]);
        all.extend(headers);
        let headers = all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let request = Request {
            method: "GET".into(),
            path: "/".into(),
            minor_version: 1,
            headers: headers.collect(),
        };
        let mut peer = Peer::new("tcp", SocketAddr::new(from.parse().unwrap(), 9));
        match forwarded.correct(&mut peer, &request) {
            Ok(()) => peer.address.to_string(),
            Err(problem) => problem,
        }
    }

    fn x_forwarded_for() -> Forwarded {
        Forwarded::x_forwarded_for(["10.0.0.0/8", "fd00::/8"]).unwrap()
    }

    #[test]
    fn the_last_address_that_is_not_a_proxys_is_the_clients() {
        let seen = |from, line| seen(&x_forwarded_for(), from, &[("X-Forwarded-For", line)]);
        assert_eq!(seen("10.0.0.1", "203.0.113.7"), "203.0.113.7:0");
        assert_eq!(
            seen("10.0.0.1", "198.51.100.1, 203.0.113.7"),
            "203.0.113.7:0",
            "forged in front"
        );
        assert_eq!(
            seen("10.0.0.1", "1.1.1.1, 203.0.113.7:5, 10.9.9.9"),
            "203.0.113.7:5",
            "a chain"
        );
        assert_eq!(seen("fd00::1", "2001:db8::7, fd00::2"), "[2001:db8::7]:0");
        assert_eq!(seen("10.0.0.1", "junk, 203.0.113.7"), "203.0.113.7:0", "what a client wrote");
        assert_eq!(seen("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3:0", "a client that is inside");
        assert_eq!(
            seen("10.0.0.1", "203.0.113.7, unknown"),
            "10.0.0.1:9",
            "the proxy does not say"
        );
    }

    #[test]
    fn who_is_no_proxy_names_nobody() {
        for header in ["X-Forwarded-For", "Forwarded"] {
            assert_eq!(
                seen(&x_forwarded_for(), "192.0.2.1", &[(header, "203.0.113.7")]),
                "192.0.2.1:9"
            );
        }
        let wrong = seen(&x_forwarded_for(), "192.0.2.1", &[("X-Forwarded-For", "junk")]);
        assert_eq!(wrong, "192.0.2.1:9", "it is not even read");
    }

    #[test]
    fn a_proxy_that_names_nobody_is_refused() {
        let missing = seen(&x_forwarded_for(), "10.0.0.1", &[]);
        assert!(
            missing.starts_with("no header X-Forwarded-For from the proxy tcp:10.0.0.1"),
            "{missing}"
        );
        // The header that the proxies do not set is the client's own.
        let other = seen(&x_forwarded_for(), "10.0.0.1", &[("Forwarded", "for=203.0.113.7")]);
        assert_eq!(other, missing);
        assert_eq!(seen(&x_forwarded_for().optional(), "10.0.0.1", &[]), "10.0.0.1:9");
        let junk = seen(&x_forwarded_for(), "10.0.0.1", &[("X-Forwarded-For", "203.0.113.7, <x>")]);
        assert!(junk.contains("the header X-Forwarded-For has \"<x>\" in the place of"), "{junk}");
    }

    #[test]
    fn the_header_of_the_standard_is_read_alike() {
        let forwarded = Forwarded::rfc7239(["10.0.0.0/8"]).unwrap();
        let seen = |line| seen(&forwarded, "10.0.0.1", &[("Forwarded", line)]);
        assert_eq!(
            seen("for=1.1.1.1, for=\"[2001:db8::7]:5\";proto=https, for=10.0.0.2"),
            "[2001:db8::7]:5"
        );
        assert!(seen("for=\"1.1.1.1, for=203.0.113.7").contains("the header Forwarded has"));
    }
}
