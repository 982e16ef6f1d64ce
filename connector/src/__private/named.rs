//! Types that an expansion names in several places, of which the compiler tells once what they
//! lack.
//!
//! Within a function it tells the first reason for which a type is wrong at one place, and of
//! several functions it drops what it has told of that place in the same words. So each function
//! begins with the same requirement, and everything about a type has the type's place.

use std::future::Pending;
use std::io;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use connector_protocol::framing::Framing;

use crate::handler::Handler;
use crate::{Accept, Listen, MaybeSend, MaybeSync, Socket};

/// Requires a handler.
pub const fn is_handler<H: Handler>() {}

/// Requires a framing.
pub fn is_framing<F: Framing>() {}

/// Requires a socket, which is a link too.
pub fn is_socket<S: Socket>() {}

/// The socket and the listener of a connector. The inherent function is chosen for a `S` that is
/// a socket and a `L` that listens, that of [`Nothing`] for all others.
#[allow(missing_debug_implementations)]
pub struct Accepting<S, L>(PhantomData<(S, L)>);

impl<S: Socket, L: Listen> Accepting<S, L> {
    /// Makes a socket of what the listener accepts.
    pub fn accept(listen: &mut L, cx: &mut Context<'_>) -> Poll<io::Result<S>>
    where
        S: Accept<L::Io>,
    {
        listen.poll_accept(cx).map_ok(|(io, peer)| S::accept(io, peer))
    }
}

/// The fallback of [`Accepting`].
pub trait Nothing<S, L> {
    /// Accepts nothing: the program does not compile.
    fn accept(_: &mut L, _: &mut Context<'_>) -> Poll<io::Result<S>> {
        Poll::Pending
    }
}

impl<S, L> Nothing<S, L> for Accepting<S, L> {}

/// The handler of async calls. The inherent functions are chosen for a `H` that its calls can
/// share, those of [`Unshared`] for all others.
#[allow(missing_debug_implementations)]
pub struct Shared<H>(PhantomData<H>);

impl<H: MaybeSync> Shared<H> {
    /// Returns the future of a call.
    pub fn call<F: Future>(call: F) -> F {
        call
    }

    /// Returns the future of a method, which must be able to move between threads, where there are
    /// any. The error for one that cannot is shown at the method's name.
    pub fn sendable<F: Future + MaybeSend>(
        method: F,
    ) -> impl Future<Output = F::Output> + MaybeSend {
        method
    }
}

/// The fallback of [`Shared`] for handlers that cannot be shared, of which no future is `Send`.
pub trait Unshared {
    /// Returns a future that is: the program does not compile.
    fn call<F: Future>(_: F) -> Pending<F::Output> {
        std::future::pending()
    }

    /// Returns the future of a method.
    fn sendable<F: Future>(method: F) -> F {
        method
    }
}

impl<H> Unshared for Shared<H> {}
