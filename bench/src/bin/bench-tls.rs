//! Our TLS, links and framing: sends back every package, one write a read.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use connector::link::{Inbox, Link, Opening, Outgoing};
use connector::transport::{Stream, Tls};
use connector::{Accept, Address, CloseReason, Peer, TcpSocket};
use tokio::net::TcpListener;

const LIMIT: usize = 1 << 20;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let tls = Tls::new(bench::tls::server());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    bench::ready(listener.local_addr()?)?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let peer = Peer::new("tcp", Address::Unnamed);
        let stream = Stream::from(stream).opener(tls.clone());
        tokio::spawn(serve(TcpSocket::accept(stream, peer)));
    }
}

async fn serve(mut socket: TcpSocket) -> Result<(), CloseReason> {
    let (mut inbox, mut outgoing) = (Inbox::new(LIMIT), Outgoing::default());
    let mut peer = Peer::new("tcp", Address::Unnamed);
    socket.open(&mut Opening::new(&mut inbox, &mut peer)).await?;
    poll_fn(|cx| {
        let ended = poll_echo(&mut socket, cx, &mut inbox, &mut outgoing);
        inbox.release();
        outgoing.release();
        ended
    })
    .await
}

fn poll_echo(
    socket: &mut TcpSocket,
    cx: &mut Context<'_>,
    inbox: &mut Inbox,
    outgoing: &mut Outgoing,
) -> Poll<Result<(), CloseReason>> {
    loop {
        while let Some(package) = inbox.peek() {
            outgoing.buf().extend_from_slice(package);
            let len = package.len();
            inbox.advance(len);
        }
        if !outgoing.is_empty() {
            ready!(socket.poll_send(cx, outgoing))?;
        }
        ready!(socket.poll_recv(cx, inbox))?;
    }
}
