//! Where a handler's running call lives.
//!
//! A connection keeps one slot for each handler that it has called. The
//! future's type is known inside and erased outside, and each call is set into
//! the same place: a call allocates nothing.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::handler::{Cx, Filters, Handler, RawBody, Reply, Respond, RouteSpec};
use crate::link::Outgoing;
use crate::{MaybeSend, MaybeSync};

/// A handler of some type.
pub(crate) trait ErasedHandler: ErasedPlain {
    fn routes(&self) -> &[RouteSpec];
    fn filters(&self) -> Filters;
    fn slot<'a>(&'a self) -> BoxSlot<'a>;

    /// The same handler, for a route whose method never waits.
    fn direct(&self) -> Option<BoxPlain>;
}

/// The methods of a handler that never wait.
pub(crate) trait ErasedPlain: MaybeSend + MaybeSync {
    /// Calls the method at `index` in the handler's routes, and answers.
    fn call_plain(&self, index: usize, cx: &Cx<'_>, body: RawBody<'_>, respond: &mut Respond<'_>);
}

/// Its type is that of an `Arc`, so that there is no more to do to reach the handler
/// than to follow that.
pub(crate) type BoxPlain = Box<dyn ErasedPlain>;

/// A place for one running call of a handler.
pub(crate) trait Slot<'a>: MaybeSend {
    /// Reads the body and sets in a call of the method at `index` in the handler's
    /// routes, in the place of the last.
    fn start(self: Pin<&mut Self>, index: usize, cx: &Cx<'a>, body: RawBody<'_>);

    /// Runs the call; ready once there is something to answer.
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()>;

    /// Answers with what the call has returned. If more will come, the slot is
    /// polled again.
    fn answer(self: Pin<&mut Self>, respond: &mut Respond<'_>) -> Answer;

    /// Starts a call, and answers it if it returns at once: all of the others in
    /// one, since most calls do. Ready after the last answer; if another one is
    /// there already, the task is woken for it.
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

    /// Bytes that the slot holds while it is empty.
    fn size(&self) -> usize;
}

/// Whether a call is done with its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was the last one, and mostly the only one.
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
        H::filters()
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
