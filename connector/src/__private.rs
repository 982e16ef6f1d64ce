//! What expansions of the macros name. Not for users: it may change in any
//! version.

// The macros are used where names are shadowed or there is no prelude.
pub use std::boxed::Box;
pub use std::cfg;
pub use std::convert::{From, Into};
pub use std::default::Default;
pub use std::future::Future;
pub use std::io;
pub use std::option::Option;
pub use std::primitive::{str, u8, usize};
pub use std::result::Result;
pub use std::sync::Arc;
pub use std::task::{Context, Poll};

pub use connector_protocol::framing::{Envelope, Framing};
pub use connector_protocol::session::Session as Machine;

pub use crate::codec::Codec;
pub use crate::handler::{Cx, FromCall, Handler, HandlerError, Reply, ReplyBody, RouteSpec};
pub use crate::link::{Batch, ByteStream, Inbox, Link, Outgoing};
pub use crate::proto::service as proto;
pub use crate::{
    Accept, Address, Bare, BoxSocket, CloseReason, Config, Connector, Listen, MaybeSend, Peer,
    Role, SessionKind, Socket, StartError,
};

/// The envelope of a framing, which is stateless.
pub fn frame<F: Framing>() -> &'static dyn Envelope {
    F::INSTANCE
}

/// The codec that a connector names.
pub fn codec<C: Codec + Default>() -> Arc<dyn Codec> {
    Arc::new(C::default())
}

/// What carries a socket, and what it can be made of.
#[diagnostic::on_unimplemented(
    message = "the listener accepts `{Io}`, but the socket is made of `{Self}`",
    note = "give the field marked `#[socket(io)]` or `#[socket(link)]` the type `{Io}`, or its type `From<{Io}>`"
)]
pub trait MadeOf<Io> {
    /// [`From::from`].
    fn made_of(io: Io) -> Self;
}

#[diagnostic::do_not_recommend]
impl<Io, T: From<Io>> MadeOf<Io> for T {
    fn made_of(io: Io) -> Self {
        Self::from(io)
    }
}

/// Makes a socket of what a listener has accepted.
pub fn accept<S: Accept<Io>, Io>(accepted: Poll<io::Result<(Io, Peer)>>) -> Poll<io::Result<S>> {
    accepted.map_ok(|(io, peer)| S::accept(io, peer))
}

/// Erases the type of an accepted socket.
pub fn boxed<S: Socket>(accepted: Poll<io::Result<S>>) -> Poll<io::Result<BoxSocket>> {
    accepted.map_ok(Socket::boxed)
}

/// The future of a method, which goes from thread to thread where there are
/// any; that it cannot is shown at the method's name.
pub fn sendable<F: Future + MaybeSend>(call: F) -> impl Future<Output = F::Output> + MaybeSend {
    call
}

/// What a method has returned, and what writes it.
///
/// `write` is a closure around [`Reply::reply`], so that the question whether a
/// type is a reply is asked once, where the user has written that type.
pub fn answer<R, F>(value: R, write: F) -> Answer<R, F>
where
    F: FnOnce(R, &mut ReplyBody<'_>) -> Result<(), HandlerError>,
{
    Answer { value, write }
}

/// See [`answer`].
#[allow(missing_debug_implementations)]
pub struct Answer<R, F> {
    value: R,
    write: F,
}

impl<R: MaybeSend, F: MaybeSend> Reply for Answer<R, F>
where
    F: FnOnce(R, &mut ReplyBody<'_>) -> Result<(), HandlerError>,
{
    fn reply(self, body: &mut ReplyBody<'_>) -> Result<(), HandlerError> {
        (self.write)(self.value, body)
    }
}

/// The body of what only stands in for an impl that could not be written. `T`
/// is what was named all the same, so that it counts as used.
#[allow(clippy::extra_unused_type_parameters)]
pub fn never<T>() -> ! {
    unreachable!("this crate does not compile")
}
