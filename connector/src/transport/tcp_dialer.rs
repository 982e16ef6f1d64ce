//! Dialing over TCP, with TLS and without.

use tokio::net::TcpStream;

use super::url::{OwnSchemes, Target, Transport};
use super::{Stream, TlsSettings, tcp_options};
use crate::connector::{Dial, DialError, Peer};

/// A dialer of TCP streams, to `tcp://host:port` (or just `host:port`), and with the feature
/// `tls` to `tls://host:port`.
///
/// It connects to the first address of the host that takes the connection. TLS begins when
/// the stream is opened.
#[derive(Clone, Debug, Default)]
pub struct TcpDialer {
    tls: TlsSettings,
    own: OwnSchemes,
}

impl TcpDialer {
    /// Creates a dialer with the default TLS, see `ClientBuilder::tls`.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn with(tls: TlsSettings) -> Self {
        Self { tls, ..Self::default() }
    }

    /// Connects to `plain://host:port` as to `tcp://host:port`, and to `secure://host:port` as
    /// to `tls://host:port`: the schemes of a connector of your own, in lower or upper case.
    /// Default: none but `tcp` and `tls`.
    #[must_use]
    pub fn schemes(mut self, plain: &str, secure: &str) -> Self {
        self.own.names = Some([plain, secure].map(str::to_ascii_lowercase));
        self
    }

    /// Sets the ports of URLs with [these schemes](Self::schemes) that name none, without TLS
    /// and with it. Default: a URL has to name its port.
    ///
    /// ```
    /// use connector::transport::TcpDialer;
    ///
    /// let dialer = TcpDialer::new().schemes("game", "games").ports(3010, 3011);
    /// ```
    #[must_use]
    pub fn ports(mut self, plain: u16, secure: u16) -> Self {
        self.own.ports = Some([plain, secure]);
        self
    }

    /// Sets how `tls://` is spoken: the issuers that are trusted, a certificate of the
    /// client's own, versions. Default: see `ClientBuilder::tls`.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, config: std::sync::Arc<tokio_rustls::rustls::ClientConfig>) -> Self {
        self.tls = TlsSettings::own(config);
        self
    }
}

impl Dial for TcpDialer {
    type Io = Stream;

    async fn connect(&self, url: &str) -> Result<(Stream, Peer), DialError> {
        let target = Target::parse_own(url, &self.own)?;
        if target.transport != Transport::Tcp {
            let problem = "this dialer knows TCP alone: write `tcp://host:port`";
            return Err(DialError::Url { url: url.to_owned(), problem });
        }
        connect(&target, &self.tls).await
    }
}

/// Connects a stream, which begins TLS when it is opened.
pub(super) async fn connect(
    target: &Target,
    tls: &TlsSettings,
) -> Result<(Stream, Peer), DialError> {
    let tls = tls.layer(target)?;
    let (stream, peer) = connect_tcp(target).await?;
    Ok((tls.around(stream.into()), peer))
}

/// Connects without TLS.
pub(super) async fn connect_tcp(target: &Target) -> Result<(TcpStream, Peer), DialError> {
    let connected = async {
        let stream = TcpStream::connect((&*target.host, target.port)).await?;
        tcp_options::set(&stream, tcp_options::KEEPALIVE, true);
        let peer = Peer::new("tcp", stream.peer_addr()?);
        Ok((stream, peer))
    };
    connected.await.map_err(|error: std::io::Error| DialError::unreachable(target.address(), error))
}
