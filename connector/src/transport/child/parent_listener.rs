//! The parent as a listener of one connection.

use std::io;
use std::task::{Context, Poll};

use tokio_util::sync::CancellationToken;

use super::ParentStream;
use crate::connector::{Address, Listen, Peer, StartError};

/// The program that has started this one, as a listener: it accepts one connection, whose
/// stream is a [`ParentStream`]. Needs the feature `child-process`; not on Windows.
///
/// A server or a plugin that speaks to its parent ends with that connection:
///
/// ```no_run
/// use connector::codec::PomeloCodec;
/// use connector::prelude::*;
/// use connector::transport::Parent;
/// use connector::TcpSocket;
///
/// /// Pomelo's packages over standard input and output.
/// #[derive(Connector)]
/// #[connector(socket = TcpSocket, codec = PomeloCodec)]
/// struct ParentConnector(#[connector(listen)] Parent);
///
/// # async fn serve(builder: connector::ServerBuilder) -> Result<(), ServeError> {
/// let parent = Parent::stdio();
/// let gone = parent.gone();
/// builder.connector(ParentConnector(parent)).serve_until(gone).await
/// # }
/// ```
///
/// `plugin::serve_until` takes it as it is, and speaks in lines.
///
/// A program that ends the connection by itself leaves `main` by [`std::process::exit`]: the end
/// of tokio's runtime waits for a read of the standard input that has begun, so the parent would
/// not hear of the end.
#[derive(Debug)]
pub struct Parent {
    /// Until it is accepted.
    stream: Option<ParentStream>,
    /// Cancelled when the stream is dropped.
    gone: CancellationToken,
    open: bool,
}

impl Parent {
    /// Accepts the standard input and output, see [`ParentStream::stdio`].
    pub fn stdio() -> Self {
        Self::new(ParentStream::stdio())
    }

    /// Accepts the channel to a parent that has started this program from Node, see
    /// [`ParentStream::ipc`].
    ///
    /// # Errors
    /// Those of [`ParentStream::ipc`].
    pub fn ipc() -> io::Result<Self> {
        ParentStream::ipc().map(Self::new)
    }

    fn new(stream: ParentStream) -> Self {
        let gone = CancellationToken::new();
        let stream = Some(stream.cancelling(gone.clone().drop_guard()));
        Self { stream, gone, open: false }
    }

    /// Returns a future that waits until the connection has ended and its stream is dropped:
    /// for `serve_until`.
    pub fn gone(&self) -> impl Future<Output = ()> + Send + use<> {
        self.gone.clone().cancelled_owned()
    }
}

impl Listen for Parent {
    type Io = ParentStream;

    async fn bind(&mut self) -> Result<(), StartError> {
        self.open = true;
        Ok(())
    }

    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<(ParentStream, Peer)>> {
        if !self.open {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        }
        match self.stream.take() {
            Some(stream) => Poll::Ready(Ok((stream, Peer::new("parent", Address::Unnamed)))),
            // There is no other parent to wait for.
            None => Poll::Pending,
        }
    }

    fn close(&mut self) {
        self.open = false;
        // A parent that was not accepted yet is refused.
        self.stream = None;
    }

    fn address(&self) -> Option<Address> {
        self.open.then(|| Address::Name("parent".to_owned()))
    }
}
