//! Listeners and dialers with openers.

use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use super::opener::{Opener, Openers};
use super::{Stream, Tcp};
use crate::MaybeSend;
use crate::connector::{Address, Dial, DialError, Listen, Peer, StartError};

/// A listener or a dialer whose connections go through openers first, in the order in which
/// they were added. Its connections are [`Stream`]s.
///
/// [`Tcp::opener`] makes one of a TCP port, [`WithOpeners::new`] of any listener of
/// byte streams. In a connector of your own it is the type of the listening field:
///
/// ```
/// use connector::codec::JsonCodec;
/// use connector::prelude::*;
/// use connector::protocol::framing::LengthDelimited;
/// use connector::transport::{ProxyProtocol, Stream, Tcp, WithOpeners};
///
/// #[derive(Socket)]
/// #[socket(framing = LengthDelimited<u32>)]
/// struct GameSocket {
///     #[socket(io)]
///     stream: Stream,
///     #[socket(peer)]
///     peer: Peer,
/// }
///
/// #[derive(Connector)]
/// #[connector(socket = GameSocket, codec = JsonCodec)]
/// struct GameConnector {
///     #[connector(listen)]
///     listen: WithOpeners<Tcp>,
/// }
///
/// let proxy = ProxyProtocol::from_proxies(["10.0.0.0/8"])?;
/// let behind_proxy = GameConnector::bind(Tcp::from("0.0.0.0:4000").opener(proxy));
/// let direct = GameConnector::bind("0.0.0.0:4001");
/// # Ok::<_, connector::transport::NetworkError>(())
/// ```
///
/// Around a [`Dial`]er its openers are the other half of those of a listener, such as one
/// that sends what that one reads. Over `tls://` they run within TLS.
pub struct WithOpeners<L> {
    inner: L,
    /// A lock, since a dialer is shared.
    openers: Mutex<Openers>,
}

impl<L> WithOpeners<L> {
    /// Wraps a listener or a dialer, without openers.
    pub fn new(inner: L) -> Self {
        Self { inner, openers: Mutex::default() }
    }

    /// Adds an opener that runs after the present ones.
    #[must_use]
    pub fn opener(mut self, opener: impl Opener) -> Self {
        unlocked(&mut self.openers).push(opener);
        self
    }
}

fn unlocked(openers: &mut Mutex<Openers>) -> &mut Openers {
    openers.get_mut().unwrap_or_else(PoisonError::into_inner)
}

impl<D: Dial> Dial for WithOpeners<D>
where
    D::Io: Into<Stream>,
{
    type Io = Stream;

    async fn connect(&self, url: &str) -> Result<(Stream, Peer), DialError> {
        let (io, peer) = self.inner.connect(url).await?;
        let openers = self.openers.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((io.into().with_openers(&openers), peer))
    }
}

impl<L: Listen> Listen for WithOpeners<L>
where
    L::Io: Into<Stream>,
{
    type Io = Stream;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.inner.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer)>> {
        let openers = unlocked(&mut self.openers);
        let accepted = self.inner.poll_accept(cx);
        accepted.map_ok(|(io, peer)| (io.into().with_openers(openers), peer))
    }

    fn close(&mut self) {
        self.inner.close();
    }

    fn address(&self) -> Option<Address> {
        self.inner.address()
    }
}

impl<A> From<A> for WithOpeners<Tcp>
where
    Tcp: From<A>,
{
    fn from(address: A) -> Self {
        Self::new(address.into())
    }
}

impl<L: fmt::Debug> fmt::Debug for WithOpeners<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let openers = self.openers.lock().unwrap_or_else(PoisonError::into_inner).len();
        f.debug_struct("WithOpeners")
            .field("inner", &self.inner)
            .field("openers", &openers)
            .finish()
    }
}
