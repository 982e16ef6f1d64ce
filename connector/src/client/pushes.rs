//! What the server sends unasked, and those who listen for it.

mod hub;
mod mailbox;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;

use crate::body::{BodyError, BodyReader, Format, FromBody};
pub(super) use hub::{Hub, Subscription};
pub(super) use mailbox::Room;

/// A message that the server sent unasked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Push {
    /// Its route's name.
    pub route: Arc<str>,
    /// Its body.
    pub body: Bytes,
    format: Format,
}

impl Push {
    /// Reads its body.
    ///
    /// # Errors
    /// A body that does not fit `T`.
    pub fn read<T: FromBody>(&self) -> Result<T, BodyError> {
        T::read(&BodyReader::new(&self.format, &self.body))
    }
}

/// The pushes of one route, read as `T`; from
/// [`Client::pushes`](super::Client::pushes). Also a [`Stream`].
///
/// A reader that is slower than its server loses the oldest pushes:
/// [`Pushes::dropped`] counts them. It ends with the connection, and does not
/// keep that open.
pub struct Pushes<T> {
    subscription: Subscription,
    body: PhantomData<fn() -> T>,
}

/// The pushes of all routes, as bytes; from
/// [`Client::all_pushes`](super::Client::all_pushes). Also a [`Stream`]. For a
/// slow reader the same holds as for [`Pushes`].
pub struct AllPushes {
    subscription: Subscription,
}

impl<T: FromBody> Pushes<T> {
    pub(super) fn new(subscription: Subscription) -> Self {
        Self { subscription, body: PhantomData }
    }

    /// Waits for the next push; `None` once the connection has ended and all
    /// that came before is read.
    ///
    /// # Errors
    /// A push that does not fit `T`. The next one may.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn next(&mut self) -> Option<Result<T, BodyError>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    /// How many pushes were dropped because this reader was too slow.
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

    /// Waits for the next push; `None` once the connection has ended and all
    /// that came before is read.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn next(&mut self) -> Option<Push> {
        std::future::poll_fn(|cx| self.subscription.poll_next(cx)).await
    }

    /// How many pushes were dropped because this reader was too slow.
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
