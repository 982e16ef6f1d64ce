//! A socket: a link with somebody at its other end.

use std::fmt;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::session::Machine;

use super::Role;
use crate::link::{Batch, Inbox, Link, Opening, Outgoing};
use crate::{MaybeSend, Peer};

/// A link with somebody at its other end, and a way to talk: what a
/// [`Connector`](crate::Connector) accepts, and what both families of
/// protocols stand on.
///
/// `#[derive(Socket)]` writes it for a struct that names its parts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no socket",
    note = "add `#[derive(Socket)]` to the struct and mark its `#[socket(io)]` or `#[socket(link)]` field"
)]
pub trait Socket: Link + 'static {
    /// Who is at the other end, as known when it was accepted. What opens the
    /// socket may know better, see [`Opening::peer`]: the session has that.
    fn peer(&self) -> &Peer;

    /// The state machine for this side of the conversation.
    fn session(&self, role: Role) -> Box<dyn Machine>;

    /// Erases the type; a box stays the box that it is.
    fn boxed(self) -> BoxSocket
    where
        Self: Sized,
    {
        Box::new(self)
    }
}

/// A socket of some type.
pub type BoxSocket = Box<dyn Socket>;

/// Makes a socket of what a listener accepted. Part of `#[derive(Socket)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made of what this listener accepts, `{Io}`",
    note = "the socket's `#[socket(io)]` or `#[socket(link)]` field must have that type, or one with `From` it"
)]
pub trait Accept<Io>: Socket + Sized {
    /// The socket for a new connection.
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

/// What a socket's own future needs; see [`MaybeSend`].
const _: fn() = || {
    fn sendable<T: MaybeSend>() {}
    sendable::<BoxSocket>();
};
