use std::task::{Context, Poll, ready};

use connector::codec::JsonCodec;
use connector::link::{ByteStream, Inbox, Link, Opening, Outgoing};
use connector::prelude::*;
use connector::protocol::framing::{Envelope, Framing, LengthDelimited};
use connector::transport::{Stream, Tcp, WithOpeners};

type Packages = LengthDelimited<u32>;
type Polled = Poll<Result<(), CloseReason>>;

/// What both sides say before their packages.
const HELLO: &[u8] = b"GAME 1\n";

/// A link that opens with a greeting: of a stream, and what of ours is not sent yet.
struct Greeting(Stream, Outgoing);

impl From<Stream> for Greeting {
    fn from(stream: Stream) -> Self {
        let mut hello = Outgoing::default();
        hello.buf().extend_from_slice(HELLO);
        Self(stream, hello)
    }
}

impl Link for Greeting {
    fn poll_open(&mut self, cx: &mut Context<'_>, opening: &mut Opening<'_>) -> Polled {
        // The stream has steps of its own: PROXY, TLS.
        ready!(self.0.poll_open(cx, opening))?;
        ready!(self.0.poll_send(cx, &mut self.1))?;
        while opening.inbox.unread().len() < HELLO.len() {
            let read = ready!(opening.inbox.poll_fill(cx, self.0.io()));
            if read.map_err(|error| CloseReason::lost(&error))? == 0 {
                return Poll::Ready(Err(CloseReason::PeerClosed));
            }
        }
        if !opening.inbox.unread().starts_with(HELLO) {
            return Poll::Ready(Err(CloseReason::malformed("the greeting is not `GAME 1`")));
        }
        opening.inbox.consume(HELLO.len());
        Poll::Ready(Ok(()))
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>, inbox: &mut Inbox) -> Polled {
        self.0.poll_recv::<Packages>(cx, inbox)
    }

    fn poll_send(&mut self, cx: &mut Context<'_>, outgoing: &mut Outgoing) -> Polled {
        self.0.poll_send(cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        self.0.poll_close(cx, reason)
    }

    fn frame(&self) -> &'static dyn Envelope {
        Packages::INSTANCE
    }
}

#[derive(Socket)]
struct GreetingSocket(#[socket(link)] Greeting, #[socket(peer)] Peer);

#[derive(Connector)]
#[connector(socket = GreetingSocket, codec = JsonCodec)]
struct GreetingConnector(#[connector(listen)] WithOpeners<Tcp>);
