//! QUIC listeners.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Weak;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::AbortHandle;

use super::port::{Acceptor, Newcomer, Port};
use super::settings::Settings;
use super::{QuicStream, TRANSPORT};
use crate::connector::{Address, Listen, Peer, StartError};
use crate::runtime::sleep;
use crate::transport::{Tls, TlsHandle, udp_socket};

/// How often a port is tried that is in use.
const TRIES: u32 = 20;
/// The time between two of these.
const PAUSE: Duration = Duration::from_millis(50);

/// A QUIC port: an address until it is bound, or a socket that is. Each connection is one
/// bidirectional stream of bytes, which the client opens; no further streams are granted.
///
/// TLS is part of QUIC, so a port has the certificates of a [`Tls`]. The same one may serve a
/// TCP port, and [`TlsHandle::reload`] renews the certificates of both; that it may accept
/// plain clients has no meaning here. QUIC needs TLS 1.3, and replaces the protocols' names
/// (ALPN) of the configuration by [its own](Self::alpn). 0-RTT is off, since what it carries
/// can be replayed.
///
/// A client may change its address while it is connected, as a phone does between networks:
/// [`Session::address`](crate::Session::address) is the present one, and the limits by address
/// follow it.
///
/// The source address of a first packet may be forged. An address gets at most three times what
/// it has sent until it has answered, and while many handshakes are under way each newcomer has
/// to [prove its address](Self::trusted) first, for which nothing is kept.
///
/// ```no_run
/// use connector::QuicConnector;
/// use connector::prelude::*;
/// use connector::transport::{Quic, Tcp, Tls};
///
/// # fn main() -> Result<(), connector::transport::TlsConfigError> {
/// let tls = Tls::from_pem_files("fullchain.pem", "privkey.pem")?;
/// let handle = tls.handle();
/// let server = Server::builder()
///     .connector(QuicConnector::bind(Quic::new("0.0.0.0:3010", tls.clone())))
///     .connector(HybridConnector::bind(Tcp::from("0.0.0.0:3010").opener(tls)));
/// // Later, when the files are renewed, for both:
/// handle.reload()?;
/// # Ok(())
/// # }
/// ```
pub struct Quic {
    state: State,
    settings: Settings,
    trusted: usize,
    tls: TlsHandle,
}

enum State {
    Address(String),
    Socket(std::net::UdpSocket),
    Bound(Acceptor),
    /// Connections may still use the port, at which newcomers are refused.
    Closed(String, Weak<Port>, AbortHandle),
}

impl Quic {
    /// Creates a listener at `host:port`, with the certificates of `tls`. For port 0 the system
    /// chooses one.
    pub fn new(address: impl ToString, tls: Tls) -> Self {
        Self::with(State::Address(address.to_string()), &tls)
    }

    /// Creates a listener on a socket that is bound already.
    pub fn from_socket(socket: std::net::UdpSocket, tls: Tls) -> Self {
        Self::with(State::Socket(socket), &tls)
    }

    fn with(state: State, tls: &Tls) -> Self {
        Self { state, settings: Settings::default(), trusted: 128, tls: tls.handle() }
    }

    /// Sets the protocol's name in TLS (ALPN), which a client has to name as well; others are
    /// refused in the handshake. Default: `connector`.
    #[must_use]
    pub fn alpn(mut self, protocol: impl Into<Vec<u8>>) -> Self {
        self.settings.alpn = protocol.into();
        self
    }

    /// Lets this side open the stream, for protocols in which it speaks first. Clients need
    /// [`QuicDialer::server_first`]. Default: the client opens it.
    ///
    /// [`QuicDialer::server_first`]: super::QuicDialer::server_first
    #[must_use]
    pub fn server_first(mut self) -> Self {
        self.settings.server_first = true;
        self
    }

    /// Sets how many handshakes of unproven addresses may be under way at a time. While there
    /// are as many, a newcomer is asked to prove its address by one more round trip (QUIC's
    /// Retry), so that a flood of forged first packets costs no memory. Zero asks all.
    /// Default: 128.
    #[must_use]
    pub fn trusted(mut self, handshakes: usize) -> Self {
        self.trusted = handshakes;
        self
    }

    /// Sets the bytes of a connection that may be unread here, and as many that may be on their
    /// way. Zero counts as 1. Larger windows are faster over long distances: at most this much
    /// moves in a round trip. Default: 256 KiB.
    #[must_use]
    pub fn window(mut self, bytes: u32) -> Self {
        self.settings.window = bytes;
        self
    }

    /// Sets the time after which an idle connection asks its peer whether it is still there,
    /// which keeps its address open in routers too. Zero is never. Default: 20 seconds.
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

    /// Returns the port of sessions of WebTransport instead.
    #[cfg(feature = "webtransport")]
    pub(in crate::transport) fn sessions(mut self) -> Self {
        self.settings = Settings::webtransport();
        self
    }

    /// Waits for a connection that may begin.
    pub(in crate::transport) fn poll_newcomer(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Newcomer>> {
        let State::Bound(acceptor) = &mut self.state else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        acceptor.poll_accept(cx, self.trusted)
    }

    /// Opens a port on a socket.
    fn open(&self, socket: std::net::UdpSocket) -> io::Result<Acceptor> {
        let port = Port::open(socket, &self.tls, &self.settings)?;
        Ok(Acceptor::new(port))
    }
}

/// Binds an address. A port of which the last connections are still closing is waited for.
async fn bind(address: &str) -> io::Result<std::net::UdpSocket> {
    let mut tries = 0;
    loop {
        match udp_socket::bind(address).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < TRIES => {
                tries += 1;
                sleep(PAUSE).await;
            }
            bound => return bound,
        }
    }
}

impl Listen for Quic {
    type Io = QuicStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        let address = match &self.state {
            State::Bound(_) => return Ok(()),
            State::Closed(address, port, refusing) => {
                if let Some(port) = port.upgrade() {
                    refusing.abort();
                    self.state = State::Bound(Acceptor::new(port));
                    return Ok(());
                }
                address.clone()
            }
            State::Address(address) => address.clone(),
            State::Socket(socket) => {
                let opened = socket.try_clone().and_then(|socket| self.open(socket));
                self.state =
                    State::Bound(opened.map_err(|error| StartError::new("a socket", error))?);
                return Ok(());
            }
        };
        let bound = bind(&address).await.and_then(|socket| self.open(socket));
        self.state = State::Bound(bound.map_err(|error| StartError::new(&address, error))?);
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(QuicStream, Peer)>> {
        let newcomer = ready!(self.poll_newcomer(cx))?;
        let peer = Peer::new(TRANSPORT, newcomer.incoming.remote_address());
        Poll::Ready(Ok((QuicStream::accepted(newcomer, &self.settings), peer)))
    }

    /// The socket is closed with the last connection. Until then newcomers are refused, and
    /// [`Listen::bind`] takes the port up again.
    fn close(&mut self) {
        if let State::Bound(acceptor) = &self.state {
            let port = acceptor.port().clone();
            let address = port.address().map_or_else(|_| String::new(), |at| at.to_string());
            let weak = std::sync::Arc::downgrade(&port);
            self.state = State::Closed(address, weak, port.refuse());
        }
    }

    fn address(&self) -> Option<Address> {
        let bound: io::Result<SocketAddr> = match &self.state {
            State::Bound(acceptor) => acceptor.port().address(),
            State::Socket(socket) => socket.local_addr(),
            State::Address(_) | State::Closed(..) => return None,
        };
        bound.ok().map(Address::Inet)
    }
}

impl fmt::Debug for Quic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Quic")
            .field("address", &self.address())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
