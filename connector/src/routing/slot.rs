//! Where a handler's running call lives.
//!
//! A connection keeps one slot for each handler that it has called. The
//! future's type is known inside and erased outside, and each call is set into
//! the same place: a call allocates nothing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::Respond;
use crate::handler::{Cx, Filters, Handler, Reply, RouteSpec};
use crate::link::Outgoing;
use crate::{MaybeSend, MaybeSync};

/// A handler of some type.
pub(crate) trait ErasedHandler: MaybeSend + MaybeSync {
    fn routes(&self) -> &[RouteSpec];
    fn filters(&self) -> Filters;
    fn slot<'a>(&'a self) -> BoxSlot<'a>;
}

/// A place for one running call of a handler.
pub(crate) trait Slot<'a>: MaybeSend {
    /// Reads the body and sets in a call of the method at `index` in the handler's
    /// routes, in the place of the last.
    fn start(self: Pin<&mut Self>, index: usize, cx: &Cx<'a>, body: &[u8]);

    /// Runs the call; ready once it has returned.
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()>;

    /// Answers with what the call has returned.
    fn answer(self: Pin<&mut Self>, respond: &mut Respond<'_>);

    /// Starts a call, and answers it if it returns at once: all of the others in
    /// one, since most calls do.
    fn call(
        self: Pin<&mut Self>,
        index: usize,
        cx: &Cx<'a>,
        body: &[u8],
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<()>;

    /// Drops the call.
    fn cancel(self: Pin<&mut Self>);

    /// Bytes that the slot holds while it is empty.
    fn size(&self) -> usize;
}

pub(crate) type BoxSlot<'a> = Pin<Box<dyn Slot<'a> + 'a>>;

impl<H: Handler> ErasedHandler for H {
    fn routes(&self) -> &[RouteSpec] {
        H::ROUTES
    }

    fn filters(&self) -> Filters {
        H::filters()
    }

    fn slot<'a>(&'a self) -> BoxSlot<'a> {
        new_slot(move |index, cx, body| self.call(index, cx, body))
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
    M: Fn(usize, Cx<'a>, &[u8]) -> F + MaybeSend + 'a,
    F: Future<Output: Reply> + MaybeSend + 'a,
{
    Box::pin(TypedSlot { make, call: None, reply: None })
}

impl<'a, M, F> Slot<'a> for TypedSlot<M, F>
where
    M: Fn(usize, Cx<'a>, &[u8]) -> F + MaybeSend,
    F: Future<Output: Reply> + MaybeSend,
{
    fn call(
        self: Pin<&mut Self>,
        index: usize,
        cx: &Cx<'a>,
        body: &[u8],
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

    fn start(self: Pin<&mut Self>, index: usize, cx: &Cx<'a>, body: &[u8]) {
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

    fn answer(self: Pin<&mut Self>, respond: &mut Respond<'_>) {
        if let Some(reply) = self.project().reply.take() {
            respond.reply(reply);
        }
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
