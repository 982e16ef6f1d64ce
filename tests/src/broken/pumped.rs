//! Streams that a task pumps into a buffer, however much arrives.

use std::io;
use std::task::{Context, Poll, ready};

use connector::transport::Memory;
use connector::{Address, Listen, Peer, StartError};
use tokio::io::{DuplexStream, copy_bidirectional, duplex};

use super::Fault;

/// More bytes than anybody waits for.
const BUFFER: usize = 1 << 30;

/// Streams in memory that are read ahead, if that is the fault.
#[derive(Debug)]
pub struct Pumped(pub Memory, pub Fault);

impl Listen for Pumped {
    type Io = DuplexStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.0.bind().await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(DuplexStream, Peer)>> {
        let (mut io, peer) = ready!(self.0.poll_accept(cx))?;
        if self.1 != Fault::ReadsAhead {
            return Poll::Ready(Ok((io, peer)));
        }
        let (near, mut far) = duplex(BUFFER);
        tokio::spawn(async move { copy_bidirectional(&mut io, &mut far).await });
        Poll::Ready(Ok((near, peer)))
    }

    fn close(&mut self) {
        self.0.close();
    }

    fn address(&self) -> Option<Address> {
        self.0.address()
    }
}
