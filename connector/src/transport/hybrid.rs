//! Packages on a bare stream and WebSocket on one port.

use std::io;
use std::task::{Context, Poll, ready};

use connector_protocol::framing::Envelope;
use connector_protocol::pomelo::package::{PackageType, PomeloPackages};
use connector_protocol::{CloseReason, TlsError, http, tls};

use super::http::WebOptions;
use super::proxy;
use super::stream::Stream;
use super::tcp::Tcp;
use super::websocket::{self, Web};
use super::with_openers::WithOpeners;
use crate::MaybeSend;
use crate::connector::{Address, Peer};
use crate::connector::{Listen, StartError};
use crate::link::{ByteStream, Inbox, Link, Opening, Outgoing, lost};

/// A TCP port, or any other listener of byte streams, that accepts pomelo's
/// packages bare and over WebSocket. The first byte decides which.
#[derive(Debug)]
pub struct Hybrid<L = WithOpeners<Tcp>> {
    listen: L,
    options: WebOptions,
}

impl<L> Hybrid<L> {
    /// Accepts both on the connections of `listen`.
    pub fn new(listen: L, options: WebOptions) -> Self {
        Self { listen, options }
    }

    pub(crate) fn set_options(&mut self, options: WebOptions) {
        self.options = options;
    }
}

impl<L: Listen> Listen for Hybrid<L>
where
    L::Io: ByteStream,
{
    type Io = HybridLink<L::Io>;

    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend {
        self.listen.bind()
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>> {
        let options = &self.options;
        self.listen.poll_accept(cx).map_ok(|(io, peer)| {
            let mode = Mode::Unknown(options.clone());
            (HybridLink { io, mode }, peer)
        })
    }

    fn close(&mut self) {
        self.listen.close();
    }

    fn address(&self) -> Option<Address> {
        self.listen.address()
    }
}

impl<A> From<A> for Hybrid
where
    WithOpeners<Tcp>: From<A>,
{
    fn from(address: A) -> Self {
        Self::new(address.into(), WebOptions::new())
    }
}

/// A link that carries packages bare or over WebSocket.
#[derive(Debug)]
pub struct HybridLink<Io = Stream> {
    io: Io,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Unknown(WebOptions),
    Packages,
    /// Boxed, since it is much larger than the others.
    Web(Box<Web>),
}

impl Mode {
    /// Returns whether a request may name another address of this peer.
    fn changes_address(&self, peer: &Peer) -> bool {
        match self {
            Self::Unknown(options) => {
                options.get_forwarded().is_some_and(|proxies| proxies.trusts(peer))
            }
            Self::Packages => false,
            Self::Web(web) => web.changes_address(peer),
        }
    }
}

impl<Io: ByteStream> HybridLink<Io> {
    /// Decides by the first byte: a package begins with its type, 1 to 5, an HTTP
    /// request with a capital letter.
    fn poll_sniff(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            let inbox = &mut *opening.inbox;
            match &mut self.mode {
                Mode::Packages => return Poll::Ready(Ok(())),
                Mode::Web(web) => {
                    opening.peer.transport = websocket::TRANSPORT;
                    return web.poll_open(self.io.io(), cx, opening);
                }
                Mode::Unknown(options) => match inbox.unread().first() {
                    Some(b'A'..=b'Z') => {
                        self.mode = Mode::Web(Box::new(Web::server(options.clone())));
                    }
                    Some(&tls::HANDSHAKE) => return Poll::Ready(Err(refuse_tls(inbox))),
                    Some(&byte) => {
                        PackageType::try_from(byte)?;
                        self.mode = Mode::Packages;
                    }
                    None => {
                        if ready!(inbox.poll_fill(cx, self.io.io())).map_err(lost)? == 0 {
                            return Poll::Ready(Err(CloseReason::PeerClosed));
                        }
                    }
                },
            }
        }
    }
}

/// Answers a client that begins TLS as web servers do, which every TLS library tells apart.
fn refuse_tls(inbox: &mut Inbox) -> CloseReason {
    let text = b"this port does not speak TLS";
    inbox.unread_and_replies().1.extend(http::response(
        400,
        &[("Content-Type", "text/plain")],
        text,
    ));
    CloseReason::Tls(Box::new(TlsError::Unexpected))
}

impl<Io: ByteStream> Link for HybridLink<Io> {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        opening.changes_later = self.mode.changes_address(opening.peer);
        ready!(self.io.poll_open(cx, opening))?;
        opening.changes_later = self.mode.changes_address(opening.peer);
        opening.settled = !opening.changes_later;
        ready!(opening.poll_admitted());
        self.poll_sniff(cx, opening).map_err(|reason| proxy::explain(reason, opening))
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        match &mut self.mode {
            Mode::Web(web) => web.poll_recv(self.io.io(), cx, inbox),
            _ => self.io.poll_recv::<PomeloPackages>(cx, inbox),
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        #[cfg(feature = "deflate")]
        if let Mode::Web(web) = &mut self.mode {
            return web.poll_send(&mut self.io, cx, outgoing);
        }
        self.io.poll_send(cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        match &mut self.mode {
            Mode::Web(web) => {
                #[cfg(feature = "deflate")]
                ready!(web.poll_sealed(&mut self.io, cx));
                web.poll_close(self.io.io(), cx, reason)
            }
            _ => self.io.poll_close(cx),
        }
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        self.io.peer_has_left(cx)
    }

    fn ping(&mut self, inbox: &mut Inbox) -> bool {
        match &mut self.mode {
            Mode::Web(web) => web.ping(inbox),
            _ => false,
        }
    }

    fn peer_has_finished(&self) -> bool {
        matches!(&self.mode, Mode::Web(web) if web.peer_has_finished())
    }

    fn frame(&self) -> &'static dyn Envelope {
        match &self.mode {
            Mode::Web(web) => web.frame(),
            _ => &PomeloPackages,
        }
    }
}
