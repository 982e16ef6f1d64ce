//! Listeners of socket.io.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::socketio::Content;
use tokio::sync::mpsc;

use super::SioLink;
use super::port::{Handle, Port};
use super::visitors::MostVisitors;
use crate::connector::{Address, Listen, Peer, StartError};
use crate::transport::{Stream, Tcp, WebOptions, WithOpeners};

/// A port for clients of socket.io 1 to 4: Engine.IO 3 and 4, over WebSocket, over requests that
/// wait (polling), and from these to that.
///
/// Each event `message` of the root namespace is a package. Other events are ignored, and other
/// namespaces are refused.
///
/// It has a port of its own, over TCP or any other listener of byte streams, or stands
/// [beside](Self::beside) WebSocket and pomelo's packages on theirs:
///
/// ```
/// use connector::prelude::*;
/// use connector::SioConnector;
/// use connector::transport::Sio;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ServeError> {
/// let sio = Sio::beside();
/// let web = WebOptions::new().sio(&sio);
/// let server = Server::builder()
///     .connector(HybridConnector::bind("127.0.0.1:0").web(web))
///     .connector(SioConnector::bind(sio))
///     .start()
///     .await?;
/// assert_eq!(server.addresses().len(), 1);
/// # Ok(())
/// # }
/// ```
///
/// # What clients may cost
///
/// A session is a connection of the server, and counts for its limits, whatever it goes over.
/// Besides:
///
/// | what | how much |
/// |---|---|
/// | connections that carry requests | [`Sio::connections`], and then those of new ones end |
/// | a request's head, and each step of it | 10 seconds |
/// | a connection without a request | 60 seconds |
/// | a body | three times [`Limits::package`](crate::Limits::package) and 1 KiB, at 1 KiB a second; one at a time, and the next when its messages were taken |
/// | all bodies of a port | 64 MiB, and then others are answered with status 503; from 32 MiB on each has 10 seconds in all |
/// | messages that wait for a poll | 256 KiB, then [`Limits::queued`](crate::Limits::queued) and [`Limits::stall`](crate::Limits::stall) |
/// | a session whose client does not come back | [`Config::heartbeat_timeout`](crate::Config::heartbeat_timeout); a minute without a poll while heartbeats are off |
/// | a move to WebSocket | 10 seconds; meanwhile, and after one that failed, the session goes on |
///
/// An id of a session has 120 random bits. A request with another one is answered with status
/// 400 and `{"code":1,"message":"Session ID unknown"}`, as all that Engine.IO refuses is with its
/// codes. JSONP is refused.
pub struct Sio<L = WithOpeners<Tcp>> {
    /// `None` beside another port.
    listen: Option<L>,
    options: WebOptions,
    port: Arc<Port>,
    accepted: mpsc::Receiver<(SioLink, Peer)>,
}

impl<L> Sio<L> {
    /// Accepts socket.io on the connections of `listen`.
    pub fn new(listen: L, options: WebOptions) -> Self {
        Self::with(Some(listen), options)
    }

    fn with(listen: Option<L>, options: WebOptions) -> Self {
        let (port, accepted) = Port::new();
        Self { listen, options, port, accepted }
    }

    /// Sets the path of requests. Default: `/socket.io/`.
    #[must_use]
    pub fn path(self, path: &str) -> Self {
        self.port.change(|rules| rules.path = path.into());
        self
    }

    /// Makes a package of any JSON that the event carries, and not of the text that it has to
    /// be otherwise.
    #[must_use]
    pub fn json(self) -> Self {
        self.port.change(|rules| rules.content = Content::Json);
        self
    }

    /// Sets the most connections that carry requests, in all and from one address (or from one
    /// IPv6 network of 64 bits; loopback, and proxies that [`WebOptions::forwarded`] trusts, are
    /// not counted). A client that polls has two. Default: 16,384 and 1,024.
    #[must_use]
    pub fn connections(self, all: usize, each: usize) -> Self {
        self.port.change(|rules| rules.visitors = MostVisitors { all, each });
        self
    }

    pub(crate) fn set_options(&mut self, options: WebOptions) {
        self.options = options;
    }

    #[cfg(feature = "plugin")]
    pub(crate) fn options(&self) -> &WebOptions {
        &self.options
    }

    pub(in crate::transport) fn handle(&self) -> Handle {
        Handle(self.port.clone())
    }
}

impl Sio {
    /// Creates a listener without a port of its own. One that has
    /// [`WebOptions::sio`] hands it the requests for its path.
    pub fn beside() -> Self {
        Self::with(None, WebOptions::new())
    }
}

impl<L: Listen> Listen for Sio<L>
where
    L::Io: Into<Stream>,
{
    type Io = SioLink;

    async fn bind(&mut self) -> Result<(), StartError> {
        if let Some(listen) = &mut self.listen {
            listen.bind().await?;
        }
        self.port.set_open(true);
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(SioLink, Peer)>> {
        if let Poll::Ready(Some(session)) = self.accepted.poll_recv(cx) {
            return Poll::Ready(Ok(session));
        }
        let Some(listen) = &mut self.listen else { return Poll::Pending };
        while let Poll::Ready(accepted) = listen.poll_accept(cx) {
            let (io, peer) = accepted?;
            self.port.visit(io.into(), Vec::new(), peer, self.options.clone());
        }
        Poll::Pending
    }

    fn close(&mut self) {
        if let Some(listen) = &mut self.listen {
            listen.close();
        }
        self.port.set_open(false);
        // Their clients are told by the end of their connections.
        while self.accepted.try_recv().is_ok() {}
    }

    fn address(&self) -> Option<Address> {
        self.listen.as_ref()?.address()
    }
}

impl<L> Drop for Sio<L> {
    fn drop(&mut self) {
        self.port.set_open(false);
    }
}

impl<A> From<A> for Sio
where
    WithOpeners<Tcp>: From<A>,
{
    fn from(address: A) -> Self {
        Self::new(address.into(), WebOptions::new())
    }
}

impl<L: fmt::Debug> fmt::Debug for Sio<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sio")
            .field("listen", &self.listen)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}
