//! TLS at a client's end.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{FallibleConnect, TlsConnector};

use super::TlsConfigError;
use super::facts::facts;
use super::failure;
use super::handshake::Handshake;
use super::pem::{VERSIONS, provider, settings};
use super::stream::{TlsIo, Wire};
use crate::link::Opening;
use crate::transport::{Opener, StreamIo};

/// Returns the configuration of clients that have no other: it trusts the issuers that the
/// features bring. It is made once.
///
/// # Errors
/// Returns [`TlsConfigError`] if the features bring none, or no cryptography.
pub(in crate::transport) fn of_features() -> Result<Arc<ClientConfig>, TlsConfigError> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    match CONFIG.get() {
        Some(config) => Ok(config.clone()),
        None => Ok(CONFIG
            .get_or_init({
                let config = make()?;
                || config
            })
            .clone()),
    }
}

fn make() -> Result<Arc<ClientConfig>, TlsConfigError> {
    let roots = roots();
    if roots.is_empty() {
        return Err(TlsConfigError::NoRoots);
    }
    let builder = ClientConfig::builder_with_provider(provider()?);
    let builder = builder.with_protocol_versions(VERSIONS).map_err(settings)?;
    Ok(Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg_attr(
    not(any(feature = "tls-webpki-roots", feature = "tls-native-roots")),
    expect(unused_mut)
)]
fn roots() -> RootCertStore {
    #[cfg(feature = "tls-native-roots")]
    use connector_protocol::text::escaped;
    let mut roots = RootCertStore::empty();
    #[cfg(feature = "tls-webpki-roots")]
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    #[cfg(feature = "tls-native-roots")]
    {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(error = %escaped(error), "some of the system's certificates cannot be read");
        }
        // The system may have some that rustls does not know how to read.
        let _ = roots.add_parsable_certificates(found.certs);
    }
    roots
}

/// Returns the name of a URL's host in TLS. The zone of an IPv6 address is not part of it.
pub(in crate::transport) fn server_name(host: &str) -> Option<ServerName<'static>> {
    let host = host.split('%').next().unwrap_or(host);
    match host.parse::<IpAddr>() {
        Ok(address) => Some(ServerName::IpAddress(address.into())),
        Err(_) => ServerName::try_from(host.to_owned()).ok(),
    }
}

/// An opener that begins TLS as a client.
#[derive(Clone)]
pub(in crate::transport) struct TlsClient {
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
    handshake: Handshake<FallibleConnect<Wire>>,
}

impl TlsClient {
    pub(in crate::transport) fn new(
        config: Arc<ClientConfig>,
        server_name: ServerName<'static>,
    ) -> Self {
        Self { config, server_name, handshake: Handshake::default() }
    }
}

impl Opener for TlsClient {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut StreamIo,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let shaken = loop {
            if let Some(shaken) = self.handshake.poll(cx) {
                break ready!(shaken);
            }
            let connector = TlsConnector::from(self.config.clone());
            let wire = Wire::new(std::mem::take(io), &[]);
            let connect = connector.connect(self.server_name.clone(), wire);
            self.handshake.begin(connect.into_fallible());
        };
        Poll::Ready(match shaken {
            Ok(stream) => {
                opening.peer.tls = Some(Arc::new(facts(stream.get_ref().1, None)));
                *io = StreamIo::tls(TlsIo::new(stream));
                Ok(())
            }
            Err((error, wire)) => {
                *io = wire.into_io();
                Err(failure::of_handshake(&error))
            }
        })
    }
}

impl fmt::Debug for TlsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsClient").field("server_name", &self.server_name).finish_non_exhaustive()
    }
}
