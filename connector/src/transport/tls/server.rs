//! TLS at a server's port.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll, ready};

use connector_protocol::{CloseReason, TlsError, http, tls};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::{FallibleAccept, TlsStream};

use super::TlsConfigError;
use super::facts::facts;
use super::failure;
use super::handshake::Handshake;
use super::pem::ServerPem;
use super::stream::{TlsIo, Wire};
use crate::connector::Peer;
use crate::link::{Opening, lost};
use crate::transport::{Opener, StreamIo, proxy};

/// An opener that speaks TLS with every client, so that a TCP port becomes `tls://` and a
/// WebSocket port `wss://`, both on a hybrid one.
///
/// Plain clients are refused, unless it is [`Tls::or_plain`]. The handshake runs under the
/// limits of every opening: a deadline of 10 seconds ([`Limits::handshake`]), 64 KiB for each
/// message of the handshake.
/// What the handshake has told about the client is in [`Peer::tls`].
///
/// Behind a proxy that sends the PROXY protocol, add [`ProxyProtocol`] first, since its header
/// comes before TLS.
///
/// | to | use |
/// |---|---|
/// | use a certificate and a key in PEM files | [`Tls::from_pem_files`] |
/// | ask clients for certificates | [`ServerPem::client_roots`] |
/// | choose certificates by name (SNI), protocols (ALPN), versions, cryptography | a rustls `ServerConfig` of your own: [`Tls::new`] |
/// | renew certificates while the server runs | [`TlsHandle::reload`] |
///
/// A configuration that names ALPN protocols must name `http/1.1` among them if browsers are to
/// connect.
///
/// ```no_run
/// use connector::prelude::*;
/// use connector::transport::{Tcp, Tls};
///
/// # fn main() -> Result<(), connector::transport::TlsConfigError> {
/// let tls = Tls::from_pem_files("fullchain.pem", "privkey.pem")?;
/// let handle = tls.handle();
/// let connector = HybridConnector::bind(Tcp::from("0.0.0.0:3010").opener(tls));
/// // Later, when the files are renewed:
/// handle.reload()?;
/// # Ok(())
/// # }
/// ```
///
/// [`Limits::handshake`]: crate::Limits::handshake
/// [`ProxyProtocol`]: crate::transport::ProxyProtocol
#[derive(Clone)]
pub struct Tls {
    handle: TlsHandle,
    plain: bool,
    handshake: Handshake<FallibleAccept<Wire>>,
}

/// A handle on the configuration of a [`Tls`] opener, which replaces it while the server runs.
///
/// Handshakes that begin afterwards use the new configuration. Open connections, and
/// handshakes that have begun, go on with theirs.
#[derive(Clone)]
pub struct TlsHandle(Arc<Shared>);

struct Shared {
    config: RwLock<Arc<ServerConfig>>,
    pem: Option<ServerPem>,
}

impl Tls {
    /// Creates an opener with a configuration of rustls, which brings its own cryptography.
    pub fn new(config: Arc<ServerConfig>) -> Self {
        Self::with(config, None)
    }

    /// Reads a certificate with those of its issuers, and the private key, from PEM files.
    ///
    /// # Errors
    /// Returns [`TlsConfigError`], which names the file, if one cannot be read or used.
    pub fn from_pem_files(
        certificates: impl Into<std::path::PathBuf>,
        key: impl Into<std::path::PathBuf>,
    ) -> Result<Self, TlsConfigError> {
        Self::from_pem(ServerPem::new(certificates, key))
    }

    /// Reads PEM files. [`TlsHandle::reload`] reads them again.
    ///
    /// # Errors
    /// Returns [`TlsConfigError`], which names the file, if one cannot be read or used.
    pub fn from_pem(pem: ServerPem) -> Result<Self, TlsConfigError> {
        Ok(Self::with(pem.load()?, Some(pem)))
    }

    fn with(config: Arc<ServerConfig>, pem: Option<ServerPem>) -> Self {
        let handle = TlsHandle(Arc::new(Shared { config: RwLock::new(config), pem }));
        Self { handle, plain: false, handshake: Handshake::default() }
    }

    /// Accepts clients without TLS too, on the same port. The first byte decides: 0x16 begins
    /// TLS, and neither a package of pomelo's nor HTTP. A framing of your own whose packages
    /// can begin with it cannot share a port. Default: clients without TLS are refused.
    #[must_use]
    pub fn or_plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Returns a handle that replaces the configuration while the server runs.
    pub fn handle(&self) -> TlsHandle {
        self.handle.clone()
    }
}

impl TlsHandle {
    /// Reads the PEM files again, for handshakes that begin from now on. If that fails, the
    /// present configuration stays.
    ///
    /// # Errors
    /// Returns [`TlsConfigError`] if a file cannot be read or used, and
    /// [`TlsConfigError::NoFiles`] if the opener was not made of files.
    pub fn reload(&self) -> Result<(), TlsConfigError> {
        let pem = self.0.pem.as_ref().ok_or(TlsConfigError::NoFiles)?;
        self.set(pem.load()?);
        Ok(())
    }

    /// Replaces the configuration for handshakes that begin from now on.
    pub fn set(&self, config: Arc<ServerConfig>) {
        *self.0.config.write().unwrap_or_else(PoisonError::into_inner) = config;
    }

    pub(in crate::transport) fn config(&self) -> Arc<ServerConfig> {
        self.0.config.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Opener for Tls {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut StreamIo,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            if let Some(shaken) = self.handshake.poll(cx) {
                let shaken = ready!(shaken);
                return Poll::Ready(match shaken {
                    Ok(stream) => {
                        finish(stream, io, opening.peer);
                        Ok(())
                    }
                    Err((error, wire)) => {
                        *io = wire.into_io();
                        Err(failure::of_handshake(&error))
                    }
                });
            }
            if opening.settled && !opening.inbox.unread().is_empty() {
                ready!(opening.poll_admitted());
            }
            match opening.inbox.unread().first() {
                Some(&tls::HANDSHAKE) => self.begin(io, opening),
                Some(_) if self.plain => return Poll::Ready(Ok(())),
                Some(_) => return Poll::Ready(Err(refuse(opening))),
                None => {
                    if ready!(opening.inbox.poll_fill(cx, io)).map_err(lost)? == 0 {
                        return Poll::Ready(Err(CloseReason::PeerClosed));
                    }
                }
            }
        }
    }
}

impl Tls {
    /// Begins a handshake with the bytes that were read.
    fn begin(&mut self, io: &mut StreamIo, opening: &mut Opening<'_>) {
        let unread = opening.inbox.unread();
        let wire = Wire::new(std::mem::take(io), unread);
        let read = unread.len();
        opening.inbox.consume(read);
        let accept = TlsAcceptor::from(self.handle.config()).accept(wire);
        self.handshake.begin(accept.into_fallible());
    }
}

fn finish(stream: TlsStream<Wire>, io: &mut StreamIo, peer: &mut Peer) {
    let state = stream.get_ref().1;
    peer.tls = Some(Arc::new(facts(state, state.server_name())));
    *io = StreamIo::tls(TlsIo::new(stream));
}

/// A fatal alert of TLS 1.2: `protocol_version`, as OpenSSL answers what is not TLS.
const NOT_TLS: &[u8] = b"\x15\x03\x03\0\x02\x02\x46";

/// Tells a client without TLS what this port speaks, in its own words if it speaks HTTP.
fn refuse(opening: &mut Opening<'_>) -> CloseReason {
    if let Some(forged) = proxy::forged(opening) {
        return forged;
    }
    let (unread, replies) = opening.inbox.unread_and_replies();
    if unread.first().is_some_and(u8::is_ascii_uppercase) {
        let text = b"this port speaks TLS only: write https:// or wss://";
        replies.extend(http::response(400, &[("Content-Type", "text/plain")], text));
    } else {
        replies.extend_from_slice(NOT_TLS);
    }
    CloseReason::Tls(Box::new(TlsError::Plain))
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("pem", &self.handle.0.pem)
            .field("or_plain", &self.plain)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for TlsHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsHandle").field("pem", &self.0.pem).finish_non_exhaustive()
    }
}
