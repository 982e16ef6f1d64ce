//! Pushes of the server, and subscriptions to them.

mod subscriptions;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use connector_protocol::pomelo::protobuf::DecodeError;
use futures_util::Stream;

use crate::body::{BodyError, BodyReader, Format, FromBody};
use crate::link::queue::Weigh;
pub(super) use subscriptions::{Subscription, Subscriptions};

/// A push of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Push {
    /// The name of its route.
    pub route: Arc<str>,
    /// The bytes of its body: JSON, if it came as pomelo-protobuf.
    pub body: Bytes,
    format: Format,
    /// The error of a body in pomelo-protobuf that does not fit its schema.
    fault: Option<Box<DecodeError>>,
}

impl Weigh for Push {
    fn size(&self) -> usize {
        self.body.len()
    }
}

impl Push {
    /// Reads the body.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the body is not a `T`.
    pub fn read<T: FromBody>(&self) -> Result<T, BodyError> {
        match &self.fault {
            Some(fault) => Err(BodyError::misfit(fault)),
            None => T::read(&BodyReader::new(&self.format, &self.body)),
        }
    }
}

/// A subscription to the pushes of one route, read as `T`. It is a
/// [`Stream`](https://docs.rs/futures-core/0.3/futures_core/stream/trait.Stream.html), made
/// by [`Client::pushes`](super::Client::pushes).
///
/// If the reader is slower than the server, the oldest pushes are dropped, which
/// [`Pushes::dropped`] counts. A subscription outlasts a lost connection: it receives the
/// pushes over the next one, and not those that were sent meanwhile. It ends when the client
/// closes, and does not keep it open.
pub struct Pushes<T> {
    subscription: Subscription,
    body: PhantomData<fn() -> T>,
}

/// A subscription to the pushes of all routes, as bytes. It is a
/// [`Stream`](https://docs.rs/futures-core/0.3/futures_core/stream/trait.Stream.html), made
/// by [`Client::all_pushes`](super::Client::all_pushes). See [`Pushes`] for slow readers.
pub struct AllPushes {
    subscription: Subscription,
}

/// Several routes of pushes as one type, such as the enum `Pushes` that `connector-build`
/// generates for the messages of a package with `option (connector.push)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of pushes",
    note = "`connector-build` generates the enum `Pushes` of a package whose messages have `option (connector.push) = \"onSomething\";`",
    note = "the pushes of one route are read by `client.pushes(route)`"
)]
pub trait PushSet: Sized {
    /// The routes.
    const ROUTES: &'static [&'static str];

    /// Reads a push of one of the routes.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the body does not fit its route.
    fn read(push: &Push) -> Result<Self, BodyError>;
}

/// A subscription to the pushes of several routes, read as `P`, in the order of arrival. It is
/// a [`Stream`](https://docs.rs/futures-core/0.3/futures_core/stream/trait.Stream.html), made
/// by [`Client::pushes_of`](super::Client::pushes_of). See [`Pushes`] for slow readers.
pub struct PushesOf<P> {
    subscription: Subscription,
    set: PhantomData<fn() -> P>,
}

impl<P: PushSet> PushesOf<P> {
    pub(super) fn new(subscription: Subscription) -> Self {
        Self { subscription, set: PhantomData }
    }

    /// Waits for the next push. Returns `None` after the last push of a client that has
    /// closed.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the push does not fit its route. Later pushes can still be
    /// read.
    ///
    /// # Cancel safety
    /// Dropping the future loses no push.
    pub async fn next(&mut self) -> Option<Result<P, BodyError>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Returns the number of pushes that were dropped because this reader was too slow.
    pub fn dropped(&self) -> u64 {
        self.subscription.dropped()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<P, BodyError>>> {
        self.subscription.poll_next(cx).map(|push| Some(P::read(&push?)))
    }
}

impl<P: PushSet> Stream for PushesOf<P> {
    type Item = Result<P, BodyError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

impl<P> fmt::Debug for PushesOf<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PushesOf").field("subscription", &self.subscription).finish()
    }
}

impl<T: FromBody> Pushes<T> {
    pub(super) fn new(subscription: Subscription) -> Self {
        Self { subscription, body: PhantomData }
    }

    /// Waits for the next push. Returns `None` after the last push of a client that has
    /// closed.
    ///
    /// # Errors
    /// Returns [`BodyError`] if the push is not a `T`. Later pushes can still be read.
    ///
    /// # Cancel safety
    /// Dropping the future loses no push.
    pub async fn next(&mut self) -> Option<Result<T, BodyError>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// Returns the number of pushes that were dropped because this reader was too slow.
    pub fn dropped(&self) -> u64 {
        self.subscription.dropped()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, BodyError>>> {
        self.subscription.poll_next(cx).map(|push| Some(push?.read()))
    }
}

impl AllPushes {
    pub(super) fn new(subscription: Subscription) -> Self {
        Self { subscription }
    }

    /// Waits for the next push. Returns `None` after the last push of a client that has
    /// closed.
    ///
    /// # Cancel safety
    /// Dropping the future loses no push.
    pub async fn next(&mut self) -> Option<Push> {
        std::future::poll_fn(|cx| self.subscription.poll_next(cx)).await
    }

    /// Returns the number of pushes that were dropped because this reader was too slow.
    pub fn dropped(&self) -> u64 {
        self.subscription.dropped()
    }
}

impl<T: FromBody> Stream for Pushes<T> {
    type Item = Result<T, BodyError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

impl Stream for AllPushes {
    type Item = Push;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Push>> {
        self.get_mut().subscription.poll_next(cx)
    }
}

impl<T> fmt::Debug for Pushes<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushes").field("subscription", &self.subscription).finish()
    }
}

impl fmt::Debug for AllPushes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AllPushes").field("subscription", &self.subscription).finish()
    }
}
