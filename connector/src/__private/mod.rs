//! The items that expansions of the macros name. Not for users: they may change in any
//! version.

/// For the tests that `conformance!` makes.
#[cfg(all(feature = "testing", not(target_family = "wasm")))]
pub mod conformance {
    pub use crate::testing::Behaviour;
    pub use crate::testing::conformance::test;
}
pub mod generated;
mod include;
mod named;
#[cfg(feature = "plugin")]
pub mod plugin;

// The macros are used where names are shadowed or there is no prelude.
pub use std::borrow::Cow;
pub use std::boxed::Box;
pub use std::clone::Clone;
pub use std::convert::{From, Into};
pub use std::default::Default;
pub use std::fmt::Debug;
pub use std::future::Future;
pub use std::io;
pub use std::ops::Fn;
pub use std::option::Option;
pub use std::primitive::{bool, str, u8, usize};
pub use std::result::Result;
pub use std::result::Result::Ok;
pub use std::sync::Arc;
pub use std::task::{Context, Poll};
pub use std::time::Duration;
pub use std::{cfg, concat, env, format, include_bytes};

pub use generated as proto;
pub use named::{Accepting, Nothing, Shared, Unshared, is_framing, is_handler, is_socket};

use std::any::type_name;
use std::fmt::Display;

use connector_protocol::text::escaped;
use serde::Serialize;

use crate::handler::{Chain, Named};

pub use connector_protocol::framing::{Envelope, Framing};
pub use connector_protocol::session::Machine;

pub use crate::body::BodyWriter;
pub use crate::codec::Codec;
pub use crate::handler::{
    CallKey, Cx, Filter, Filters, FromCall, Handler, HandlerError, KeyHasher, NotifyReply, RawBody,
    Reply, Respond, RouteSpec,
};
pub use crate::link::{Batch, ByteStream, Inbox, Link, Opening, Outgoing};

pub use crate::{
    Accept, Address, Bare, BoxSocket, CloseReason, Config, Connector, Listen, MaybeSend, MaybeSync,
    Peer, Role, Router, Routes, SessionKind, Socket, StartError,
};

/// Returns the envelope of a framing, which is stateless.
pub fn frame<F: Framing>() -> &'static dyn Envelope {
    F::INSTANCE
}

/// Creates the codec that a connector names.
pub fn codec<C: Codec + Default>() -> Arc<dyn Codec> {
    Arc::new(C::default())
}

/// A field that must have the type `T`.
#[diagnostic::on_unimplemented(
    message = "this field is a `{T}`, not `{Self}`",
    label = "write `{T}`"
)]
pub trait Is<T> {
    /// Returns the value.
    fn is(&self) -> &T;

    /// Returns the value as this type.
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

/// A field of a socket that is made from what a listener accepts.
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

/// A field without a given value, which is made by `Default`.
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

/// Erases the type of an accepted socket.
pub fn boxed<S: Socket>(accepted: Poll<io::Result<S>>) -> Poll<io::Result<BoxSocket>> {
    accepted.map_ok(Socket::boxed)
}

/// The result of a call, which is written when its turn has come.
///
/// The error is boxed: it is rare and large, and results are moved several times.
#[allow(missing_debug_implementations)]
pub enum Called<R, F> {
    /// The arguments could not be read.
    Refused(Box<HandlerError>),
    /// The method's value, and the function that writes it.
    Returned(R, F),
}

/// Wraps the value that a method returned.
///
/// `write` is a closure around [`Reply::reply`], so that a type that is not a reply is
/// reported once, where the user has written that type.
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

/// Calls a plain method, and answers with its value, or with the error of its arguments.
/// `T` is written out, so that a type that is not a reply is reported where the user has
/// written it.
#[inline(always)]
pub fn answer<T: Reply>(respond: &mut Respond<'_>, call: impl FnOnce() -> Result<T, HandlerError>) {
    respond.reply(call());
}

/// Calls the plain method of a notify, as [`answer`] does.
#[inline(always)]
pub fn answer_notify<T: NotifyReply>(
    respond: &mut Respond<'_>,
    call: impl FnOnce() -> Result<T, HandlerError>,
) {
    respond.reply(call());
}

/// Writes what the async method of a notify returned. Its one bound is all that the compiler tells
/// of a type that is none of a notify.
///
/// # Errors
/// Returns the method's error.
pub fn reply_notify<T: NotifyReply>(
    value: T,
    body: &mut BodyWriter<'_>,
) -> Result<(), HandlerError> {
    value.reply_notify(body)
}

/// Adds the field that keys a call. A field of something that is not there adds nothing.
pub fn key<'b, K: CallKey + ?Sized + 'b>(
    key: &mut KeyHasher<'_>,
    field: impl FnOnce() -> Option<&'b K>,
) {
    if let Some(field) = field() {
        key.add(field);
    }
}

/// Adds a filter that the user's program names.
pub fn filter<F: Filter>(filters: Filters, filter: &'static F) -> Filters {
    filters.and(Named(filter))
}

/// Adds a filter of one route.
pub fn filter_on<F: Filter>(filters: Filters, route: &'static str, filter: &'static F) -> Filters {
    filters.on(route, Named(filter))
}

/// Checks that two handlers share neither a route nor a code.
///
/// # Panics
/// Panics if they do. It runs at compile time.
#[track_caller]
pub const fn distinct<A: Handler, B: Handler>(first: &str, second: &str) {
    let mut a = 0;
    let mut b = 0;
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
        a += 1;
        b = 0;
    }
}

const fn same(a: &str, b: &str) -> bool {
    let a = a.as_bytes();
    let b = b.as_bytes();
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// The text of a panic, made at compile time, where nothing can be allocated.
struct Panic {
    text: [u8; 1024],
    len: usize,
}

impl Panic {
    const fn new() -> Self {
        Self { text: [0; 1024], len: 0 }
    }

    /// Appends a text, which is cut off at the end of the buffer.
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

/// The text of an error, if it has one: the inherent method is chosen for a `T` that is
/// `Display`, the method of [`Silent`] for all others.
#[allow(missing_debug_implementations)]
pub struct Text<'a, T>(pub &'a T);

impl<T: Display> Text<'_, T> {
    /// Returns the text.
    pub fn text(&self) -> String {
        self.0.to_string()
    }
}

/// The fallback of [`Text`] for errors without `Display`.
pub trait Silent {
    /// Returns an empty text.
    fn text(&self) -> String {
        String::new()
    }
}

impl<T> Silent for Text<'_, T> {}

/// The text for the log of an error that the peer does not see. As the first that fits is
/// chosen for `&&&Cause(..)`, it is that of an error with its sources ([`Chained`]), of a type
/// that is only `Display` ([`Shown`]), or none ([`Unknown`]).
#[allow(missing_debug_implementations)]
pub struct Cause<'a, T>(pub &'a T);

/// See [`Cause`].
pub trait Chained {
    /// Returns the text of the error and of its sources.
    fn cause(&self) -> String;
}

impl<T: std::error::Error> Chained for &&Cause<'_, T> {
    fn cause(&self) -> String {
        Chain(self.0).to_string()
    }
}

/// See [`Cause`].
pub trait Shown {
    /// Returns the text.
    fn cause(&self) -> String;
}

impl<T: Display> Shown for &Cause<'_, T> {
    fn cause(&self) -> String {
        self.0.to_string()
    }
}

/// See [`Cause`].
pub trait Unknown {
    /// Returns the name of the type.
    fn cause(&self) -> String;
}

impl<T> Unknown for Cause<'_, T> {
    fn cause(&self) -> String {
        format!("an error without a text, `{}`", type_name::<T>())
    }
}

/// Returns an internal failure with this text for the log.
pub fn inside(cause: String) -> HandlerError {
    HandlerError::internal(cause)
}

/// Adds a field for programs to an error. A value that JSON cannot express is left out
/// and logged.
pub fn metadata<T: Serialize>(error: HandlerError, key: &str, value: &T) -> HandlerError {
    match serde_json::to_value(value) {
        Ok(value) => error.with(key, value),
        Err(problem) => {
            tracing::error!(key, error = %escaped(problem), "an error's field was left out");
            error
        }
    }
}

/// The body of a placeholder for an impl that could not be expanded. `T` is the type that
/// it names, so that it counts as used.
#[allow(clippy::extra_unused_type_parameters)]
pub fn never<T>() -> ! {
    unreachable!("this crate does not compile")
}
