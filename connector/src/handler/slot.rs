//! Where a handler's running call lives.
//!
//! A connection keeps one slot for each handler that it has called. The
//! future's type is known inside and erased outside, and each call is set into
//! the same place: a call allocates nothing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::message::{Head, RequestId};
use pin_project_lite::pin_project;

use super::{Cx, Filters, Handler, HandlerError, Reply, ReplyBody, RouteSpec};
use crate::body::Format;
use crate::codec::CodecError;
use crate::link::Outgoing;
use crate::session::{Outbox, Session, Wire};
use crate::{MaybeSend, MaybeSync};

/// A handler of some type.
pub(crate) trait ErasedHandler: MaybeSend + MaybeSync {
    fn routes(&self) -> &[RouteSpec];
    fn filters(&self) -> Filters;
    fn slot<'a>(&'a self) -> BoxSlot<'a>;
}

/// A place for one running call of a handler.
pub(crate) trait Slot<'a>: MaybeSend {
    /// Reads the body and sets the call in, in the place of the last.
    fn start(self: Pin<&mut Self>, call: Call<'a, '_>);

    /// Runs the call; ready once it has returned.
    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()>;

    /// Answers with what the call has returned.
    fn answer(self: Pin<&mut Self>, respond: &mut Respond<'_>);

    /// Starts a call, and answers it if it returns at once.
    fn call(
        mut self: Pin<&mut Self>,
        call: Call<'a, '_>,
        task: &mut Context<'_>,
        respond: &mut Respond<'_>,
    ) -> Poll<()> {
        self.as_mut().start(call);
        ready!(self.as_mut().poll(task));
        self.answer(respond);
        Poll::Ready(())
    }

    /// Drops the call.
    fn cancel(self: Pin<&mut Self>);

    /// Bytes that the slot holds while it is empty.
    fn size(&self) -> usize;
}

pub(crate) type BoxSlot<'a> = Pin<Box<dyn Slot<'a> + 'a>>;

/// A method, and what it is called with.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a, 'b> {
    /// The method's place in the handler's routes.
    pub(crate) index: usize,
    pub(crate) cx: Cx<'a>,
    pub(crate) body: &'b [u8],
}

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
    fn start(self: Pin<&mut Self>, Call { index, cx, body }: Call<'a, '_>) {
        let mut slot = self.project();
        let call = (slot.make)(index, cx, body);
        slot.call.set(Some(call));
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

/// Where a call's answer goes.
pub(crate) struct Respond<'a> {
    wire: &'a Wire,
    outbox: &'a Outbox,
    outgoing: &'a mut Outgoing,
    id: Option<RequestId>,
    /// How the peer writes bodies.
    pub(crate) format: Format,
    /// Somebody wants to know how a call went that nobody gets an answer of.
    pub(crate) watched: bool,
    /// The error that was answered.
    pub(crate) failed: Option<HandlerError>,
}

impl<'a> Respond<'a> {
    /// Answers the request with this id; without one nobody waits.
    pub(crate) fn new(
        session: &'a Session,
        id: Option<RequestId>,
        outgoing: &'a mut Outgoing,
    ) -> Self {
        let (wire, outbox) = (&session.0.wire, &session.0.outbox);
        let format = wire.format();
        Self { wire, outbox, outgoing, id, format, watched: false, failed: None }
    }

    /// Answers, or drops the answer of a notify.
    pub(crate) fn reply(&mut self, reply: impl Reply) {
        // What the call has pushed to its own session goes before its answer.
        self.outbox.take_into(self.outgoing);
        let written = match self.id {
            Some(_) => self.write(reply),
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
        let Some(id) = self.id else { return };
        let terms = self.wire.terms();
        let head = HandlerError::head(Some(id), terms);
        let written = self
            .wire
            .write::<CodecError>(&head, self.outgoing.buf(), |out| error.write(terms, out));
        if let Err(error) = written {
            tracing::error!(%error, "an error could not be answered");
        }
    }

    fn write(&mut self, reply: impl Reply) -> Result<(), HandlerError> {
        let format = self.format;
        self.wire.write(&Head::Response(self.id), self.outgoing.buf(), |out| {
            reply.reply(&mut ReplyBody::new(format, out))
        })
    }
}
