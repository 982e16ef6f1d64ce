//! What expansions of the macros name. Not for users: it may change in any
//! version.

pub mod generated;
mod include;

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
pub use std::time::Duration;

pub use generated as proto;

use std::fmt::Display;

use serde::Serialize;

use crate::handler::Named;

pub use connector_protocol::framing::{Envelope, Framing};
pub use connector_protocol::session::Machine;

pub use crate::body::BodyWriter;
pub use crate::codec::Codec;
pub use crate::handler::{Cx, Filter, Filters, FromCall, Handler, HandlerError, Reply, RouteSpec};
pub use crate::link::{Batch, ByteStream, Inbox, Link, Opening, Outgoing};

pub use crate::{
    Accept, Address, Bare, BoxSocket, CloseReason, Config, Connector, Listen, MaybeSend, Peer,
    Role, Router, Routes, SessionKind, Socket, StartError,
};

/// The envelope of a framing, which is stateless.
pub fn frame<F: Framing>() -> &'static dyn Envelope {
    F::INSTANCE
}

/// The codec that a connector names.
pub fn codec<C: Codec + Default>() -> Arc<dyn Codec> {
    Arc::new(C::default())
}

/// A field that has one type and no other.
#[diagnostic::on_unimplemented(
    message = "this field is a `{T}`, not `{Self}`",
    label = "write `{T}`"
)]
pub trait Is<T> {
    /// The value of that type.
    fn is(&self) -> &T;

    /// The same value.
    fn made(value: T) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T> Is<T> for T {
    fn is(&self) -> &T {
        self
    }

    fn made(value: T) -> Self {
        value
    }
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

/// A field that nobody gives a value for.
#[diagnostic::on_unimplemented(
    message = "the field's type `{Self}` has no default",
    label = "made by `Default`, since nobody gives a value for it",
    note = "put `#[derive(Default)]` on `{Self}`, or make the field an `Option<{Self}>`"
)]
pub trait Fresh {
    /// [`Default::default`].
    fn fresh() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Fresh for T {
    fn fresh() -> Self {
        Self::default()
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

/// What a call led to, which is written once its turn has come.
///
/// An error is boxed: it is rare and large, and what a call returns is moved
/// several times.
#[allow(missing_debug_implementations)]
pub enum Called<R, F> {
    /// Its arguments could not be read.
    Refused(Box<HandlerError>),
    /// What the method returned, and how that is written.
    Returned(R, F),
}

/// What a method returned.
///
/// `write` is a closure around [`Reply::reply`], so that the question whether a
/// type is a reply is asked once, where the user has written that type.
pub fn returned<R, F>(value: R, write: F) -> Called<R, F>
where
    F: FnOnce(R, &mut BodyWriter<'_>) -> Result<(), HandlerError>,
{
    Called::Returned(value, write)
}

impl<R: MaybeSend, F: MaybeSend> Reply for Called<R, F>
where
    F: FnOnce(R, &mut BodyWriter<'_>) -> Result<(), HandlerError>,
{
    fn reply(self, body: &mut BodyWriter<'_>) -> Result<(), HandlerError> {
        match self {
            Self::Refused(error) => Err(*error),
            Self::Returned(value, write) => write(value, body),
        }
    }
}

/// These filters and one that has a name in the user's program.
pub fn filter<F: Filter>(filters: Filters, filter: &'static F) -> Filters {
    filters.and(Named(filter))
}

/// Two handlers share no route and no code.
///
/// # Panics
/// If they do, which is when it compiles.
#[track_caller]
pub const fn distinct<A: Handler, B: Handler>(first: &str, second: &str) {
    let (mut a, mut b) = (0, 0);
    while a < A::ROUTES.len() {
        let earlier = &A::ROUTES[a];
        while b < B::ROUTES.len() {
            let later = &B::ROUTES[b];
            if earlier.hash == later.hash && same(earlier.route, later.route) {
                Panic::new()
                    .add("`")
                    .add(first)
                    .add("` and `")
                    .add(second)
                    .add("` both serve the route `")
                    .add(later.route)
                    .add("`: rename one of the two methods, or give it another `#[route(\"..\")]`")
                    .panic();
            }
            if let (Some(code), Some(other)) = (earlier.code, later.code)
                && code == other
            {
                Panic::new()
                    .add("the routes `")
                    .add(earlier.route)
                    .add("` of `")
                    .add(first)
                    .add("` and `")
                    .add(later.route)
                    .add("` of `")
                    .add(second)
                    .add("` have the same code: give one of them another `code = ..`")
                    .panic();
            }
            b += 1;
        }
        (a, b) = (a + 1, 0);
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// The text of a panic, put together where nothing can be allocated.
struct Panic {
    text: [u8; 1024],
    len: usize,
}

impl Panic {
    const fn new() -> Self {
        Self { text: [0; 1024], len: 0 }
    }

    /// Leaves out what there is no room for.
    const fn add(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut at = 0;
        while at < text.len() && self.len < self.text.len() {
            self.text[self.len] = text[at];
            self.len += 1;
            at += 1;
        }
        self
    }

    #[track_caller]
    const fn panic(&self) -> ! {
        match std::str::from_utf8(self.text.split_at(self.len).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("two handlers share a route"),
        }
    }
}

/// The text of an error that has one: this type's own method is chosen for a
/// `T` that is `Display`, that of [`Silent`] for all others.
#[allow(missing_debug_implementations)]
pub struct Text<'a, T>(pub &'a T);

impl<T: Display> Text<'_, T> {
    /// The text.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

/// See [`Text`].
pub trait Silent {
    /// No text.
    fn text(&self) -> String {
        String::new()
    }
}

impl<T> Silent for Text<'_, T> {}

/// A failure that its type says nothing about: the log has it, the peer has
/// not.
pub fn inside(text: String) -> HandlerError {
    tracing::error!("a call failed: {text}");
    HandlerError::failed()
}

/// The error with a field for programs. One that JSON cannot express is left
/// out.
pub fn metadata<T: Serialize>(error: HandlerError, key: &str, value: &T) -> HandlerError {
    match serde_json::to_value(value) {
        Ok(value) => error.with(key, value),
        Err(problem) => {
            tracing::error!("the error's field `{key}` was left out: {problem}");
            error
        }
    }
}

/// The body of what only stands in for an impl that could not be written. `T`
/// is what was named all the same, so that it counts as used.
#[allow(clippy::extra_unused_type_parameters)]
pub fn never<T>() -> ! {
    unreachable!("this crate does not compile")
}
