//! Dialing over QUIC.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use quinn::{Connecting, Connection, Endpoint, EndpointConfig, TokioRuntime};
use tokio::net::lookup_host;

use super::race::race;
use super::settings::Settings;
use super::{QuicStream, TRANSPORT, failure};
use crate::connector::{Dial, DialError, Peer};
use crate::transport::url::{Target, Transport};
use crate::transport::{TlsSettings, udp_socket};

/// A dialer of QUIC, to `quic://host:port`. Each connection has a socket, and a port, of its
/// own. Of a name with several addresses each is tried, the next one after 250 ms or when one has
/// failed, and the first handshake wins.
///
/// The handshake begins when the stream is opened, so it is then that a certificate is refused
/// or that nobody answers.
///
/// ```no_run
/// use connector::transport::{ClientPem, QuicDialer};
/// use connector::{Client, Dial, QuicSocket};
///
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = ClientPem::new("company-ca.pem").load()?;
/// let dialer = QuicDialer::new().tls(tls).socket::<QuicSocket>();
/// let client = Client::builder().connect_by(dialer, "quic://game.example.com:3010").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct QuicDialer {
    settings: Settings,
    tls: TlsSettings,
}

impl QuicDialer {
    /// Creates a dialer with the default TLS, see
    /// [`ClientBuilder::tls`](crate::client::ClientBuilder::tls).
    pub fn new() -> Self {
        Self::default()
    }

    pub(in crate::transport) fn with(tls: TlsSettings) -> Self {
        Self { tls, ..Self::default() }
    }

    /// Sets the issuers that are trusted, a certificate of the client's own, the cryptography.
    /// Default: see [`ClientBuilder::tls`](crate::client::ClientBuilder::tls).
    #[must_use]
    pub fn tls(mut self, config: Arc<tokio_rustls::rustls::ClientConfig>) -> Self {
        self.tls = TlsSettings::own(config);
        self
    }

    /// Sets the protocol's name in TLS (ALPN), which the server has to name as well. Default:
    /// `connector`.
    #[must_use]
    pub fn alpn(mut self, protocol: impl Into<Vec<u8>>) -> Self {
        self.settings.alpn = protocol.into();
        self
    }

    /// Lets the server open the stream, see [`Quic::server_first`](super::Quic::server_first).
    /// Default: this side opens it.
    #[must_use]
    pub fn server_first(mut self) -> Self {
        self.settings.server_first = true;
        self
    }

    /// Sets the bytes that may be unread, see [`Quic::window`](super::Quic::window). Default:
    /// 256 KiB.
    #[must_use]
    pub fn window(mut self, bytes: u32) -> Self {
        self.settings.window = bytes;
        self
    }

    /// Sets the time after which an idle connection asks its peer whether it is still there.
    /// Zero is never. Default: 20 seconds.
    #[must_use]
    pub fn keepalive(mut self, idle: Duration) -> Self {
        self.settings.keepalive = idle;
        self
    }

    /// Sets the time after which a peer is lost that answers nothing. The shorter one of both
    /// sides counts. Zero is never. Default: 60 seconds.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.settings.idle = timeout;
        self
    }
}

impl Dial for QuicDialer {
    type Io = QuicStream;

    async fn connect(&self, url: &str) -> Result<(QuicStream, Peer), DialError> {
        let target = Target::parse(url)?;
        // An address without a scheme is one of whatever the dialer dials.
        if target.transport != Transport::Quic && url.contains("://") {
            let problem = "this dialer knows QUIC alone: write `quic://host:port`";
            return Err(DialError::Url { url: url.to_owned(), problem });
        }
        let name = target.host.split('%').next().unwrap_or(&target.host).to_owned();
        let config = self.settings.client(&*self.tls.config()?)?;
        let (first, addresses) = resolve(&target).await?;
        let shaken = async move {
            let shake = |address| shake(config.clone(), address, &name);
            let shaken = race(addresses, shake).await;
            shaken.unwrap_or(Err(CloseReason::Requested))
        };
        let stream = QuicStream::dialed(Box::pin(shaken), &self.settings);
        Ok((stream, Peer::new(TRANSPORT, first)))
    }
}

/// Returns the addresses of a name, and the first of them.
pub(in crate::transport) async fn resolve(
    target: &Target,
) -> Result<(SocketAddr, Vec<SocketAddr>), DialError> {
    let unreachable = |error: io::Error| DialError::unreachable(target.address(), error);
    let addresses = lookup_host((&*target.host, target.port)).await.map_err(unreachable)?;
    let addresses: Vec<_> = addresses.collect();
    let Some(first) = addresses.first().copied() else {
        let error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        return Err(unreachable(error));
    };
    Ok((first, addresses))
}

/// Creates the socket of a connection to an address.
pub(in crate::transport) fn socket_to(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    udp_socket::bind_one(match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    })
}

/// Shakes hands with an address.
async fn shake(
    config: quinn::ClientConfig,
    address: SocketAddr,
    name: &str,
) -> Result<Connection, CloseReason> {
    let connecting = begin(config, address, name).map_err(|error| CloseReason::lost(&error))?;
    connecting.await.map_err(|error| failure::of_handshake(&error))
}

/// Begins a handshake, on a socket that lives as long as the connection.
fn begin(config: quinn::ClientConfig, address: SocketAddr, name: &str) -> io::Result<Connecting> {
    let socket = socket_to(address)?;
    let runtime = Arc::new(TokioRuntime);
    let endpoint = Endpoint::new(EndpointConfig::default(), None, socket, runtime)?;
    let connecting = endpoint.connect_with(config, address, name);
    connecting.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))
}
