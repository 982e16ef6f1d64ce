//! WebTransport listeners.

use std::io;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::session::Rules;
use super::{TRANSPORT, WebTransportStream};
use crate::connector::{Address, Listen, Peer, StartError};
use crate::transport::{Quic, Tls, WebOptions};

/// A port of WebTransport: an address until it is bound, or a socket that is. Each connection is
/// one session with one bidirectional stream of bytes, which the client opens; no further streams
/// are granted.
///
/// It is a UDP port as [`Quic`] is one, with the same limits and the same certificates of a
/// [`Tls`], whose protocols' names (ALPN) it replaces by `h3`. Browsers trust a certificate of a
/// public issuer, or one of at most 14 days that the page names by its hash: [`SelfSigned`].
///
/// The answers to requests that are not taken are status 404 for another
/// [path](Self::path), and 403 for an [origin or host](Self::web) that is not allowed. A request
/// that does not come is waited for until the handshake's deadline.
///
/// ```no_run
/// use connector::WebTransportConnector;
/// use connector::prelude::*;
/// use connector::transport::{Tls, WebOptions, WebTransport};
///
/// # fn main() -> Result<(), connector::transport::TlsConfigError> {
/// let tls = Tls::from_pem_files("fullchain.pem", "privkey.pem")?;
/// let port = WebTransport::new("0.0.0.0:443", tls)
///     .path("/game")
///     .web(WebOptions::new().origins(["https://game.example.com"]));
/// let server = Server::builder().connector(WebTransportConnector::bind(port));
/// # drop(server);
/// # Ok(())
/// # }
/// ```
///
/// [`SelfSigned`]: super::SelfSigned
#[derive(Debug)]
pub struct WebTransport {
    quic: Quic,
    rules: Rules,
}

impl WebTransport {
    /// Creates a listener at `host:port`, with the certificates of `tls`. For port 0 the system
    /// chooses one.
    pub fn new(address: impl ToString, tls: Tls) -> Self {
        Self::with(Quic::new(address, tls))
    }

    /// Creates a listener on a socket that is bound already.
    pub fn from_socket(socket: std::net::UdpSocket, tls: Tls) -> Self {
        Self::with(Quic::from_socket(socket, tls))
    }

    fn with(quic: Quic) -> Self {
        Self { quic: quic.sessions(), rules: Rules::default() }
    }

    /// Sets the path at which there are sessions, such as `/game`, with any query. Requests for
    /// others are answered with status 404. Default: any path.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.rules.path = Some(path.into());
        self
    }

    /// Sets the allowed [origins](WebOptions::origins) and [hosts](WebOptions::hosts), for which
    /// requests are answered with status 403. The other options have no meaning here. Default:
    /// any.
    #[must_use]
    pub fn web(mut self, options: WebOptions) -> Self {
        self.rules.web = options;
        self
    }

    /// Sets how many handshakes of unproven addresses may be under way at a time, see
    /// [`Quic::trusted`]. Default: 128.
    #[must_use]
    pub fn trusted(mut self, handshakes: usize) -> Self {
        self.quic = self.quic.trusted(handshakes);
        self
    }

    /// Sets the bytes of a connection that may be unread here, and as many that may be on their
    /// way, see [`Quic::window`]. Default: 256 KiB.
    #[must_use]
    pub fn window(mut self, bytes: u32) -> Self {
        self.quic = self.quic.window(bytes);
        self
    }

    /// Sets the time after which an idle connection asks its peer whether it is still there.
    /// Zero is never. Default: 20 seconds.
    #[must_use]
    pub fn keepalive(mut self, idle: Duration) -> Self {
        self.quic = self.quic.keepalive(idle);
        self
    }

    /// Sets the time after which a peer is lost that answers nothing. The shorter one of both
    /// sides counts. Zero is never. Default: 60 seconds.
    #[must_use]
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.quic = self.quic.idle_timeout(timeout);
        self
    }
}

impl Listen for WebTransport {
    type Io = WebTransportStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.quic.bind().await
    }

    fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(WebTransportStream, Peer)>> {
        let newcomer = ready!(self.quic.poll_newcomer(cx))?;
        let peer = Peer::new(TRANSPORT, newcomer.incoming.remote_address());
        Poll::Ready(Ok((WebTransportStream::accepted(newcomer, self.rules.clone()), peer)))
    }

    /// The socket is closed with the last connection. Until then newcomers are refused, and
    /// [`Listen::bind`] takes the port up again.
    fn close(&mut self) {
        self.quic.close();
    }

    fn address(&self) -> Option<Address> {
        self.quic.address()
    }
}
