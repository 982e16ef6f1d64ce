//! The running and waiting calls of one connection.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::Limit;
use connector_protocol::message::{Head, RequestId, RouteRef};

use super::Dispatcher;
use super::concurrent::Concurrent;
use super::guard::CallGuard;
use crate::Limits;
use crate::codec::Received;
use crate::handler::{Cx, HandlerError};
use crate::link::Outgoing;
use crate::routing::{BoxSlot, Lost, Respond, Target};
use crate::session::Session;

/// An idle slot larger than this is not kept.
const KEPT_SLOT: usize = 512;

/// The running and waiting calls of one connection.
///
/// Serial calls run one at a time and in order, concurrent and keyed ones beside
/// them.
/// All run in the connection's own task: the first poll happens where the
/// message was read, and only a call that did not return at once is kept.
pub(crate) struct Calls<'a> {
    dispatcher: &'a Dispatcher,
    /// What the call that is started or answered knows.
    cx: Cx<'a>,
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
    guard: Option<Box<CallGuard<'a>>>,
    target: &'a Target,
    id: Option<RequestId>,
}

impl<'a> Future for Running<'a> {
    type Output = Self;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self> {
        let Self { slot, guard, target, id } = &mut *self;
        match (&mut *slot, &mut *guard) {
            (Some(slot), None) => ready!(slot.as_mut().poll(cx)),
            (Some(slot), Some(guard)) => ready!(guard.poll(slot.as_mut(), cx)),
            (None, _) => {}
        }
        let (slot, guard) = (slot.take(), guard.take());
        Poll::Ready(Running { slot, guard, target, id: *id })
    }
}

impl<'a> Calls<'a> {
    pub(crate) fn new(
        dispatcher: &'a Dispatcher,
        session: &'a Session,
        limits: &'a Limits,
    ) -> Self {
        Self {
            dispatcher,
            cx: Cx { session, id: None, target: None, states: &dispatcher.states },
            slots: Vec::new(),
            serial: None,
            waiting: VecDeque::new(),
            concurrent: Concurrent::new(),
            last: None,
            limits,
        }
    }

    pub(crate) fn session(&self) -> &'a Session {
        self.cx.session
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
    pub(crate) fn dispatch(
        &mut self,
        message: &Received<'_>,
        task: &mut Context<'_>,
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
            Err(lost) => return self.lose(lost, id, route, outgoing),
        };
        // Others wait only behind a running one.
        if target.serial && self.serial.is_some() {
            return self.wait(Waiting { target, id, body: message.body.to_vec() });
        }
        if let Some(running) = self.start(target, id, &message.body, task, outgoing) {
            self.keep(target, running);
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
        let target = self.dispatcher.table.find(route)?;
        self.last = Some(target);
        Ok(target)
    }

    /// What comes of a message that goes nowhere.
    #[cold]
    fn lose(
        &mut self,
        lost: Lost,
        id: Option<RequestId>,
        route: RouteRef<'_>,
        outgoing: &mut Outgoing,
    ) {
        if lost == Lost::Fail {
            tracing::debug!(?route, session = %self.session().id(), "no such route");
            self.cx.id = id;
            self.cx.target = None;
            Respond::new(&self.cx, outgoing).error(&HandlerError::failed());
        }
    }

    #[cold]
    fn wait(&mut self, message: Waiting<'a>) {
        self.waiting.push_back(message);
        if self.waiting.len() == self.session().0.limits.waiting {
            self.session().reached(Limit::Waiting);
        }
    }

    /// Goes on with a call that has not returned at once.
    #[cold]
    fn keep(&mut self, target: &Target, running: Running<'a>) {
        if target.serial {
            self.serial = Some(running);
            return;
        }
        self.concurrent.push(running);
        if self.concurrent.len() == self.session().0.limits.concurrent {
            self.session().reached(Limit::Concurrent);
        }
    }

    /// Runs what has not returned yet, and what waited for it.
    pub(crate) fn poll(&mut self, task: &mut Context<'_>, outgoing: &mut Outgoing) {
        while let Poll::Ready(Some(returned)) = self.concurrent.poll_next(task) {
            self.answer(returned, outgoing);
        }
        if let Some(serial) = &mut self.serial {
            let Poll::Ready(returned) = Pin::new(serial).poll(task) else { return };
            self.serial = None;
            self.answer(returned, outgoing);
        }
        while let Some(next) = self.waiting.pop_front() {
            self.serial = self.start(next.target, next.id, &next.body, task, outgoing);
            if self.serial.is_some() {
                return;
            }
        }
    }

    /// Calls a method; what it has not answered at once is returned.
    #[inline(always)]
    fn start(
        &mut self,
        target: &'a Target,
        id: Option<RequestId>,
        body: &[u8],
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        let handler = target.handler;
        if self.slots.len() <= handler {
            self.make_places();
        }
        let place = &mut self.slots[handler];
        let slot = place.get_or_insert_with(|| self.dispatcher.table.slot(handler));
        self.cx.id = id;
        self.cx.target = Some(target);
        if target.guarded {
            slot.as_mut().start(target.index, &self.cx, body);
            let guard = Box::new(CallGuard::new(self.dispatcher, target, self.cx, body));
            let running = Running { slot: place.take(), guard: Some(guard), target, id };
            return self.run(running, task, outgoing);
        }
        match slot.as_mut().call(target.index, &self.cx, body, task, outgoing) {
            Poll::Ready(()) => None,
            Poll::Pending => Some(Running { slot: place.take(), guard: None, target, id }),
        }
    }

    /// A place for each handler's slot, which the first call of any needs.
    #[cold]
    fn make_places(&mut self) {
        self.slots.resize_with(self.dispatcher.table.handlers(), || None);
    }

    /// Runs a guarded call as far as it goes.
    #[cold]
    fn run(
        &mut self,
        mut running: Running<'a>,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        match Pin::new(&mut running).poll(task) {
            Poll::Ready(returned) => {
                self.answer(returned, outgoing);
                None
            }
            Poll::Pending => Some(running),
        }
    }

    fn answer(&mut self, returned: Running<'a>, outgoing: &mut Outgoing) {
        let Some(mut slot) = returned.slot else { return };
        self.cx.id = returned.id;
        self.cx.target = Some(returned.target);
        let mut respond = Respond::new(&self.cx, outgoing);
        match returned.guard {
            None => slot.as_mut().answer(&mut respond),
            Some(guard) => guard.answer(slot.as_mut(), respond),
        }
        self.slots[returned.target.handler].get_or_insert(slot);
    }
}
