//! The dialing half of a connector.

use std::fmt;
use std::io;
use std::marker::PhantomData;

use connector_protocol::CloseReason;

use super::{Accept, Peer};
use crate::{MaybeSend, MaybeSync};

/// A way to servers: the opposite of [`Listen`](super::Listen). Clients and engines connect
/// by it, each time to the same URL.
///
/// | dialer | URL | its connections |
/// |---|---|---|
/// | [`TcpDialer`] | `tcp://host:port`, `tls://host:port` | [`Stream`] |
/// | [`UdpDialer`] | `udp://host:port` | [`UdpLink`] |
/// | `QuicDialer`, with the feature `quic` | `quic://host:port` | `QuicStream` |
/// | `WebTransportDialer`, with the feature `webtransport` | `webtransport://host/path` | `WebTransportStream` |
/// | [`WebSocketDialer`] | `ws://host/path`, `wss://host/path` | [`WebSocketLink`] |
/// | `SioDialer`, with the feature `sio` | `http://host`, `https://host` | `SioLink` |
/// | `MqttDialer`, with the feature `mqtt` | `mqtt://host:port`, `mqtts://host:port` | `MqttSocket` |
/// | `UnixDialer` | `unix:///path`, or the path itself | `UnixStream` |
/// | `SharedMemoryDialer`, with the feature `shared-memory`, on Linux | `shm:///path`, or the path itself | `SharedMemoryStream` |
/// | `PipeDialer`, on Windows | `pipe:NAME`, or the name itself | `NamedPipeClient` |
/// | `ChildProcess`, with the feature `child-process` | ignored: it knows its program | `ChildStream` |
/// | [`MemoryDialer`] | ignored: it knows its listener | `DuplexStream` |
/// | [`Schemes`](crate::Schemes) | those of the dialers that it consists of | [`BoxSocket`](crate::BoxSocket) |
///
/// A client needs a [`Socket`](super::Socket), which [`Dial::socket`] makes of each connection:
///
/// ```
/// use connector::prelude::*;
/// use connector::transport::Memory;
/// use connector::{Client, Dial, MemoryConnector, MemorySocket};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let connector = MemoryConnector::bind(Memory::new("game"));
/// let dialer = connector.dialer().socket::<MemorySocket>();
/// let server = Server::builder().connector(connector).start().await?;
/// let client = Client::builder().connect_by(dialer, "").await?;
/// assert!(client.state().is_open());
/// # drop(server);
/// # Ok(())
/// # }
/// ```
///
/// A dialer of your own implements [`Dial::connect`]:
///
/// ```
/// use connector::{Address, Dial, DialError, Peer};
/// use tokio::io::DuplexStream;
/// use tokio::sync::mpsc;
///
/// /// Hands the other end of each stream to another part of the program.
/// struct HandOver(mpsc::Sender<DuplexStream>);
///
/// impl Dial for HandOver {
///     type Io = DuplexStream;
///
///     async fn connect(&self, url: &str) -> Result<(DuplexStream, Peer), DialError> {
///         let (near, far) = tokio::io::duplex(1024);
///         let handed_over = self.0.send(far).await;
///         handed_over.map_err(|_| DialError::unreachable(url, std::io::ErrorKind::NotFound))?;
///         Ok((near, Peer::new("memory", Address::Name(url.to_owned()))))
///     }
/// }
/// ```
///
/// [`TcpDialer`]: crate::transport::TcpDialer
/// [`UdpDialer`]: crate::transport::UdpDialer
/// [`UdpLink`]: crate::transport::UdpLink
/// [`WebSocketDialer`]: crate::transport::WebSocketDialer
/// [`MemoryDialer`]: crate::transport::MemoryDialer
/// [`Stream`]: crate::transport::Stream
/// [`WebSocketLink`]: crate::transport::WebSocketLink
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Dial`, so it cannot connect to a URL",
    note = "`transport` has dialers for TCP, UDP, WebSocket, Unix sockets and memory",
    note = "or implement `Dial` for your transport: one method is required"
)]
pub trait Dial: MaybeSend + MaybeSync + 'static {
    /// The type of a connection: a byte stream, a link, or a socket.
    type Io: MaybeSend + 'static;

    /// Connects to a URL. What is slow once the peer has taken the connection, such as TLS
    /// or an upgrade, belongs into [`Link::poll_open`](crate::link::Link::poll_open).
    ///
    /// # Errors
    /// Returns [`DialError`] for a URL that cannot be used, and if nothing answers there.
    ///
    /// # Cancel safety
    /// If the future is dropped, there is no connection.
    fn connect(
        &self,
        url: &str,
    ) -> impl Future<Output = Result<(Self::Io, Peer), DialError>> + MaybeSend;

    /// Makes a socket of each connection, as a connector does of those it accepts.
    fn socket<S: Accept<Self::Io>>(self) -> SocketDialer<Self, S>
    where
        Self: Sized,
    {
        SocketDialer { dialer: self, socket: PhantomData }
    }
}

/// A dialer whose connections are sockets, see [`Dial::socket`].
pub struct SocketDialer<D, S> {
    dialer: D,
    socket: PhantomData<fn() -> S>,
}

impl<D: Dial, S: Accept<D::Io>> Dial for SocketDialer<D, S> {
    type Io = S;

    async fn connect(&self, url: &str) -> Result<(S, Peer), DialError> {
        let (io, peer) = self.dialer.connect(url).await?;
        Ok((S::accept(io, peer.clone()), peer))
    }
}

impl<D: Default, S> Default for SocketDialer<D, S> {
    fn default() -> Self {
        Self { dialer: D::default(), socket: PhantomData }
    }
}

impl<D: Clone, S> Clone for SocketDialer<D, S> {
    fn clone(&self) -> Self {
        Self { dialer: self.dialer.clone(), socket: PhantomData }
    }
}

impl<D: fmt::Debug, S> fmt::Debug for SocketDialer<D, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketDialer").field("dialer", &self.dialer).finish_non_exhaustive()
    }
}

/// The error of connecting to a URL.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DialError {
    /// The link could not be set up.
    #[error("the connection did not open: {0}")]
    Closed(#[from] CloseReason),
    /// A scheme that another feature of this crate brings.
    #[error(
        "{url}: this transport is not part of this program: turn on the feature `{feature}` of connector-kit"
    )]
    Feature {
        /// The URL, without a path.
        url: String,
        /// The feature.
        feature: &'static str,
    },
    /// A field of an MQTT client is too long, or a topic is not one.
    #[cfg(all(feature = "mqtt", not(target_family = "wasm")))]
    #[error(transparent)]
    Mqtt(#[from] connector_protocol::mqtt::ClientOptionsError),
    /// Nothing answers at the address.
    #[error("cannot connect to {address}: {source}")]
    Unreachable {
        /// Host and port, or the address of another kind.
        address: String,
        /// The system's error.
        source: io::Error,
    },
    /// A scheme that the dialer does not know.
    #[error("`{url}`: the scheme `{scheme}` is unknown: write {known}")]
    Scheme {
        /// The whole text.
        url: String,
        /// The scheme in it.
        scheme: String,
        /// The URLs that may be written instead.
        known: String,
    },
    /// `wss` or `tls` without the feature `tls`.
    #[error(
        "{0}: TLS is not part of this program: turn on the features `tls-ring` and \
         `tls-webpki-roots` or `tls-native-roots` of connector-kit"
    )]
    Tls(String),
    /// TLS cannot be configured: there is nothing to trust, or no cryptography.
    #[cfg(all(feature = "tls", not(target_family = "wasm")))]
    #[error(transparent)]
    TlsConfig(#[from] crate::transport::TlsConfigError),
    /// A malformed URL.
    #[error("`{url}`: {problem}")]
    Url {
        /// The whole text.
        url: String,
        /// The problem with it.
        problem: &'static str,
    },
}

impl DialError {
    /// Creates the error of an address at which nothing answers.
    pub fn unreachable(address: impl ToString, source: impl Into<io::Error>) -> Self {
        Self::Unreachable { address: address.to_string(), source: source.into() }
    }

    /// Returns the reason as that of a connection that has ended. `None` for a URL that can
    /// never be used, or not by this program.
    pub(crate) fn to_reason(&self) -> Option<CloseReason> {
        match self {
            Self::Closed(reason) => Some(reason.clone()),
            Self::Unreachable { source, .. } => {
                Some(CloseReason::Lost { kind: source.kind(), message: self.to_string() })
            }
            _ => None,
        }
    }
}
