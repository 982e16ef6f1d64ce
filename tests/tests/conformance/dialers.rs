//! Clients behind a proxy and over TLS.

use std::io;

use connector::Address;
use connector::testing::{Dial, Sockets, Wire};
use connector::transport::{ClientPem, Tls};
use connector_tests::certificates::Authority;
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
