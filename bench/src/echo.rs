//! Echoes of packages: one write a read.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use connector::link::{Inbox, Link, Opening, Outgoing};
use connector::transport::Stream;
use connector::{Accept, Address, CloseReason, Peer, TcpSocket};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::packages;

/// Packages of a mebibyte and their heads.
const LIMIT: usize = (1 << 20) + 64;

/// Sends back every package of a stream by our links and framing.
///
/// # Errors
/// The connection has ended.
pub async fn framed(stream: Stream) -> Result<(), CloseReason> {
    let peer = Peer::new("bench", Address::Unnamed);
    linked(TcpSocket::accept(stream, peer.clone()), peer).await
}

/// Sends back every package of a socket.
///
/// # Errors
/// The connection has ended.
pub async fn linked(mut socket: impl Link, mut peer: Peer) -> Result<(), CloseReason> {
    let (mut inbox, mut outgoing) = (Inbox::new(LIMIT), Outgoing::default());
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
    socket: &mut impl Link,
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

/// Sends back every package by hand.
///
/// # Errors
/// The connection has ended.
pub async fn bare(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    let mut bytes = vec![0; 64 * 1024];
    let mut filled = 0;
    loop {
        let read = stream.read(&mut bytes[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let (_, whole) = packages::count(&bytes[..filled]);
        stream.write_all(&bytes[..whole]).await?;
        // TLS may keep some.
        stream.flush().await?;
        bytes.copy_within(whole..filled, 0);
        filled -= whole;
    }
}
