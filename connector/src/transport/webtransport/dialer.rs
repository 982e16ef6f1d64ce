//! Dialing over WebTransport.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::CloseReason;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::ring;
use wtransport::Endpoint;
use wtransport::config::{DnsLookupFuture, DnsResolver};
use wtransport::tls::client::ServerHashVerification;

use super::session::SessionStream;
use super::{CertificateHash, TRANSPORT, WebTransportStream, failure};
use crate::connector::{Dial, DialError, Peer};
use crate::transport::quic::race::race;
use crate::transport::quic::settings::Settings;
use crate::transport::quic::{resolve, socket_to};
use crate::transport::url::{Target, Transport};
use crate::transport::{TlsConfigError, TlsSettings};

/// A dialer of WebTransport, to `webtransport://host[:port][/path]`, which is what a browser
/// dials as `https://host[:port][/path]`. The port is 443 by default. Each connection has a
/// socket, and a port, of its own. Of a name with several addresses each is tried, the next one
/// after 250 ms or when one has failed, and the first session wins.
///
/// The handshake begins when the stream is opened, so it is then that a certificate or the
/// session is refused, or that nobody answers.
///
/// ```no_run
/// use connector::transport::WebTransportDialer;
/// use connector::{Client, Dial, WebTransportSocket};
///
/// # async fn connect(hash: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let dialer = WebTransportDialer::new().certificate_hashes([hash.parse()?])?;
/// let dialer = dialer.socket::<WebTransportSocket>();
/// let client = Client::builder().connect_by(dialer, "webtransport://localhost:3011/game").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct WebTransportDialer {
    settings: Settings,
    tls: TlsSettings,
}

impl Default for WebTransportDialer {
    fn default() -> Self {
        Self::with(TlsSettings::default())
    }
}

impl WebTransportDialer {
    /// Creates a dialer with the default TLS, see
    /// [`ClientBuilder::tls`](crate::client::ClientBuilder::tls).
    pub fn new() -> Self {
        Self::default()
    }

    pub(in crate::transport) fn with(tls: TlsSettings) -> Self {
        Self { settings: Settings::webtransport(), tls }
    }

    /// Sets the issuers that are trusted, a certificate of the client's own, the cryptography.
    /// Default: see [`ClientBuilder::tls`](crate::client::ClientBuilder::tls).
    #[must_use]
    pub fn tls(mut self, config: Arc<ClientConfig>) -> Self {
        self.tls = TlsSettings::own(config);
        self
    }

    /// Trusts certificates with these hashes and no issuers, by the rules of browsers for
    /// `serverCertificateHashes`: ECDSA on the curve P-256, valid now, and for at most 14 days.
    /// Names are not compared.
    ///
    /// # Errors
    /// Returns [`TlsConfigError::Settings`] if rustls refuses the configuration.
    pub fn certificate_hashes(
        self,
        hashes: impl IntoIterator<Item = CertificateHash>,
    ) -> Result<Self, TlsConfigError> {
        let hashes = hashes.into_iter().map(CertificateHash::digest);
        let verifier = Arc::new(ServerHashVerification::new(hashes));
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsConfigError::Settings(error.to_string()))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(self.tls(Arc::new(config)))
    }

    /// Sets the bytes that may be unread, see [`Quic::window`](crate::transport::Quic::window).
    /// Default: 256 KiB.
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

impl Dial for WebTransportDialer {
    type Io = WebTransportStream;

    async fn connect(&self, url: &str) -> Result<(WebTransportStream, Peer), DialError> {
        let target = Target::parse(url)?;
        let Transport::WebTransport(path) = &target.transport else {
            let problem = "this dialer knows WebTransport alone: write \
                           `webtransport://host:port/path`";
            return Err(DialError::Url { url: url.to_owned(), problem });
        };
        let config = self.settings.client(&*self.tls.config()?)?;
        let (first, addresses) = resolve(&target).await?;
        let url = format!("https://{}{path}", target.address());
        let opened = async move {
            let open = |address| open(config.clone(), address, &url);
            let opened = race(addresses, open).await;
            opened.unwrap_or(Err(CloseReason::Requested))
        };
        Ok((WebTransportStream::dialed(Box::pin(opened)), Peer::new(TRANSPORT, first)))
    }
}

/// Opens a session at an address, on a socket that lives as long as the connection.
async fn open(
    quic: quinn::ClientConfig,
    address: SocketAddr,
    url: &str,
) -> Result<SessionStream, CloseReason> {
    let endpoint = endpoint(quic, address).map_err(|error| CloseReason::lost(&error))?;
    let session = endpoint.connect(url).await.map_err(|error| failure::of_dial(&error))?;
    SessionStream::open(session).await
}

fn endpoint(
    quic: quinn::ClientConfig,
    address: SocketAddr,
) -> io::Result<Endpoint<wtransport::endpoint::endpoint_side::Client>> {
    let builder = wtransport::ClientConfig::builder().with_bind_socket(socket_to(address)?);
    let mut config = builder.build_with_quic_config(quic);
    config.set_dns_resolver(Known(address));
    Endpoint::client(config)
}

/// Knows the address of the one name that it is asked for.
#[derive(Debug)]
struct Known(SocketAddr);

impl DnsResolver for Known {
    fn resolve(&self, _: &str) -> Pin<Box<dyn DnsLookupFuture>> {
        Box::pin(std::future::ready(Ok(Some(self.0))))
    }
}
