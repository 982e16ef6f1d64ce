//! Clients over datagrams.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector::Address;
use connector::protocol::framing::Framing;
use connector::protocol::pomelo::package::PomeloPackages;
use connector::testing::{Dial, Wire};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UdpSocket;

/// A client whose bytes are sent as datagrams of one package.
pub(crate) struct Packages;

/// A stream over datagrams: what is written leaves package by package.
struct Stream {
    socket: UdpSocket,
    written: Vec<u8>,
    read: VecDeque<u8>,
}

impl Dial for Packages {
    async fn dial(&self, address: &Address) -> io::Result<Wire> {
        let Address::Inet(address) = address else { unreachable!("an IP address") };
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        socket.connect(address).await?;
        let local = socket.local_addr()?;
        Ok(Wire::new(Stream { socket, written: Vec::new(), read: VecDeque::new() }).at(local))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { socket, read, .. } = &mut *self;
        if read.is_empty() {
            let mut room = vec![0; 65_536];
            let mut datagram = ReadBuf::new(&mut room);
            ready!(socket.poll_recv(cx, &mut datagram))?;
            read.extend(datagram.filled());
        }
        let size = read.len().min(buf.remaining());
        buf.put_slice(&read.drain(..size).collect::<Vec<_>>());
        Poll::Ready(Ok(()))
    }
}

impl Stream {
    /// Sends the whole packages that are written.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Ok(Some(cut)) = PomeloPackages::cut(&self.written, usize::MAX) {
            ready!(self.socket.poll_send(cx, &self.written[..cut.consumed]))?;
            self.written.drain(..cut.consumed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_send(cx))?;
        self.written.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_send(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        self.socket.poll_send(cx, &[]).map_ok(drop)
    }
}
