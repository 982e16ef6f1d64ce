//! What expansions of the macros name. Not for users: it may change in any
//! version.

// The macros are used where names are shadowed or there is no prelude.
pub use std::boxed::Box;
pub use std::convert::{From, Into};
pub use std::default::Default;
pub use std::future::Future;
pub use std::io;
pub use std::option::Option;
pub use std::primitive::{u8, usize};
pub use std::result::Result;
pub use std::sync::Arc;
pub use std::task::{Context, Poll};

pub use connector_protocol::framing::Envelope;
pub use connector_protocol::session::Session as Machine;

pub use crate::codec::Codec;
pub use crate::handler::{Cx, FromCall, Handler, HandlerError, Reply, ReplyBody, RouteSpec};
pub use crate::link::{Batch, ByteStream, Inbox, Link, Outgoing};
pub use crate::{
    Accept, Address, Bare, BoxSocket, CloseReason, Config, Connector, Listen, MaybeSend, Peer, Role,
    SessionKind, Socket, StartError,
};

use connector_protocol::framing::Framing;

/// The envelope of a framing, which is stateless.
pub fn frame<F: Framing>() -> &'static dyn Envelope {
    F::INSTANCE
}

/// The codec that a connector names.
pub fn codec<C: Codec + Default>() -> Arc<dyn Codec> {
    Arc::new(C::default())
}

/// Makes a socket of what a listener has accepted.
pub fn accept<S: Accept<Io>, Io>(accepted: Poll<io::Result<(Io, Peer)>>) -> Poll<io::Result<S>> {
    accepted.map_ok(|(io, peer)| S::accept(io, peer))
}

/// Erases the type of an accepted socket.
pub fn boxed<S: Socket>(accepted: Poll<io::Result<S>>) -> Poll<io::Result<BoxSocket>> {
    accepted.map_ok(Socket::boxed)
}

/// Says that what a method returns must be a reply, at the place of its type.
pub fn reply<R: Reply>(reply: R) -> R {
    reply
}

/// The body of what only stands in for an impl that could not be written.
pub fn never() -> ! {
    unreachable!("this crate does not compile")
}

/// Says that a method's future must be `Send` where there are threads, at the
/// method's name.
pub fn sendable<F: Future + MaybeSend>(call: F) -> F {
    call
}
