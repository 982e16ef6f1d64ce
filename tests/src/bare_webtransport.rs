//! WebTransport by wtransport alone: a client and a server that know nothing of ours.

use std::io;
use std::net::SocketAddr;
use std::path::Path;

use wtransport::endpoint::ConnectOptions;
use wtransport::endpoint::endpoint_side::{Client, Server};
use wtransport::error::ConnectingError;
use wtransport::tls::Sha256Digest;
use wtransport::{Connection, Endpoint, Identity, RecvStream, SendStream, ServerConfig};

use crate::bare_quic::trusting;

/// A client of wtransport's.
pub struct BareWebTransport(Endpoint<Client>);

/// The stream of a session of wtransport's.
pub type BareStream = tokio::io::Join<RecvStream, SendStream>;

impl BareWebTransport {
    /// Creates a client that trusts the certificate with this hash.
    ///
    /// # Panics
    /// There is no free port.
    pub fn with_hash(hash: [u8; 32]) -> Self {
        let config = wtransport::ClientConfig::builder()
            .with_bind_address(local())
            .with_server_certificate_hashes([Sha256Digest::new(hash)])
            .build();
        Self(read(Endpoint::client(config)))
    }

    /// Creates a client that trusts the issuer in a file.
    ///
    /// # Panics
    /// The file has no certificate.
    pub fn with_roots(roots: &Path) -> Self {
        let mut tls = trusting(roots);
        tls.alpn_protocols = vec![b"h3".to_vec()];
        let config = wtransport::ClientConfig::builder()
            .with_bind_address(local())
            .with_custom_tls(tls)
            .build();
        Self(read(Endpoint::client(config)))
    }

    /// Opens a session at a path, as a program does or as a page of this origin.
    ///
    /// # Errors
    /// Fails if the session is refused.
    pub async fn connect(
        &self,
        address: SocketAddr,
        path: &str,
        origin: Option<&str>,
    ) -> Result<Connection, ConnectingError> {
        let url = format!("https://{address}{path}");
        let mut request = ConnectOptions::builder(url);
        if let Some(origin) = origin {
            request = request.add_header("origin", origin);
        }
        self.0.connect(request.build()).await
    }

    /// Opens a session and its stream. Returns them with the client's address.
    ///
    /// # Errors
    /// Fails if the session is refused.
    pub async fn stream(
        &self,
        address: SocketAddr,
    ) -> io::Result<(Connection, BareStream, SocketAddr)> {
        let session = self.connect(address, "/", None).await.map_err(io::Error::other)?;
        let opening = session.open_bi().await.map_err(io::Error::other)?;
        let (send, recv) = opening.await.map_err(io::Error::other)?;
        Ok((session, tokio::io::join(recv, send), read(self.0.local_addr())))
    }
}

/// Creates a server of wtransport's. Returns it with the hash of its certificate.
///
/// # Panics
/// There is no free port.
pub fn bare_server() -> (Endpoint<Server>, [u8; 32]) {
    let identity = read(Identity::self_signed(["localhost", "127.0.0.1"]));
    let hash = *identity.certificate_chain().as_slice()[0].hash().as_ref();
    let config = ServerConfig::builder().with_bind_address(local()).with_identity(identity);
    (read(Endpoint::server(config.build())), hash)
}

fn local() -> SocketAddr {
    (std::net::Ipv4Addr::LOCALHOST, 0).into()
}

fn read<T, E: std::fmt::Display>(read: Result<T, E>) -> T {
    read.unwrap_or_else(|error| panic!("{error}"))
}

impl std::fmt::Debug for BareWebTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BareWebTransport").finish_non_exhaustive()
    }
}
