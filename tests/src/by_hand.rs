//! A connector without derives: framing, listener, socket and connector by
//! hand, with nothing private.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector::codec::{Codec, JsonCodec};
use connector::link::{Inbox, Link, Outgoing};
use connector::protocol::framing::{Cut, Envelope, Framing, TooLong};
use connector::protocol::session::{BareSession, Machine};
use connector::{Address, CloseReason, Connector, Listen, Peer, Role, Socket, StartError};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// D. J. Bernstein's netstrings: `5:hello,`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Netstrings;

impl Netstrings {
    /// The digits of the longest length, and the colon behind them.
    const HEAD: usize = 10;
}

impl Envelope for Netstrings {
    /// How many digits there are is known at the end only, so the payload
    /// moves.
    fn finish(&self, mark: usize, out: &mut Vec<u8>) -> Result<(), TooLong> {
        let head = format!("{}:", out.len() - mark);
        out.splice(mark..mark, head.bytes());
        out.push(b',');
        Ok(())
    }
}

impl Framing for Netstrings {
    const INSTANCE: &'static Self = &Self;

    fn cut(bytes: &[u8], limit: usize) -> Result<Option<Cut>, CloseReason> {
        let head = &bytes[..bytes.len().min(Self::HEAD)];
        let Some(colon) = head.iter().position(|&byte| byte == b':') else {
            if head.len() == Self::HEAD || !head.iter().all(u8::is_ascii_digit) {
                return Err(CloseReason::malformed("a length that is no number"));
            }
            return Ok(None);
        };
        let digits = std::str::from_utf8(&head[..colon]).map_err(CloseReason::malformed)?;
        let size: usize = digits.parse().map_err(CloseReason::malformed)?;
        if size > limit {
            return Err(CloseReason::TooLarge { size, limit });
        }
        let package = colon + 1..colon + 1 + size;
        match bytes.get(package.end) {
            None => Ok(None),
            Some(b',') => Ok(Some(Cut { consumed: package.end + 1, package })),
            Some(_) => Err(CloseReason::malformed("no comma behind a package")),
        }
    }
}

/// A port of this machine that only this machine reaches.
#[derive(Debug)]
pub struct Loopback {
    port: u16,
    listener: Option<TcpListener>,
}

impl Loopback {
    /// Any port that is free.
    pub fn any() -> Self {
        Self { port: 0, listener: None }
    }
}

impl Listen for Loopback {
    type Io = TcpStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let failed = |error| StartError::new(address, error);
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        // Where it was is where it comes back to.
        self.port = listener.local_addr().map_err(failed)?.port();
        self.listener = Some(listener);
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Peer)>> {
        let Some(listener) = &self.listener else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let (stream, address) = ready!(listener.poll_accept(cx))?;
        Poll::Ready(Ok((stream, Peer::new("loopback", address))))
    }

    fn close(&mut self) {
        self.listener = None;
    }

    fn address(&self) -> Option<Address> {
        self.listener.as_ref()?.local_addr().ok().map(Address::Inet)
    }
}

/// Netstrings with JSON messages, on whatever listens.
#[derive(Debug)]
pub struct HandConnector<L>(pub L);

/// A connection of a [`HandConnector`].
#[derive(Debug)]
pub struct HandSocket<Io> {
    io: Io,
    peer: Peer,
}

impl<L: Listen> Connector for HandConnector<L>
where
    L::Io: AsyncRead + AsyncWrite + Unpin,
{
    type Socket = HandSocket<L::Io>;

    async fn start(&mut self) -> Result<(), StartError> {
        self.0.bind().await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Socket>> {
        self.0.poll_accept(cx).map_ok(|(io, peer)| HandSocket { io, peer })
    }

    fn stop(&mut self) {
        self.0.close();
    }

    fn address(&self) -> Option<Address> {
        self.0.address()
    }

    fn codec(&self) -> Arc<dyn Codec> {
        Arc::new(JsonCodec)
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin + Send> Link for HandSocket<Io> {
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        let lost = |error: io::Error| CloseReason::lost(&error);
        if ready!(inbox.poll_fill(cx, &mut self.io)).map_err(lost)? == 0 {
            return Poll::Ready(Err(match inbox.unread().len() {
                0 => CloseReason::PeerClosed,
                _ => CloseReason::Lost {
                    kind: io::ErrorKind::UnexpectedEof,
                    message: "the stream ended within a netstring".into(),
                },
            }));
        }
        let limit = inbox.limit();
        while let Some(cut) = Netstrings::cut(inbox.unread(), limit)? {
            inbox.deliver(cut.package, cut.consumed);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        let sent = outgoing.poll_write(cx, &mut self.io);
        sent.map_err(|error| CloseReason::lost(&error))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, _: &CloseReason) -> Poll<()> {
        Pin::new(&mut self.io).poll_shutdown(cx).map(drop)
    }

    fn frame(&self) -> &'static dyn Envelope {
        Netstrings::INSTANCE
    }
}

impl<Io: AsyncRead + AsyncWrite + Unpin + Send + 'static> Socket for HandSocket<Io> {
    fn peer(&self) -> &Peer {
        &self.peer
    }

    fn session(&self, _: Role) -> Box<dyn Machine> {
        Box::new(BareSession)
    }
}
