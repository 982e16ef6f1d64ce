//! Clients behind a proxy, over TLS and over QUIC.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use connector::Address;
use connector::testing::{Dial, Sockets, Wire};
use connector::transport::{ClientPem, Quic, SelfSigned, Tls, WebTransport};
use connector_tests::bare_quic::BareQuic;
use connector_tests::bare_webtransport::{BareStream, BareWebTransport};
use connector_tests::certificates::Authority;
use quinn::Connecting;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// A client behind a proxy.
#[derive(Debug)]
pub(crate) struct Proxied;

impl Dial for Proxied {
    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let mut wire = Sockets.dial(address).await?;
        wire.write(b"PROXY TCP4 203.0.113.7 127.0.0.1 56324 3010\r\n").await?;
        Ok(wire.at("203.0.113.7:56324".parse::<std::net::SocketAddr>().unwrap()))
    }
}

/// A client that speaks TLS.
pub(crate) struct OverTls(TlsConnector);

impl OverTls {
    /// Creates an opener and the client that trusts it.
    pub(crate) fn new() -> (Tls, Self) {
        let authority = Authority::new();
        let local = authority.local();
        let tls = Tls::from_pem_files(local.certificate, local.key).unwrap();
        let client = ClientPem::new(authority.roots()).load().unwrap();
        (tls, Self(client.into()))
    }
}

impl Dial for OverTls {
    /// Stops in the handshake of TLS.
    async fn stall(&self, address: &Address, _: &[u8]) -> io::Result<Wire> {
        Sockets.stall(address, b"\x16\x03\x01\x02").await
    }

    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let Address::Inet(address) = address else { unreachable!("a TCP port") };
        let socket = TcpSocket::new_v4()?;
        // Otherwise the system lets them grow by megabytes.
        socket.set_recv_buffer_size(64 * 1024)?;
        socket.set_send_buffer_size(64 * 1024)?;
        let stream = socket.connect(*address).await?;
        stream.set_nodelay(true)?;
        // A client that disappears does so with a reset.
        stream.set_zero_linger()?;
        let local = stream.local_addr()?;
        let name = ServerName::IpAddress(address.ip().into());
        Ok(Wire::new(self.0.connect(name, stream).await?).at(local))
    }
}

/// A client over QUIC by quinn alone.
pub(crate) struct OverQuic(BareQuic);

impl OverQuic {
    /// Creates what makes listeners, and the client that trusts them.
    pub(crate) fn new() -> (impl Fn() -> Quic, Self) {
        let authority = Authority::new();
        let local = authority.local();
        let tls = Tls::from_pem_files(local.certificate, local.key).unwrap();
        let client = BareQuic::new(&authority.roots(), &["connector"]);
        (move || Quic::new("127.0.0.1:0", tls.clone()), Self(client))
    }
}

impl Dial for OverQuic {
    /// Stops in the handshake.
    async fn stall(&self, address: &Address, _: &[u8]) -> io::Result<Wire> {
        Ok(stalled(&self.0, address))
    }

    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let Address::Inet(address) = address else { unreachable!("a UDP port") };
        let (stream, local) = self.0.stream(*address).await?;
        Ok(Wire::new(stream).at(local))
    }
}

/// Begins a handshake that does not go on.
fn stalled(client: &BareQuic, address: &Address) -> Wire {
    let Address::Inet(address) = address else { unreachable!("a UDP port") };
    let connecting = client.begin(*address);
    let (near, far) = tokio::io::duplex(1);
    Wire::new(Begun { near, _held: (connecting, far) })
}

/// A client over WebTransport by wtransport alone, whose handshakes that stall are those of QUIC.
pub(crate) struct OverWebTransport(BareQuic, [u8; 32]);

impl OverWebTransport {
    /// Creates what makes listeners, and the client that trusts them.
    pub(crate) fn new() -> (impl Fn() -> WebTransport, Self) {
        let certificate = SelfSigned::new(["localhost", "127.0.0.1"]).unwrap();
        let hash = *certificate.hash().as_bytes();
        let client = Self(BareQuic::with_hash(hash, &["h3"]), hash);
        (move || WebTransport::new("127.0.0.1:0", certificate.tls()), client)
    }
}

impl Dial for OverWebTransport {
    /// Stops in the handshake.
    async fn stall(&self, address: &Address, _: &[u8]) -> io::Result<Wire> {
        Ok(stalled(&self.0, address))
    }

    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let Address::Inet(address) = address else { unreachable!("a UDP port") };
        let client = BareWebTransport::with_hash(self.1);
        let (session, stream, local) = client.stream(*address).await?;
        Ok(Wire::new(InSession { stream, _session: session }).at(local))
    }
}

/// The stream of a session, which lives as long.
struct InSession {
    stream: BareStream,
    _session: wtransport::Connection,
}

impl AsyncRead for InSession {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for InSession {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A connection whose handshake does not go on, and on which nothing arrives.
struct Begun {
    near: DuplexStream,
    _held: (Connecting, DuplexStream),
}

impl AsyncRead for Begun {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_read(cx, buf)
    }
}

impl AsyncWrite for Begun {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.near).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.near).poll_shutdown(cx)
    }
}
