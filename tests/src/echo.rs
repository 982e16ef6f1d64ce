//! Whole WebSocket messages and nothing else, on either side: what WebSocket
//! programs are tried against.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use connector::codec::{Codec, CodecCx, CodecError, Received};
use connector::link::{Batch, Inbox, Link, Opening, Outgoing};
use connector::prelude::*;
use connector::protocol::message::Head;
use connector::transport::{Deflate, Tcp, WebOptions, WebSocket, WebSocketLink, WithOpeners};
use connector::{Address, Config};
use tokio::net::TcpStream;

/// The longest message of either side.
pub const LONGEST: usize = 16 << 20;

/// A WebSocket port whose messages are bodies and nothing else.
#[derive(Connector)]
#[connector(socket = EchoSocket, codec = WholeMessage)]
struct EchoConnector {
    #[connector(listen)]
    port: WebSocket,
    #[connector(config)]
    config: Config,
}

#[derive(Socket)]
struct EchoSocket {
    #[socket(link)]
    link: WebSocketLink,
    #[socket(peer)]
    peer: Peer,
}

/// The message is the body of a request, and of its answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct WholeMessage;

impl Codec for WholeMessage {
    fn decode<'a>(
        &self,
        _: &CodecCx<'_>,
        payload: &'a [u8],
    ) -> Result<Option<Received<'a>>, CodecError> {
        Ok(Some(Received::new(1, "echo.echo.echo", payload)))
    }

    fn begin(&self, _: &Head<'_>, out: &mut Vec<u8>) -> Result<usize, CodecError> {
        Ok(out.len())
    }

    fn finish(&self, _: &Head<'_>, _: usize, _: &mut Vec<u8>) -> Result<(), CodecError> {
        Ok(())
    }
}

/// Sends every message back.
#[derive(Debug)]
pub struct Echo;

#[handler("echo.echo")]
impl Echo {
    #[route]
    async fn echo(&self, Raw(body): Raw) -> Raw {
        Raw(body)
    }
}

/// A server that sends every message back.
///
/// # Panics
/// It cannot listen.
pub async fn serve(kind: Kind) -> Server {
    serve_on("127.0.0.1:0".into(), kind).await
}

/// The same at another listener, such as one with TLS.
///
/// # Panics
/// It cannot listen.
pub async fn serve_on(listen: WithOpeners<Tcp>, kind: Kind) -> Server {
    serve_with(listen, kind.options()).await
}

/// A server that sends every message back, compressed for clients that offer it.
///
/// # Panics
/// It cannot listen.
pub async fn serve_deflating(kind: Kind, deflate: Deflate) -> Server {
    serve_with("127.0.0.1:0".into(), kind.options().deflate(deflate)).await
}

async fn serve_with(listen: WithOpeners<Tcp>, options: WebOptions) -> Server {
    let limits = Limits { package: LONGEST, queued: 4 * LONGEST, ..Limits::default() };
    let port = WebSocket::new(listen, options);
    let connector = EchoConnector { port, config: Config::new().limits(limits) };
    match Server::builder().connector(connector).handler(Echo).start().await {
        Ok(server) => server,
        Err(error) => panic!("the echo does not start: {error}"),
    }
}

/// What a side sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Messages of bytes.
    Binary,
    /// Messages of text.
    Text,
}

impl Kind {
    fn options(self) -> WebOptions {
        match self {
            Self::Binary => WebOptions::new(),
            Self::Text => WebOptions::new().text(),
        }
    }
}

/// A client that is no more than a link.
#[derive(Debug)]
pub struct Whole {
    link: WebSocketLink<TcpStream>,
    inbox: Inbox,
    outgoing: Outgoing,
}

impl Whole {
    /// Connects to a port of this machine.
    ///
    /// # Errors
    /// The upgrade did not come about.
    ///
    /// # Panics
    /// Nobody listens.
    pub async fn connect(port: u16, kind: Kind) -> Result<Self, CloseReason> {
        let stream = match TcpStream::connect(("127.0.0.1", port)).await {
            Ok(stream) => stream,
            Err(error) => panic!("nobody listens on port {port}: {error}"),
        };
        Self::over(stream, kind).await
    }

    /// Upgrades a connection.
    ///
    /// # Errors
    /// The upgrade did not come about.
    pub async fn over(stream: TcpStream, kind: Kind) -> Result<Self, CloseReason> {
        let link = WebSocketLink::client(stream, "127.0.0.1", "/", kind == Kind::Text);
        Self::open(link.map_err(CloseReason::malformed)?).await
    }

    /// Upgrades a connection at a path, and offers to compress messages.
    ///
    /// # Errors
    /// The upgrade did not come about.
    pub async fn deflating(
        stream: TcpStream,
        path: &str,
        kind: Kind,
        deflate: Deflate,
    ) -> Result<Self, CloseReason> {
        let link = WebSocketLink::client(stream, "127.0.0.1", path, kind == Kind::Text);
        Self::open(link.map_err(CloseReason::malformed)?.deflate(deflate)).await
    }

    async fn open(mut link: WebSocketLink<TcpStream>) -> Result<Self, CloseReason> {
        let mut inbox = Inbox::new(LONGEST);
        let mut peer = Peer::new("tcp", Address::Unnamed);
        link.open(&mut Opening::new(&mut inbox, &mut peer)).await?;
        Ok(Self { link, inbox, outgoing: Outgoing::default() })
    }

    /// Sends messages in one write.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn send(&mut self, messages: &[&[u8]]) -> Result<(), CloseReason> {
        Batch::Each.write(self.link.frame(), messages, self.outgoing.buf())?;
        poll_fn(|cx| self.link.poll_send(cx, &mut self.outgoing)).await
    }

    /// The next message. Pings are answered meanwhile.
    ///
    /// # Errors
    /// Why the connection has ended.
    pub async fn recv(&mut self) -> Result<Vec<u8>, CloseReason> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Says good-bye and waits for the other side's.
    pub async fn close(mut self) -> Option<u16> {
        poll_fn(|cx| self.link.poll_close(cx, &CloseReason::Requested)).await;
        while self.recv().await.is_ok() {}
        self.close_code()
    }

    /// Sends every message back until the connection ends, then closes it as
    /// it has to be.
    pub async fn echo(mut self) -> CloseReason {
        let reason = loop {
            match self.recv().await {
                Ok(message) => {
                    if let Err(reason) = self.send(&[&message]).await {
                        break reason;
                    }
                }
                Err(reason) => break reason,
            }
        };
        poll_fn(|cx| self.link.poll_close(cx, &reason)).await;
        // A socket that is dropped with unread bytes is reset, and what it
        // sent last is lost.
        let _ = tokio::time::timeout(Duration::from_secs(1), async {
            while self.recv().await.is_ok() {}
        })
        .await;
        reason
    }

    /// Gives the buffers back, as a connection does that rests.
    pub fn rest(&mut self) {
        self.inbox.release();
        self.outgoing.release();
    }

    /// The code of the other side's close frame.
    pub fn close_code(&self) -> Option<u16> {
        self.link.close_code().map(u16::from)
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, CloseReason>> {
        loop {
            if let Some(message) = self.inbox.peek().map(<[u8]>::to_vec) {
                self.inbox.advance(message.len());
                return Poll::Ready(Ok(message));
            }
            let received = self.link.poll_recv(cx, &mut self.inbox);
            self.inbox.take_replies(&mut self.outgoing);
            // A pong that cannot be sent: then nothing more arrives either.
            let _ = self.link.poll_send(cx, &mut self.outgoing);
            match received {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(reason)) if self.inbox.is_empty() => {
                    return Poll::Ready(Err(reason));
                }
                Poll::Ready(Err(_)) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// Where a server listens.
///
/// # Panics
/// It listens on no TCP port.
pub fn port(server: &Server) -> u16 {
    let address = server.addresses().first().map(ToString::to_string);
    let port = address.and_then(|address| address.rsplit(':').next()?.parse().ok());
    port.unwrap_or_else(|| panic!("no port: {:?}", server.addresses()))
}
