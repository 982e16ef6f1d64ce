//! Framings that rewrite packages: SLIP, COBS and base64, in every split, damaged, at their
//! limits, through the kit and under a conversation.
#![allow(clippy::unwrap_used)]

mod conversation;
mod damage;
mod limits;
mod splits;
mod wire;

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use connector::CloseReason;
use connector::link::{ByteStream, Inbox};
use connector::protocol::framing::Framing;
use connector::testing::{Dialers, Tester, conformance};
use connector_tests::base64_lines::{Base64Connector, Base64Lines};
use connector_tests::cobs::{Cobs, CobsConnector};
use connector_tests::slip::Slip;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[tokio::test]
async fn cobs_conforms() {
    let dialers = Dialers::default();
    let cobs = Tester::framed::<Cobs>(|| CobsConnector::bind(dialers.memory()));
    conformance(&cobs.dial(dialers.clone())).await.assert();
}

#[tokio::test]
async fn lines_of_base64_conform() {
    let dialers = Dialers::default();
    let lines = Tester::framed::<Base64Lines>(|| Base64Connector::bind(dialers.memory()));
    conformance(&lines.dial(dialers.clone())).await.assert();
}

/// The bytes of these packages on the wire.
fn framed<F: Framing>(packages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    packages.iter().for_each(|package| F::INSTANCE.wrap(package, &mut out).unwrap());
    out
}

/// The packages of a stream that is read in these pieces, and the reason of its end. The buffer
/// goes back to the thread after each, as a driver's does.
fn read<'a, F: Framing>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    limit: usize,
) -> (Vec<Vec<u8>>, CloseReason) {
    let mut stream = Pieces(pieces.into_iter().map(<[u8]>::to_vec).collect());
    let mut inbox = Inbox::new(limit);
    let mut packages = Vec::new();
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        let Poll::Ready(received) = stream.poll_recv::<F>(&mut cx, &mut inbox) else {
            unreachable!("a piece or the end is there")
        };
        while let Some(package) = inbox.peek().map(<[u8]>::to_vec) {
            inbox.advance(package.len());
            packages.push(package);
        }
        if let Err(reason) = received {
            return (packages, reason);
        }
        inbox.release();
    }
}

/// A stream that is read piece by piece.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(buf.remaining()));
            buf.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        unreachable!("it is read alone")
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
