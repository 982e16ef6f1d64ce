//! The conformance kit, over datagrams.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector::protocol::framing::Framing;
use connector::protocol::pomelo::package::PomeloPackages;
use connector::testing::{Behaviour, Dial, Tester, Wire, conformance};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::UdpSocket;

use super::*;

/// A client whose bytes are sent as datagrams of one package.
struct Packages;

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
        Ok(Wire::new(Stream { socket, written: Vec::new(), read: VecDeque::new() }))
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

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { socket, written, .. } = &mut *self;
        let before = written.len();
        written.extend_from_slice(buf);
        while let Ok(Some(cut)) = PomeloPackages::cut(written, usize::MAX) {
            if socket.poll_send(cx, &written[..cut.consumed])?.is_pending() {
                written.truncate(before);
                return Poll::Pending;
            }
            written.drain(..cut.consumed);
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_send(cx, &[]).map_ok(drop)
    }
}

/// The order is checked too, since loopback keeps it.
#[tokio::test]
async fn udp_conforms_as_far_as_datagrams_can() {
    // The kit's packages are not handshakes, and its client need not answer any.
    let port = || Udp::from("127.0.0.1:0").without_handshake().answer_times(u32::MAX);
    let udp = || UdpConnector::bind(port());
    let udp = Tester::framed::<PomeloPackages>(udp)
        .pomelo()
        .limit(1_000)
        .dial(Packages)
        .exempt(
            Behaviour::AbruptDeath,
            "a datagram arrives whole or not at all, and the death of its sender is silence",
        )
        .exempt(Behaviour::Backpressure, "what a peer does not read is lost, and nobody is told")
        .exempt(Behaviour::SizeLimit, "a datagram is complete when it arrives")
        .exempt(
            Behaviour::Restart,
            "open sockets keep the address bound, and a client that sends nothing is not refused",
        );
    conformance(&udp).await.assert();
}
