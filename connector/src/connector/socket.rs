//! Sockets: links with a peer at their other end.

use std::fmt;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::session::Machine;

use super::Role;
use crate::link::{Batch, Inbox, Link, Opening, Outgoing};
use crate::{MaybeSend, Peer};

/// A link with a peer at its other end, and the machine that runs on its packages.
/// A [`Connector`](crate::Connector) accepts sockets; servers, clients and plugins
/// drive them.
///
/// `#[derive(Socket)]` implements it for a struct of parts, and for an enum of
/// sockets:
///
/// ```
/// use connector::link::{Inbox, Link};
/// use connector::prelude::*;
/// use connector::protocol::framing::LengthDelimited;
/// use connector::{Accept, Address};
/// use tokio::io::DuplexStream;
///
/// #[derive(Socket)]
/// #[socket(framing = LengthDelimited<u32>)]
/// struct GameSocket {
///     #[socket(io)]
///     stream: DuplexStream,
///     #[socket(peer)]
///     peer: Peer,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), CloseReason> {
/// let (near, far) = tokio::io::duplex(1024);
/// let mut near = GameSocket::accept(near, Peer::new("memory", Address::Unnamed));
/// let mut far = GameSocket::accept(far, Peer::new("memory", Address::Unnamed));
/// near.send(b"hello").await?;
/// assert_eq!(far.recv(&mut Inbox::new(1024)).await?, b"hello");
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Socket`",
    note = "add `#[derive(Socket)]` to the struct and mark its `#[socket(io)]` or `#[socket(link)]` field"
)]
pub trait Socket: Link + 'static {
    /// Returns the peer as it was known when the socket was accepted. Openers may
    /// correct it, see [`Opening::peer`]; the session has the corrected one.
    fn peer(&self) -> &Peer;

    /// Creates the machine for this side of the session.
    fn session(&self, role: Role) -> Box<dyn Machine>;

    /// Erases the type. Does not box a [`BoxSocket`] again.
    fn boxed(self) -> BoxSocket
    where
        Self: Sized,
    {
        Box::new(self)
    }
}

/// A socket of some type.
pub type BoxSocket = Box<dyn Socket>;

/// A socket that can be made of what a listener accepts. `#[derive(Socket)]`
/// implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Accept<{Io}>`",
    note = "the socket's `#[socket(io)]` or `#[socket(link)]` field must have that type, or one with `From` it"
)]
pub trait Accept<Io>: Socket + Sized {
    /// Makes a socket of a new connection.
    fn accept(io: Io, peer: Peer) -> Self;
}

impl Link for BoxSocket {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        (**self).poll_open(cx, opening)
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        (**self).poll_recv(cx, inbox)
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        (**self).poll_send(cx, outgoing)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        (**self).poll_close(cx, reason)
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        (**self).peer_has_left(cx)
    }

    fn ping(&mut self, inbox: &mut Inbox) -> bool {
        (**self).ping(inbox)
    }

    fn beat(&mut self, inbox: &mut Inbox) {
        (**self).beat(inbox);
    }

    fn peer_has_finished(&self) -> bool {
        (**self).peer_has_finished()
    }

    fn held(&self) -> usize {
        (**self).held()
    }

    fn frame(&self) -> &'static dyn Envelope {
        (**self).frame()
    }

    fn batch(&self) -> Batch {
        (**self).batch()
    }
}

impl Socket for BoxSocket {
    fn peer(&self) -> &Peer {
        (**self).peer()
    }

    fn session(&self, role: Role) -> Box<dyn Machine> {
        (**self).session(role)
    }

    fn boxed(self) -> BoxSocket {
        self
    }
}

impl fmt::Debug for dyn Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Socket({})", self.peer())
    }
}

/// A socket's futures are `Send` where the platform has threads, see [`MaybeSend`].
const _: fn() = || {
    fn sendable<T: MaybeSend>() {}
    sendable::<BoxSocket>();
};
