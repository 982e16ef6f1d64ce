//! QUIC by quinn alone: a client and a server that know nothing of ours.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{Connecting, Connection, ConnectionError, Endpoint, RecvStream, SendStream};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{
    ClientConfig, ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier, crypto,
};
use wtransport::tls::Sha256Digest;
use wtransport::tls::client::ServerHashVerification;

use crate::certificates::Identity;

/// An address of which the system chooses the port.
const ANY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

/// A client of quinn's, which trusts one issuer.
#[derive(Clone, Debug)]
pub struct BareQuic(quinn::ClientConfig);

/// The stream of a connection of quinn's.
pub type BareStream = tokio::io::Join<RecvStream, SendStream>;

impl BareQuic {
    /// Creates a client that trusts the issuer in a file, and names these protocols.
    ///
    /// # Panics
    /// The file has no certificate.
    pub fn new(roots: &Path, alpn: &[&str]) -> Self {
        Self::with(trusting(roots), alpn)
    }

    /// Creates a client that trusts the certificate with this hash, and names these protocols.
    pub fn with_hash(hash: [u8; 32], alpn: &[&str]) -> Self {
        let verifier = ServerHashVerification::new([Sha256Digest::new(hash)]);
        let builder = builder().dangerous();
        let builder = builder.with_custom_certificate_verifier(Arc::new(verifier));
        Self::with(builder.with_no_client_auth(), alpn)
    }

    fn with(mut tls: ClientConfig, alpn: &[&str]) -> Self {
        tls.alpn_protocols = names(alpn);
        tls.enable_early_data = true;
        Self(quinn::ClientConfig::new(Arc::new(read(QuicClientConfig::try_from(tls)))))
    }

    /// Creates a client's end of connections, with a port of its own.
    ///
    /// # Errors
    /// Fails without a free port.
    pub fn endpoint(&self) -> io::Result<Endpoint> {
        let mut endpoint = Endpoint::client(ANY.into())?;
        endpoint.set_default_client_config(self.0.clone());
        Ok(endpoint)
    }

    /// Connects from a port of its own.
    ///
    /// # Errors
    /// Fails if the handshake does.
    ///
    /// # Panics
    /// The address cannot be connected to.
    pub async fn connect(&self, address: SocketAddr) -> Result<Connection, ConnectionError> {
        self.begin(address).await
    }

    /// Begins a handshake, from a port of its own.
    ///
    /// # Panics
    /// The address cannot be connected to.
    pub fn begin(&self, address: SocketAddr) -> Connecting {
        let endpoint = read(self.endpoint());
        read(endpoint.connect(address, "localhost"))
    }

    /// Connects and opens a stream. Returns it with the client's address.
    ///
    /// # Errors
    /// Fails if the handshake does.
    pub async fn stream(&self, address: SocketAddr) -> io::Result<(BareStream, SocketAddr)> {
        let endpoint = self.endpoint()?;
        let connection = read(endpoint.connect(address, "localhost")).await?;
        let (send, recv) = connection.open_bi().await?;
        Ok((tokio::io::join(recv, send), endpoint.local_addr()?))
    }
}

/// Creates the TLS of a client that trusts the issuer in a file.
///
/// # Panics
/// The file has no certificate.
pub fn trusting(roots: &Path) -> ClientConfig {
    let mut trusted = RootCertStore::empty();
    read(trusted.add(read(CertificateDer::from_pem_file(roots))));
    builder().with_root_certificates(trusted).with_no_client_auth()
}

fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    read(builder.with_safe_default_protocol_versions())
}

/// Creates a server of quinn's, which names these protocols, and takes 0-RTT.
///
/// # Panics
/// The files have no certificate and key, or there is no free port.
pub fn bare_server(identity: &Identity, alpn: &[&str]) -> Endpoint {
    let mut tls = eager_tls(identity);
    tls.alpn_protocols = names(alpn);
    let tls = Arc::new(read(QuicServerConfig::try_from(tls)));
    read(Endpoint::server(quinn::ServerConfig::with_crypto(tls), ANY.into()))
}

/// Creates the TLS of a server that takes 0-RTT.
///
/// # Panics
/// The files have no certificate and key.
pub fn eager_tls(identity: &Identity) -> ServerConfig {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider);
    let builder = read(builder.with_safe_default_protocol_versions()).with_no_client_auth();
    let certificate = read(CertificateDer::from_pem_file(&identity.certificate));
    let key = read(PrivateKeyDer::from_pem_file(&identity.key));
    let mut tls = read(builder.with_single_cert(vec![certificate], key));
    tls.max_early_data_size = u32::MAX;
    tls
}

fn names(alpn: &[&str]) -> Vec<Vec<u8>> {
    alpn.iter().map(|name| name.as_bytes().to_vec()).collect()
}

fn read<T, E: std::fmt::Display>(read: Result<T, E>) -> T {
    read.unwrap_or_else(|error| panic!("{error}"))
}
