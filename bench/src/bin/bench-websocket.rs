//! Our WebSocket framing: sends back every message, one write a read.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use clap::Parser;
use connector::link::{Inbox, Link, Opening, Outgoing};
use connector::transport::{Deflate, WebOptions, WebSocketLink};
use connector::{Address, CloseReason, Peer};
use tokio::net::{TcpListener, TcpStream};

const LIMIT: usize = 1 << 20;

#[derive(Parser)]
struct Options {
    /// Compresses every message, by itself, for clients that offer it.
    #[arg(long)]
    deflate: bool,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut web = WebOptions::new();
    if Options::parse().deflate {
        web = web.deflate(Deflate::new().min_size(0));
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    bench::ready(listener.local_addr()?.port())?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(serve(WebSocketLink::server(stream, web.clone())));
    }
}

async fn serve(mut link: WebSocketLink<TcpStream>) -> Result<(), CloseReason> {
    let (mut inbox, mut outgoing) = (Inbox::new(LIMIT), Outgoing::default());
    let mut peer = Peer::new("tcp", Address::Unnamed);
    link.open(&mut Opening::new(&mut inbox, &mut peer)).await?;
    poll_fn(|cx| {
        let ended = poll_echo(&mut link, cx, &mut inbox, &mut outgoing);
        inbox.release();
        outgoing.release();
        ended
    })
    .await
}

fn poll_echo(
    link: &mut WebSocketLink<TcpStream>,
    cx: &mut Context<'_>,
    inbox: &mut Inbox,
    outgoing: &mut Outgoing,
) -> Poll<Result<(), CloseReason>> {
    let frame = link.frame();
    loop {
        while let Some(message) = inbox.peek() {
            let out = outgoing.buf();
            let mark = frame.begin(out);
            out.extend_from_slice(message);
            // Every message that came in is short enough to go out.
            let _ = frame.finish(mark, out);
            let len = message.len();
            inbox.advance(len);
        }
        inbox.take_replies(outgoing);
        if !outgoing.is_empty() {
            ready!(link.poll_send(cx, outgoing))?;
        }
        ready!(link.poll_recv(cx, inbox))?;
    }
}
