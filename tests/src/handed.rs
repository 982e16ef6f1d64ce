//! Connections that somebody else has made.

use std::io;
use std::task::{Context, Poll};

use connector::{Address, Listen, Peer, StartError};
use tokio::sync::mpsc;

/// A listener for connections that are handed over on a channel.
#[derive(Debug)]
pub struct Handed<T>(mpsc::UnboundedReceiver<T>);

impl<T> Handed<T> {
    /// Returns the sender of connections, and their listener.
    pub fn channel() -> (mpsc::UnboundedSender<T>, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (sender, Self(receiver))
    }
}

impl<T: Send + 'static> Listen for Handed<T> {
    type Io = T;

    async fn bind(&mut self) -> Result<(), StartError> {
        Ok(())
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(T, Peer)>> {
        self.0.poll_recv(cx).map(|connection| match connection {
            Some(connection) => Ok((connection, Peer::new("handed", Address::Unnamed))),
            None => Err(io::ErrorKind::NotConnected.into()),
        })
    }

    fn close(&mut self) {
        self.0.close();
    }

    fn address(&self) -> Option<Address> {
        None
    }
}
