//! Where a handler's running call lives.
//!
//! A connection keeps one slot for each handler that it has called. The
//! future's type is known inside and erased outside, and each call is set into
//! the same place: a call allocates nothing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::message::{Head, RequestId};

use super::{Cx, Filters, Handler, HandlerError, Reply, ReplyBody, RouteSpec};
use crate::body::Format;
use crate::link::Outgoing;
use crate::session::{Outbox, Wire};
use crate::{MaybeSend, MaybeSync};

/// A handler of some type.
pub(crate) trait ErasedHandler: MaybeSend + MaybeSync {
    fn routes(&self) -> &[RouteSpec];
    fn filters(&self) -> Filters;
    fn slot<'a>(&'a self) -> Box<dyn Slot<'a> + 'a>;
}

/// A place for one running call of a handler.
pub(crate) trait Slot<'a>: MaybeSend {
    /// Reads the body and sets the call in, in the place of the last.
    fn start(&mut self, index: usize, cx: Cx<'a>, body: &[u8]);

    /// Runs the call; ready once it has returned.
    fn poll(&mut self, task: &mut Context<'_>) -> Poll<()>;

    /// Answers with what the call has returned.
    fn answer(&mut self, respond: &mut Respond<'_>);

    /// Drops the call.
    fn cancel(&mut self);

    /// Bytes that the slot holds while it is empty.
    fn size(&self) -> usize;
}

impl<H: Handler> ErasedHandler for H {
    fn routes(&self) -> &[RouteSpec] {
        H::ROUTES
    }

    fn filters(&self) -> Filters {
        H::filters()
    }

    fn slot<'a>(&'a self) -> Box<dyn Slot<'a> + 'a> {
        new_slot(move |index, cx, body| self.call(index, cx, body))
    }
}

struct TypedSlot<M, F: Future> {
    make: M,
    call: Pin<Box<Option<F>>>,
    reply: Option<F::Output>,
}

pub(super) fn new_slot<'a, M, F>(make: M) -> Box<dyn Slot<'a> + 'a>
where
    M: Fn(usize, Cx<'a>, &[u8]) -> F + MaybeSend + 'a,
    F: Future<Output: Reply> + MaybeSend + 'a,
{
    Box::new(TypedSlot { make, call: Box::pin(None), reply: None })
}

impl<'a, M, F> Slot<'a> for TypedSlot<M, F>
where
    M: Fn(usize, Cx<'a>, &[u8]) -> F + MaybeSend,
    F: Future<Output: Reply> + MaybeSend,
{
    fn start(&mut self, index: usize, cx: Cx<'a>, body: &[u8]) {
        let call = (self.make)(index, cx, body);
        self.call.set(Some(call));
    }

    fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        if let Some(call) = self.call.as_mut().as_pin_mut() {
            self.reply = Some(ready!(call.poll(task)));
            self.call.set(None);
        }
        Poll::Ready(())
    }

    fn answer(&mut self, respond: &mut Respond<'_>) {
        if let Some(reply) = self.reply.take() {
            respond.reply(reply);
        }
    }

    fn cancel(&mut self) {
        self.call.set(None);
        self.reply = None;
    }

    fn size(&self) -> usize {
        size_of::<F>()
    }
}

/// Where a call's answer goes.
pub(crate) struct Respond<'a> {
    pub(crate) wire: &'a Wire,
    pub(crate) outbox: &'a Outbox,
    pub(crate) outgoing: &'a mut Outgoing,
    pub(crate) id: Option<RequestId>,
    pub(crate) format: Format,
    /// Somebody wants to know how a call went that nobody gets an answer of.
    pub(crate) watched: bool,
    /// The error that was answered.
    pub(crate) failed: Option<HandlerError>,
}

impl Respond<'_> {
    /// Answers, or drops the answer of a notify.
    pub(crate) fn reply(&mut self, reply: impl Reply) {
        // What the call has pushed to its own session goes before its answer.
        self.outbox.take_into(self.outgoing);
        let written = match self.id {
            Some(_) => self.write(|body| reply.reply(body)),
            None if self.watched => reply.reply(&mut ReplyBody::new(self.format, &mut Vec::new())),
            None => return,
        };
        if let Err(error) = written {
            self.error(&error);
            self.failed = Some(error);
        }
    }

    /// Answers with an error.
    pub(crate) fn error(&mut self, error: &HandlerError) {
        if self.id.is_some()
            && let Err(error) = self.write(|body| body.write_json(error))
        {
            tracing::error!(%error, "an error could not be answered");
        }
    }

    fn write(
        &mut self,
        body: impl FnOnce(&mut ReplyBody<'_>) -> Result<(), HandlerError>,
    ) -> Result<(), HandlerError> {
        let format = self.format;
        self.wire.write(&Head::Response(self.id), self.outgoing.buf(), |out| {
            body(&mut ReplyBody::new(format, out))
        })
    }
}
