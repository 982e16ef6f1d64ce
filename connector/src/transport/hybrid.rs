//! Packages on a bare stream and WebSocket on one port.

use std::io;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::pomelo::package::{PackageType, PomeloPackages};
use tokio::io::{AsyncRead, AsyncWrite};

use super::http::WebOptions;
use super::tcp::Tcp;
use super::websocket::Web;
use crate::MaybeSend;
use crate::connector::{Address, Peer};
use crate::connector::{Listen, StartError};
use crate::link::{ByteStream, Inbox, Link, Outgoing, lost};

/// A TCP port, or any other listener of byte streams, on which pomelo's
/// packages arrive bare or over WebSocket: the first byte tells.
#[derive(Debug)]
pub struct Hybrid<L = Tcp> {
    listen: L,
    options: WebOptions,
}

impl<L> Hybrid<L> {
    /// Both on what arrives at `listen`.
    pub fn new(listen: L, options: WebOptions) -> Self {
        Self { listen, options }
    }

    pub(crate) fn set_options(&mut self, options: WebOptions) {
        self.options = options;
    }
}

impl<L: Listen> Listen for Hybrid<L>
where
    L::Io: AsyncRead + AsyncWrite + Unpin,
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

impl<A> From<A> for Hybrid<Tcp>
where
    Tcp: From<A>,
{
    fn from(address: A) -> Self {
        Self::new(address.into(), WebOptions::new())
    }
}

/// A connection that carries packages bare or over WebSocket.
#[derive(Debug)]
pub struct HybridLink<Io> {
    io: Io,
    mode: Mode,
}

#[derive(Debug)]
enum Mode {
    Unknown(WebOptions),
    Packages,
    /// Boxed, as it is much larger than the other.
    Web(Box<Web>),
}

impl<Io: AsyncRead + AsyncWrite + Unpin + MaybeSend> Link for HybridLink<Io> {
    /// A package begins with its type, 1 to 5, an HTTP request with the
    /// capital letter of its method.
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            match &mut self.mode {
                Mode::Packages => return Poll::Ready(Ok(())),
                Mode::Web(web) => return web.poll_open(&mut self.io, cx, inbox),
                Mode::Unknown(options) => match inbox.unread().first() {
                    Some(b'A'..=b'Z') => {
                        self.mode = Mode::Web(Box::new(Web::server(options.clone())));
                    }
                    Some(&byte) => {
                        PackageType::try_from(byte)?;
                        self.mode = Mode::Packages;
                    }
                    None => {
                        if ready!(inbox.poll_fill(cx, &mut self.io)).map_err(lost)? == 0 {
                            return Poll::Ready(Err(CloseReason::PeerClosed));
                        }
                    }
                },
            }
        }
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        match &mut self.mode {
            Mode::Web(web) => web.poll_recv(&mut self.io, cx, inbox),
            _ => ByteStream::poll_recv::<PomeloPackages>(&mut self.io, cx, inbox),
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        self.io.poll_send(cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        match &mut self.mode {
            Mode::Web(web) => web.poll_close(&mut self.io, cx, reason),
            _ => ByteStream::poll_close(&mut self.io, cx),
        }
    }

    fn frame(&self) -> &'static dyn Envelope {
        match &self.mode {
            Mode::Web(web) => web.frame(),
            _ => &PomeloPackages,
        }
    }

    fn transport(&self) -> Option<&'static str> {
        match self.mode {
            Mode::Unknown(_) => None,
            Mode::Packages => Some("tcp"),
            Mode::Web(_) => Some("websocket"),
        }
    }
}
