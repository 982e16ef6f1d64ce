//! The running and waiting calls of one connection.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::Limit;
use connector_protocol::message::{Head, RequestId, RouteRef};

use super::concurrent::Concurrent;
use super::core::Core;
use super::guard::Guard;
use crate::Limits;
use crate::codec::Received;
use crate::handler::{BoxSlot, Call, Cx, HandlerError, Respond};
use crate::link::Outgoing;
use crate::session::Session;
use crate::table::{Lost, Target};

/// An idle slot larger than this is not kept.
const KEPT_SLOT: usize = 512;

/// The running and waiting calls of one connection.
///
/// Serial calls run one at a time and in order, concurrent and keyed ones beside
/// them.
/// All run in the connection's own task: the first poll happens where the
/// message was read, and only a call that did not return at once is kept.
pub(crate) struct Calls<'a> {
    pub(super) core: &'a Core,
    pub(super) session: &'a Session,
    /// An idle slot for each handler that was called.
    slots: Vec<Option<BoxSlot<'a>>>,
    serial: Option<Running<'a>>,
    waiting: VecDeque<Waiting<'a>>,
    concurrent: Concurrent<Running<'a>>,
    /// Where the last message went: the next one probably goes there, too.
    last: Option<&'a Target>,
    /// What is enforced.
    limits: &'a Limits,
}

/// A message behind a running one.
struct Waiting<'a> {
    target: &'a Target,
    id: Option<RequestId>,
    body: Vec<u8>,
}

/// A call that has not returned yet; as a future it gives itself back once it
/// has.
struct Running<'a> {
    slot: Option<BoxSlot<'a>>,
    /// For routes with a filter, a timeout or a key.
    guard: Option<Box<Guard<'a>>>,
    handler: usize,
    id: Option<RequestId>,
}

impl<'a> Future for Running<'a> {
    type Output = Self;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self> {
        let Self { slot, guard, handler, id } = &mut *self;
        match (&mut *slot, &mut *guard) {
            (Some(slot), None) => ready!(slot.as_mut().poll(cx)),
            (Some(slot), Some(guard)) => ready!(guard.poll(slot.as_mut(), cx)),
            (None, _) => {}
        }
        let (slot, guard) = (slot.take(), guard.take());
        Poll::Ready(Running { slot, guard, handler: *handler, id: *id })
    }
}

impl<'a> Calls<'a> {
    pub(crate) fn new(core: &'a Core, session: &'a Session, limits: &'a Limits) -> Self {
        Self {
            core,
            session,
            slots: Vec::new(),
            serial: None,
            waiting: VecDeque::new(),
            concurrent: Concurrent::new(),
            last: None,
            limits,
        }
    }

    /// Whether so much runs or waits that no further message is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= self.limits.waiting || self.concurrent.len() >= self.limits.concurrent
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.serial.is_none() && self.waiting.is_empty() && self.concurrent.is_empty()
    }

    /// Drops what waits; what runs goes on.
    pub(crate) fn forget_waiting(&mut self) {
        self.waiting.clear();
    }

    /// Gives idle slots back that are too large for an idle connection.
    pub(crate) fn release(&mut self) {
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|slot| slot.size() > KEPT_SLOT) {
                *slot = None;
            }
        }
    }

    /// Takes a message: calls its method, or lets it wait.
    pub(crate) fn take(
        &mut self,
        message: &Received<'_>,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) {
        let (id, route) = match message.head {
            Head::Request(id, route) => (id, route),
            Head::Notify(route) => (None, route),
            // Only servers send these; a client that does means nothing by it.
            Head::Response(_) | Head::Error(_) | Head::Push(_) => return,
        };
        let target = match self.find(route) {
            Ok(target) => target,
            Err(Lost::Drop) => return,
            Err(Lost::Fail) => {
                tracing::debug!(?route, session = %self.session.id(), "no such route");
                let mut respond = Respond::new(self.session, id, outgoing);
                return respond.error(&HandlerError::failed());
            }
        };
        let serial = target.serial;
        if serial && (self.serial.is_some() || !self.waiting.is_empty()) {
            self.waiting.push_back(Waiting { target, id, body: message.body.to_vec() });
            if self.waiting.len() == self.session.0.limits.waiting {
                self.session.reached(Limit::Waiting);
            }
            return;
        }
        if let Some(running) = self.start(target, id, &message.body, cx, outgoing) {
            if serial {
                self.serial = Some(running);
            } else {
                self.concurrent.push(running);
                if self.concurrent.len() == self.session.0.limits.concurrent {
                    self.session.reached(Limit::Concurrent);
                }
            }
        }
    }

    /// The route of the last message.
    pub(crate) fn last_route(&self) -> &'static str {
        self.last.map_or("", |last| last.route)
    }

    /// Where a message goes. The last message's route is told by its address,
    /// see [`Message::decode_expecting`](connector_protocol::message::Message).
    fn find(&mut self, route: RouteRef<'_>) -> Result<&'a Target, Lost> {
        if let (RouteRef::Name(name), Some(last)) = (route, self.last)
            && std::ptr::eq(name, last.route)
        {
            return Ok(last);
        }
        let target = self.core.table.find(route)?;
        self.last = Some(target);
        Ok(target)
    }

    /// Runs what has not returned yet, and what waited for it.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, outgoing: &mut Outgoing) {
        while let Poll::Ready(Some(returned)) = self.concurrent.poll_next(cx) {
            self.answer(returned, outgoing);
        }
        if let Some(serial) = &mut self.serial {
            let Poll::Ready(returned) = Pin::new(serial).poll(cx) else { return };
            self.serial = None;
            self.answer(returned, outgoing);
        }
        while let Some(next) = self.waiting.pop_front() {
            self.serial = self.start(next.target, next.id, &next.body, cx, outgoing);
            if self.serial.is_some() {
                return;
            }
        }
    }

    /// Calls a method; what it has not answered at once is returned.
    fn start(
        &mut self,
        target: &'a Target,
        id: Option<RequestId>,
        body: &[u8],
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        let &Target { handler, index, guarded, .. } = target;
        let Self { core, session, .. } = *self;
        if self.slots.is_empty() {
            self.slots.resize_with(core.table.handlers(), || None);
        }
        let mut respond = Respond::new(session, id, outgoing);
        let format = respond.format;
        let call = Call { index, cx: Cx { session, id, format, states: &core.states }, body };
        let place = &mut self.slots[handler];
        let slot = place.get_or_insert_with(|| core.table.slot(handler));
        if !guarded {
            let answered = slot.as_mut().call(call, cx, &mut respond).is_ready();
            let slot = if answered { None } else { place.take() };
            return slot.map(|slot| Running { slot: Some(slot), guard: None, handler, id });
        }
        slot.as_mut().start(call);
        let guard = Some(Box::new(Guard::new(core, target, &call)));
        let mut running = Running { slot: place.take(), guard, handler, id };
        match Pin::new(&mut running).poll(cx) {
            Poll::Ready(returned) => {
                self.answer(returned, outgoing);
                None
            }
            Poll::Pending => Some(running),
        }
    }

    fn answer(&mut self, returned: Running<'a>, outgoing: &mut Outgoing) {
        let Some(mut slot) = returned.slot else { return };
        let mut respond = Respond::new(self.session, returned.id, outgoing);
        match returned.guard {
            None => slot.as_mut().answer(&mut respond),
            Some(guard) => guard.answer(slot.as_mut(), &mut respond),
        }
        self.slots[returned.handler].get_or_insert(slot);
    }
}
