//! The listening half of a connector.

use std::io;
use std::task::{Context, Poll};

use super::{Address, Peer};
use crate::MaybeSend;

/// Where connections arrive: an address until [`Listen::bind`], or a listener
/// that is bound already.
///
/// TCP, Unix sockets and memory are here; a user's own is `bind`,
/// `poll_accept`, `close` and `address`.
#[diagnostic::on_unimplemented(
    message = "connections cannot arrive at `{Self}`",
    note = "a `#[connector(listen)]` field is `transport::Tcp`, `transport::Unix`, `transport::Memory`, or a type that implements `Listen`"
)]
pub trait Listen: MaybeSend + 'static {
    /// What a connection is made of: a byte stream, or a link.
    type Io: MaybeSend + 'static;

    /// Binds the address; does nothing if it is bound.
    ///
    /// # Errors
    /// [`StartError`], in a sentence that names the address.
    fn bind(&mut self) -> impl Future<Output = Result<(), StartError>> + MaybeSend;

    /// Waits for the next connection.
    ///
    /// # Errors
    /// The listener stays usable; the caller waits a little and goes on.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, Peer)>>;

    /// Stops listening and gives the address free. Connections stay.
    fn close(&mut self);

    /// The address that is bound, with the port that was picked.
    fn address(&self) -> Option<Address>;
}

/// A connector that could not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Somebody else listens there.
    #[error("{0} is in use by another program: stop that, or choose another address")]
    InUse(String),
    /// The address cannot be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// What was to be bound.
        address: String,
        /// What the system said.
        source: io::Error,
    },
}

impl StartError {
    /// The error of binding `address`.
    pub fn new(address: impl ToString, source: io::Error) -> Self {
        let address = address.to_string();
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::InUse(address),
            _ => Self::Listen { address, source },
        }
    }
}
