//! WebSocket over any byte stream.

#[cfg(feature = "deflate")]
mod deflate;
mod dialer;
mod endpoint;
mod frame;
mod messages;
pub(in crate::transport) mod random;
mod upgrade;

use std::io;
#[cfg(feature = "sio")]
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::ws::CloseCode;
use connector_protocol::ws::upgrade::{ConnectError, client_key, request};
#[cfg(feature = "sio")]
use tokio::io::AsyncWrite;

#[cfg(feature = "deflate")]
pub use deflate::Deflate;
pub use dialer::WebSocketDialer;
pub(crate) use endpoint::Web;
#[cfg(any(feature = "quic", all(target_os = "linux", feature = "shared-memory")))]
pub(super) use endpoint::farewell;
#[cfg(feature = "sio")]
pub(in crate::transport) use messages::Messages;

use super::http::WebOptions;
use super::proxy;
use super::stream::Stream;
use super::tcp::Tcp;
use super::with_openers::WithOpeners;
#[cfg(feature = "sio")]
use super::write_all::poll_write_all;
use crate::MaybeSend;
use crate::connector::{Address, Listen, Peer, StartError};
#[cfg(feature = "sio")]
use crate::link::lost;
use crate::link::{ByteStream, Inbox, Link, Opening, Outgoing};

/// The [`Peer::transport`] of WebSocket connections.
pub(super) const TRANSPORT: &str = "websocket";

/// A WebSocket listener over a TCP port, or over any other listener of byte streams.
#[derive(Debug)]
pub struct WebSocket<L = WithOpeners<Tcp>> {
    listen: L,
    options: WebOptions,
}

impl<L> WebSocket<L> {
    /// Accepts WebSocket on the connections of `listen`.
    pub fn new(listen: L, options: WebOptions) -> Self {
        Self { listen, options }
    }

    pub(crate) fn set_options(&mut self, options: WebOptions) {
        self.options = options;
    }
}

impl<L: Listen> Listen for WebSocket<L>
where
    L::Io: ByteStream,
{
    type Io = WebSocketLink<L::Io>;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.listen.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>> {
        let options = &self.options;
        self.listen
            .poll_accept(cx)
            .map_ok(|(io, peer)| (WebSocketLink::server(io, options.clone()), peer))
    }

    fn close(&mut self) {
        self.listen.close();
    }

    fn address(&self) -> Option<Address> {
        self.listen.address()
    }
}

impl<A> From<A> for WebSocket
where
    WithOpeners<Tcp>: From<A>,
{
    fn from(address: A) -> Self {
        Self::new(address.into(), WebOptions::new())
    }
}

/// A WebSocket as a link, with one message for each package. It is either side.
#[derive(Debug)]
pub struct WebSocketLink<Io = Stream> {
    io: Io,
    web: Web,
}

impl<Io> WebSocketLink<Io> {
    /// Creates the server's side on a byte stream, which waits for an upgrade request.
    pub fn server(io: Io, options: WebOptions) -> Self {
        Self { io, web: Web::server(options) }
    }

    /// Creates the client's side on a byte stream, which sends an upgrade request.
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the host or the path is not allowed in a request.
    pub fn client(io: Io, host: &str, path: &str, text: bool) -> Result<Self, ConnectError> {
        let key = client_key(random::bytes());
        let request = request(host, path, &key, &[])?;
        Ok(Self { io, web: Web::client(key, request, text) })
    }

    /// Offers to compress messages, on the client's side and before the link is opened.
    #[cfg(feature = "deflate")]
    #[must_use]
    pub fn deflate(mut self, deflate: Deflate) -> Self {
        self.web.offer(deflate);
        self
    }

    /// Receives as [`Link::poll_recv`] does, and lets `messages` make packages of the messages.
    #[cfg(feature = "sio")]
    #[inline(always)]
    pub(in crate::transport) fn poll_recv_as(
        &mut self,
        messages: &mut impl Messages,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>>
    where
        Io: ByteStream,
    {
        self.web.poll_recv_as(messages, self.io.io(), cx, inbox)
    }

    /// Writes frames.
    #[cfg(feature = "sio")]
    pub(in crate::transport) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        frames: &mut Vec<u8>,
    ) -> Poll<Result<(), CloseReason>>
    where
        Io: ByteStream,
    {
        ready!(poll_write_all(self.io.io(), cx, frames))?;
        Pin::new(self.io.io()).poll_flush(cx).map_err(lost)
    }

    /// Returns the code of the peer's close frame, once one with a code has arrived.
    pub fn close_code(&self) -> Option<CloseCode> {
        self.web.close_code()
    }
}

impl<Io: ByteStream> Link for WebSocketLink<Io> {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        opening.changes_later = self.web.changes_address(opening.peer);
        ready!(self.io.poll_open(cx, opening))?;
        opening.changes_later = self.web.changes_address(opening.peer);
        opening.settled = !opening.changes_later;
        ready!(opening.poll_admitted());
        opening.peer.transport = TRANSPORT;
        let opened = self.web.poll_open(self.io.io(), cx, opening);
        opened.map_err(|reason| proxy::explain(reason, opening))
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        self.web.poll_recv(self.io.io(), cx, inbox)
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        self.web.poll_send(&mut self.io, cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        #[cfg(feature = "deflate")]
        ready!(self.web.poll_sealed(&mut self.io, cx));
        self.web.poll_close(self.io.io(), cx, reason)
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.io.peer_has_left(cx)
    }

    fn ping(&mut self, inbox: &mut Inbox) -> bool {
        self.web.ping(inbox)
    }

    fn beat(&mut self, inbox: &mut Inbox) {
        self.web.beat(inbox);
    }

    fn peer_has_finished(&self) -> bool {
        self.web.peer_has_finished()
    }

    fn frame(&self) -> &'static dyn Envelope {
        self.web.frame()
    }
}
