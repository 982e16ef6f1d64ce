//! The running and waiting calls of one connection.

use std::pin::Pin;
use std::task::{Context, Poll};

use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::handshake::Dialect;
use connector_protocol::pomelo::protobuf::Schemas;
use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit};

use super::Dispatcher;
use super::concurrent::Concurrent;
use super::held::Held;
use super::running::Running;
use super::waiting::{Waiting, WaitingCall};
use crate::codec::CodecError;
use crate::connection::UNSENT;
use crate::handler::{Cx, HandlerError, Respond};
use crate::link::Outgoing;
use crate::routing::{BoxSlot, Target, Unroutable};
use crate::session::Session;
use crate::{Limits, ServerHandle};

/// The code of the answer to an unknown route, where the dialect has one for that.
const NOT_FOUND: u16 = 404;
/// An idle slot larger than this is not kept.
const KEPT_SLOT: usize = 512;

/// The running and waiting calls of one connection.
///
/// Serial calls run one at a time and in order; concurrent and keyed ones run
/// concurrently with them. All run in the connection's task: a call is polled first
/// where its message was read, and only one that does not return at once is kept. A
/// plain method runs there as a whole.
pub(crate) struct Calls<'a> {
    pub(super) dispatcher: &'a Dispatcher,
    /// The context of the call that is being started or answered.
    pub(super) cx: Cx<'a>,
    /// The idle slots, by handler.
    pub(super) slots: Vec<Option<BoxSlot<'a>>>,
    serial: Option<Running<'a>>,
    waiting: Waiting<'a>,
    concurrent: Concurrent<Running<'a>>,
    pub(super) held: Held<'a>,
    /// The schemas of pomelo-protobuf, if the session has some.
    pub(super) schemas: Option<&'a Schemas>,
    /// Whether a body is prepared before its handler reads it.
    pub(super) prepares: bool,
    /// `true` if calls were not started or polled because too much is unsent, or because they
    /// have had their share of the thread.
    held_back: bool,
    /// `false` if no call runs or waits, which is asked before each message.
    is_busy: bool,
    /// What is enforced.
    pub(super) limits: &'a Limits,
}

impl<'a> Calls<'a> {
    pub(crate) fn new(
        dispatcher: &'a Dispatcher,
        server: &'a ServerHandle,
        session: &'a Session,
        limits: &'a Limits,
    ) -> Self {
        let schemas = session.0.encoder.agreement().schemas().map(|schemas| &**schemas);
        Self {
            dispatcher,
            cx: Cx { session, id: None, target: None, server },
            slots: Vec::new(),
            serial: None,
            waiting: Waiting::default(),
            concurrent: Concurrent::new(),
            held: Held::new(&dispatcher.held),
            prepares: schemas.is_some() || dispatcher.verifies(),
            schemas,
            held_back: false,
            is_busy: false,
            limits,
        }
    }

    pub(crate) fn session(&self) -> &'a Session {
        self.cx.session
    }

    /// Returns the limits that are enforced.
    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Returns `true` if so many calls run or wait that no further message is taken.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.is_busy
            && (self.waiting.len() >= self.limits.waiting
                || self.concurrent.len() >= self.limits.concurrent
                || self.held.is_full(self.limits))
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.serial.is_none() && self.waiting.is_empty() && self.concurrent.is_empty()
    }

    /// Returns `true` if [`Calls::poll`] has left calls for later because too much was
    /// unsent, or because others come first. It has to be called again once at most
    /// [`UNSENT`] is.
    pub(crate) fn is_held_back(&self) -> bool {
        self.held_back
    }

    /// Drops the waiting calls. Running ones continue.
    pub(crate) fn forget_waiting(&mut self) {
        while let Some(message) = self.next_waiting() {
            drop(message);
        }
    }

    /// Drops all calls, running and waiting ones.
    pub(crate) fn cancel(&mut self) {
        self.forget_waiting();
        let running = std::mem::replace(&mut self.concurrent, Concurrent::new());
        let serial = self.serial.take();
        self.held.remove(usize::MAX);
        self.held_back = false;
        drop((serial, running));
    }

    fn next_waiting(&mut self) -> Option<WaitingCall<'a>> {
        let message = self.waiting.pop()?;
        self.held.remove(message.body.len());
        Some(message)
    }

    /// Frees idle slots that are too large for an idle connection.
    pub(crate) fn release(&mut self) {
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|slot| slot.size() > KEPT_SLOT) {
                *slot = None;
            }
        }
    }

    /// Calls the method of a message, or queues the message.
    #[inline(always)]
    pub(crate) fn dispatch(
        &mut self,
        head: Head<'_>,
        body: &[u8],
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) {
        let (id, route) = match head {
            Head::Request(id, route) => (id, route),
            Head::Notify(route) => (None, route),
            // Only servers send these, so they are ignored.
            Head::Response(_) | Head::Error(_) | Head::Push(_) => return,
        };
        let target = match self.find(route) {
            Ok(target) => target,
            Err(kind) => return self.answer_unroutable(kind, id, route, outgoing),
        };
        // Serial calls wait for a running one, and behind those that wait for what is unsent.
        if target.serial && (self.serial.is_some() || !self.waiting.is_empty()) {
            return self.wait(WaitingCall { target, id, body: body.to_vec() });
        }
        if let Some(running) = self.start(target, id, body, task, outgoing) {
            self.keep(running);
        }
    }

    /// Returns the route of the last message.
    pub(crate) fn last_route(&self) -> &'static str {
        self.cx.target.map_or("", |last| last.route)
    }

    /// Returns the target of a message. The last message's route is recognized by its
    /// address, see [`Message::decode_expecting`](connector_protocol::message::Message).
    #[inline(always)]
    fn find(&mut self, route: RouteRef<'_>) -> Result<&'a Target, Unroutable> {
        match route {
            RouteRef::Code(code) => self.dispatcher.table.find_code(code),
            RouteRef::Name(name) => match self.cx.target {
                Some(last) if std::ptr::eq(name, last.route) => Ok(last),
                _ => self.dispatcher.table.find_name(name),
            },
        }
    }

    /// Answers a message that the codec has refused.
    ///
    /// # Errors
    /// Returns the reason to close if the payload was not a message at all.
    #[cold]
    pub(crate) fn refuse(
        &mut self,
        error: CodecError,
        outgoing: &mut Outgoing,
    ) -> Result<(), CloseReason> {
        let Some(id) = error.refused() else { return Err(CloseReason::malformed(error)) };
        tracing::debug!(error = %escaped(&error), session = %escaped(self.session().id()), "a message was refused");
        self.cx.id = id;
        self.cx.target = None;
        Respond::new(&self.cx, outgoing).fail(HandlerError::bad_request(error));
        Ok(())
    }

    /// Answers a message whose route is unknown, unless it is dropped.
    #[cold]
    fn answer_unroutable(
        &mut self,
        kind: Unroutable,
        id: Option<RequestId>,
        route: RouteRef<'_>,
        outgoing: &mut Outgoing,
    ) {
        let Dispatcher { notes, table, .. } = self.dispatcher;
        notes.unknown(route, self.session().id(), table);
        if kind == Unroutable::Fail {
            self.cx.id = id;
            self.cx.target = None;
            let route = match route {
                RouteRef::Name(name) => name,
                RouteRef::Code(_) => "",
            };
            let error = match self.session().0.encoder.agreement().dialect {
                // As pitaya's servers do, where pomelo's say 500 and no more.
                Dialect::Pitaya => HandlerError::new(NOT_FOUND, "there is no such route"),
                _ => HandlerError::failed(),
            };
            Respond::new(&self.cx, outgoing).fail_on(route, error);
        }
    }

    #[cold]
    fn wait(&mut self, message: WaitingCall<'a>) {
        self.is_busy = true;
        self.hold(message.body.len());
        self.waiting.push(message);
        if self.waiting.len() == self.session().0.limits.waiting {
            self.session().report_limit(Limit::Waiting);
        }
    }

    /// Keeps a call that has not returned at once.
    #[cold]
    fn keep(&mut self, running: Running<'a>) {
        self.is_busy = true;
        self.hold(running.bytes as usize);
        if running.target.serial {
            self.serial = Some(running);
            return;
        }
        self.concurrent.push(running);
        if self.concurrent.len() == self.session().0.limits.concurrent {
            self.session().report_limit(Limit::Concurrent);
        }
    }

    fn hold(&mut self, bytes: usize) {
        let session = self.session();
        self.held.add(bytes, &session.0.limits, |limit| session.report_limit(limit));
    }

    /// Polls the running calls, and starts the waiting ones that may run now. Behind each one
    /// that has returned, `goes_on` says whether others may follow in this poll.
    pub(crate) fn poll(
        &mut self,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
        goes_on: impl FnMut() -> bool,
    ) {
        self.poll_kept(task, outgoing, goes_on);
        self.is_busy = !self.is_idle();
    }

    fn poll_kept(
        &mut self,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
        mut goes_on: impl FnMut() -> bool,
    ) {
        self.held_back = false;
        if !self.poll_concurrent(task, outgoing, &mut goes_on) {
            return;
        }
        if let Some(serial) = &mut self.serial {
            let Poll::Ready(returned) = Pin::new(serial).poll(task) else { return };
            self.serial = self.answer_kept(returned, outgoing);
            if self.serial.is_some() {
                task.waker().wake_by_ref();
                return;
            }
            if !goes_on() {
                self.held_back = !self.waiting.is_empty();
                return;
            }
        }
        while !self.waiting.is_empty() {
            if outgoing.len() > UNSENT {
                self.held_back = true;
                return;
            }
            let Some(next) = self.next_waiting() else { return };
            if let Some(running) = self.start(next.target, next.id, &next.body, task, outgoing) {
                return self.keep(running);
            }
            if !goes_on() {
                self.held_back = !self.waiting.is_empty();
                return;
            }
        }
    }

    /// Polls the concurrent calls, unless very much is unsent: each of them may return as
    /// long an answer as it likes. Returns `true` if other calls may go on in this poll.
    fn poll_concurrent(
        &mut self,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
        mut goes_on: impl FnMut() -> bool,
    ) -> bool {
        let mut more = Vec::new();
        let mut has_share = true;
        self.concurrent.begin_turn();
        while !self.concurrent.is_empty() {
            // Not below what they go on at, see `is_held_back`.
            if outgoing.len() > self.limits.queued.max(UNSENT) {
                self.held_back = true;
                break;
            }
            let Poll::Ready(Some(returned)) = self.concurrent.poll_next(task) else { break };
            more.extend(self.answer_kept(returned, outgoing));
            has_share = goes_on();
            if !has_share {
                break;
            }
        }
        if self.concurrent.is_turn_over() {
            // It counts like a call that has returned, and for the time that it took.
            has_share &= goes_on();
        }
        if !more.is_empty() {
            more.into_iter().for_each(|running| self.concurrent.push(running));
            task.waker().wake_by_ref();
        }
        self.held_back |= !has_share && !self.is_idle();
        has_share
    }
}
