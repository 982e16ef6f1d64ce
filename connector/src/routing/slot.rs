//! Slots: the places of handlers' running calls.
//!
//! A connection keeps one slot for each handler that it has called. The type of the call's
//! future is known inside the slot and erased outside, and each call takes the place of
//! the last one, so a call allocates nothing.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::handler::{
    Cx, Filters, Handler, HandlerError, KeyHasher, RawBody, Reply, Respond, RouteSpec,
};
use crate::link::Outgoing;
use crate::{MaybeSend, MaybeSync};

/// A handler whose type is erased.
pub(crate) trait ErasedHandler: ErasedPlain {
    fn routes(&self) -> &[RouteSpec];
    fn filters(&self) -> Filters;

    /// Adds the key of a call of the method at `index` in the handler's routes.
    fn key(
        &self,
        index: usize,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        key: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError>;

    fn slot<'a>(&'a self) -> BoxSlot<'a>;

    /// Returns the handler for calls of its plain methods.
    fn direct(&self) -> Option<BoxPlain>;
}

/// The plain methods of a handler.
pub(crate) trait ErasedPlain: MaybeSend + MaybeSync {
    /// Calls the method at `index` in the handler's routes, and answers.
    fn call_plain(&self, index: usize, cx: &Cx<'_>, body: RawBody<'_>, respond: &mut Respond<'_>);
}

/// A boxed `Arc` of the handler, so that a call follows just that pointer.
pub(crate) type BoxPlain = Box<dyn ErasedPlain>;

/// A place for one running call of a handler.
pub(crate) trait Slot<'a>: MaybeSend {
    /// Reads the body and starts a call of the method at `index` in the handler's routes,
    /// in place of the last call.
    fn start(self: Pin<&mut Self>, index: usize, cx: &Cx<'a>, body: RawBody<'_>);

    /// Polls the call. Ready once there is an answer.
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()>;

    /// Sends the answer that the call has returned. After [`Answer::More`] the slot is
    /// polled again.
    fn answer(self: Pin<&mut Self>, respond: &mut Respond<'_>) -> Answer;

    /// Starts a call, and answers it if it returns at once: `start`, `poll` and `answer` in
    /// one virtual call, since most calls return at once. Ready after the last answer. If
    /// another answer is there already, the task is woken for it.
    fn call(
        self: Pin<&mut Self>,
        index: usize,
        cx: &Cx<'a>,
        body: RawBody<'_>,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<()>;

    /// Drops the call.
    fn cancel(self: Pin<&mut Self>);

    /// Returns the size of the slot in bytes.
    fn size(&self) -> usize;
}

/// The position of an answer among those of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The last one, and mostly the only one.
    Last,
    /// One of several: the call goes on.
    More,
}

pub(crate) type BoxSlot<'a> = Pin<Box<dyn Slot<'a> + 'a>>;

impl<H: Handler> ErasedHandler for Arc<H> {
    fn routes(&self) -> &[RouteSpec] {
        H::ROUTES
    }

    fn filters(&self) -> Filters {
        H::filters(self)
    }

    fn key(
        &self,
        index: usize,
        cx: &Cx<'_>,
        body: RawBody<'_>,
        key: &mut KeyHasher<'_>,
    ) -> Result<(), HandlerError> {
        H::key(index, cx, body, key)
    }

    fn slot<'a>(&'a self) -> BoxSlot<'a> {
        new_slot(move |index, cx, body| H::call(self, index, cx, body))
    }

    fn direct(&self) -> Option<BoxPlain> {
        Some(Box::new(self.clone()))
    }
}

impl<H: Handler> ErasedPlain for Arc<H> {
    fn call_plain(&self, index: usize, cx: &Cx<'_>, body: RawBody<'_>, respond: &mut Respond<'_>) {
        H::call_plain(self, index, cx, body, respond);
    }
}

pin_project! {
    struct TypedSlot<M, F: Future> {
        make: M,
        #[pin]
        call: Option<F>,
        reply: Option<F::Output>,
    }
}

pub(super) fn new_slot<'a, M, F>(make: M) -> BoxSlot<'a>
where
    M: Fn(usize, Cx<'a>, RawBody<'_>) -> F + MaybeSend + 'a,
    F: Future<Output: Reply> + MaybeSend + 'a,
{
    Box::pin(TypedSlot { make, call: None, reply: None })
}

impl<'a, M, F> Slot<'a> for TypedSlot<M, F>
where
    M: Fn(usize, Cx<'a>, RawBody<'_>) -> F + MaybeSend,
    F: Future<Output: Reply> + MaybeSend,
{
    fn call(
        self: Pin<&mut Self>,
        index: usize,
        cx: &Cx<'a>,
        body: RawBody<'_>,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<()> {
        let mut slot = self.project();
        slot.call.set(Some((slot.make)(index, *cx, body)));
        if let Some(call) = slot.call.as_mut().as_pin_mut() {
            let reply = ready!(call.poll(task));
            slot.call.set(None);
            Respond::new(cx, outgoing).reply(reply);
        }
        Poll::Ready(())
    }

    fn start(self: Pin<&mut Self>, index: usize, cx: &Cx<'a>, body: RawBody<'_>) {
        let mut slot = self.project();
        slot.call.set(Some((slot.make)(index, *cx, body)));
    }

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let mut slot = self.project();
        if let Some(call) = slot.call.as_mut().as_pin_mut() {
            *slot.reply = Some(ready!(call.poll(task)));
            slot.call.set(None);
        }
        Poll::Ready(())
    }

    fn answer(self: Pin<&mut Self>, respond: &mut Respond<'_>) -> Answer {
        if let Some(reply) = self.project().reply.take() {
            respond.reply(reply);
        }
        Answer::Last
    }

    fn cancel(self: Pin<&mut Self>) {
        let mut slot = self.project();
        slot.call.set(None);
        *slot.reply = None;
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }
}
