//! Streams with a buffer of their own, as TLS has one: what is written stays
//! there until the stream is flushed.

use std::io;
use std::task::{Context, Poll};

use connector::prelude::*;
use connector::{Address, Listen, StartError};
use tokio::io::{AsyncRead, AsyncWrite, BufStream};

/// Puts a buffer around each stream of another listener.
#[derive(Debug)]
pub struct Buffered<L>(pub L);

impl<L: Listen<Io: AsyncRead + AsyncWrite>> Listen for Buffered<L> {
    type Io = BufStream<L::Io>;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.0.bind().await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>> {
        self.0.poll_accept(cx).map_ok(|(io, peer)| (BufStream::new(io), peer))
    }

    fn close(&mut self) {
        self.0.close();
    }

    fn address(&self) -> Option<Address> {
        self.0.address()
    }
}
