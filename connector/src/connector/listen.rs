//! The listening half of a connector.

use std::io;
use std::task::{Context, Poll};

use super::{Address, Peer};
use crate::MaybeSend;

/// A source of connections: an address until [`Listen::bind`], or a listener
/// that is bound already.
///
/// [`transport`](crate::transport) has listeners for TCP, Unix sockets and memory.
/// A listener of your own implements `bind`, `poll_accept`, `close` and `address`:
///
/// ```
/// use std::future::poll_fn;
/// use std::io;
/// use std::task::{Context, Poll, ready};
///
/// use connector::prelude::*;
/// use connector::{Address, StartError};
/// use tokio::io::DuplexStream;
/// use tokio::sync::mpsc;
///
/// /// Accepts streams that another part of the program hands over.
/// struct HandedOver(mpsc::Receiver<DuplexStream>);
///
/// impl Listen for HandedOver {
///     type Io = DuplexStream;
///
///     async fn bind(&mut self) -> Result<(), StartError> {
///         Ok(())
///     }
///
///     fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(DuplexStream, Peer)>> {
///         let stream = ready!(self.0.poll_recv(cx)).ok_or(io::ErrorKind::NotConnected)?;
///         Poll::Ready(Ok((stream, Peer::new("memory", Address::Unnamed))))
///     }
///
///     fn close(&mut self) {
///         self.0.close();
///     }
///
///     fn address(&self) -> Option<Address> {
///         Some(Address::Name("handed-over".to_owned()))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (streams, accepted) = mpsc::channel(16);
/// let mut listen = HandedOver(accepted);
/// listen.bind().await?;
///
/// let (_client, server) = tokio::io::duplex(1024);
/// streams.send(server).await?;
/// let (_stream, peer) = poll_fn(|cx| listen.poll_accept(cx)).await?;
/// assert_eq!(peer.transport, "memory");
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Listen`",
    note = "a `#[connector(listen)]` field is `transport::Tcp`, `transport::Unix`, `transport::Memory`, or a type that implements `Listen`"
)]
pub trait Listen: MaybeSend + 'static {
    /// The type of an accepted connection: a byte stream, or a link.
    type Io: MaybeSend + 'static;

    /// Binds the address. Does nothing if it is bound already.
    ///
    /// # Errors
    /// Returns [`StartError`] if the address cannot be bound.
    ///
    /// # Cancel safety
    /// The listeners of this crate can be bound again after a cancelled call.
    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend;

    /// Waits for the next connection.
    ///
    /// # Errors
    /// Returns the error of accepting this connection. The listener stays usable:
    /// the caller waits a little and polls again.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>>;

    /// Stops listening and releases the address. Accepted connections stay open.
    fn close(&mut self);

    /// Returns the bound address, with the port that the system chose for port 0.
    /// `None` while it is not bound.
    fn address(&self) -> Option<Address>;
}

/// The error of a connector that could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Another program listens at the address.
    #[error("{0} is in use by another program: stop that, or choose another address")]
    InUse(String),
    /// The system does not let this program listen at the address.
    #[error(
        "this program may not listen on {0}: give its user the right to, or choose another \
         address"
    )]
    Denied(String),
    /// Something is at the path of a Unix socket that is not a socket.
    #[error("{path} is {found}, not a socket: remove it, or choose another path")]
    NotASocket {
        /// The path that was to be bound.
        path: String,
        /// The kind of file that is there, such as `a directory`.
        found: &'static str,
    },
    /// The path of a Unix socket is in a directory that does not exist.
    #[error("{0} is in a directory that does not exist: create it, or choose another path")]
    NoDirectory(String),
    /// The address cannot be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was to be bound.
        address: String,
        /// The system's error.
        source: io::Error,
    },
}

impl StartError {
    /// Creates the error of binding `address`.
    pub fn new(address: impl ToString, source: io::Error) -> Self {
        let address = address.to_string();
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::InUse(address),
            io::ErrorKind::PermissionDenied => Self::Denied(address),
            _ => Self::Listen { address, source },
        }
    }
}
