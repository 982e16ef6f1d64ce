//! Listeners with openers.

use std::fmt;
use std::io;
use std::task::{Context, Poll};

use super::opener::{Opener, Openers};
use super::{Stream, Tcp};
use crate::MaybeSend;
use crate::connector::{Address, Listen, Peer, StartError};

/// A listener whose connections go through openers first, in the order in which
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
pub struct WithOpeners<L> {
    listen: L,
    openers: Openers,
}

impl<L> WithOpeners<L> {
    /// Wraps a listener, without openers.
    pub fn new(listen: L) -> Self {
        Self { listen, openers: Openers::default() }
    }

    /// Adds an opener that runs after the present ones.
    #[must_use]
    pub fn opener(mut self, opener: impl Opener) -> Self {
        self.openers.push(opener);
        self
    }
}

impl<L: Listen> Listen for WithOpeners<L>
where
    L::Io: Into<Stream>,
{
    type Io = Stream;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.listen.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer)>> {
        let openers = &self.openers;
        let accepted = self.listen.poll_accept(cx);
        accepted.map_ok(|(io, peer)| (io.into().with_openers(openers), peer))
    }

    fn close(&mut self) {
        self.listen.close();
    }

    fn address(&self) -> Option<Address> {
        self.listen.address()
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
        f.debug_struct("WithOpeners")
            .field("listen", &self.listen)
            .field("openers", &self.openers.len())
            .finish()
    }
}
