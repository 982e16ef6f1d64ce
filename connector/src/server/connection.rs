//! One open connection of a server, until its end.

use std::borrow::Cow;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::message::{Head, RouteRef};
use connector_protocol::pomelo::package::HEADER;
use connector_protocol::session::{Event, Machine};
use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit};

use super::coder::Coder;
use super::inner::ServerInner;
use super::machine::AnyMachine;
use crate::body::write_json;
use crate::codec::{CodecCx, Received};
use crate::connection::{self, Budget, CloseOrder, Flow, Pause, Side, Turn};
use crate::connector::BoxSocket;
use crate::dispatch::Calls;
use crate::limits::Throttle;
use crate::link::Outgoing;
use crate::metrics;
use crate::runtime::{isolate, yield_now};
use crate::session::Session;

/// The kick reason after the panic of a handler.
const FAILED: &str = "a handler failed";
/// The time that a peer may take nothing while more than [`Limits::queued`] waits for it.
///
/// [`Limits::queued`]: crate::Limits::queued
const SLOW: Duration = Duration::from_secs(1);
/// The kick reason of a peer that does not read.
const TOO_SLOW: &str = "too much waited for this client, which does not read";

/// The state of an open connection's task, except its socket: while the task is idle, that
/// is parked in the session's outbox.
pub(super) struct Connection {
    pub(super) io: connection::Connection<AnyMachine>,
    /// The order to end, after which nothing more is read.
    pub(super) ending: Option<Box<CloseOrder>>,
    pub(super) throttle: Throttle,
    /// For a codec that waits.
    pub(super) coder: Option<Box<Coder>>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        metrics::received(self.throttle.handled());
    }
}

impl Connection {
    /// Serves the connection. Ready when it has ended, with the reason and the socket, which
    /// the caller closes.
    pub(super) fn poll(
        &mut self,
        task: &mut Context<'_>,
        server: &ServerInner,
        calls: &mut Calls<'_>,
    ) -> Poll<(CloseReason, BoxSocket)> {
        let session = calls.session();
        let outbox = &session.0.outbox;
        // Without a socket the connection has ended, or somebody else sends.
        let Some(mut socket) = outbox.unpark(task.waker()) else { return Poll::Pending };
        let Self { io, ending, throttle, coder } = self;
        let coder = coder.as_deref_mut();
        let mut serving = Serving { server, calls, session, ending, throttle, coder, due: None };
        let now = server.timer.now();
        loop {
            let polled = isolate("a handler", || io.poll(&mut socket, &mut serving, task, now));
            let pause = match polled.unwrap_or_else(|| Err(io.abandon())) {
                Ok(pause) => pause,
                Err(reason) => return Poll::Ready((reason, socket)),
            };
            if let Some(order) = &serving.ending
                && serving.calls.is_idle()
                && serving.coder.as_ref().is_none_or(|coder| coder.is_idle())
                && io.is_done()
            {
                return Poll::Ready((order.reason.clone(), socket));
            }
            // The others get their turn, then held back calls get theirs.
            let goes_on = serving.calls.is_held_back() && io.unsent() <= connection::UNSENT;
            if goes_on && pause != Pause::Spent {
                yield_now(task);
            }
            if goes_on || pause == Pause::Spent {
                outbox.retain(socket);
                break;
            }
            match outbox.park(task.waker(), socket) {
                Ok(()) => break,
                Err(awake) => socket = awake,
            }
        }
        if let Some(deadline) = serving.deadline(io.deadline(&serving)) {
            server.timer.wake_at(deadline, session);
        }
        serving.calls.release();
        Poll::Pending
    }

    /// Handles what a client had sent before it left, as far as there is room. Ready when
    /// nothing is left.
    pub(super) fn poll_rest(
        &mut self,
        task: &mut Context<'_>,
        server: &ServerInner,
        calls: &mut Calls<'_>,
    ) -> Poll<()> {
        let Self { io, coder, .. } = self;
        let mut is_decoded = true;
        if let Some(coder) = coder {
            coder.forget_stage();
            if coder.poll_decoding(calls, task, &mut Outgoing::default()).is_err() {
                coder.forget_decoding();
                io.forget_rest();
            }
            is_decoded = coder.has_decoded();
        }
        let coder = coder.as_deref_mut();
        let rest = io.poll_rest(&mut Finishing { calls, server, coder }, task, server.timer.now());
        if is_decoded { rest } else { Poll::Pending }
    }

    /// Returns whether messages are encoded by futures.
    pub(super) fn encodes(&self) -> bool {
        self.coder.as_ref().is_some_and(|coder| coder.encodes())
    }

    /// Encodes the last messages of a session that has ended, the reason of the end behind
    /// them. Calls are polled by `poll_calls` meanwhile.
    pub(super) async fn encode_last(
        &mut self,
        session: &Session,
        reason: &CloseReason,
        mut poll_calls: impl FnMut(&mut Context<'_>),
    ) {
        for last in [false, true] {
            if last {
                self.write_reason(session, reason);
            }
            let Self { io, coder: Some(coder), .. } = self else { return };
            coder.drain(session, io.outgoing(), &mut poll_calls).await;
        }
    }

    /// Writes the messages that wait in an open session's outbox.
    pub(super) fn take_waiting(&mut self, session: &Session) {
        let outgoing = written(self.coder.as_deref_mut(), self.io.outgoing());
        session.0.outbox.take_into(outgoing);
        session.0.outbox.take_batch(outgoing);
    }

    /// Writes the reason of the end, if its protocol has a package for that.
    pub(super) fn write_reason(&mut self, session: &Session, reason: &CloseReason) {
        match reason {
            CloseReason::Kicked(text) => self.kick(session, text.as_deref()),
            CloseReason::Panicked => self.kick(session, Some(FAILED)),
            CloseReason::SlowPeer { .. } => self.kick(session, Some(TOO_SLOW)),
            _ => {}
        }
    }

    /// Writes a kick. A protocol without a package for it carries it as a push, so that the
    /// reason arrives on every connector.
    fn kick(&mut self, session: &Session, reason: Option<&str>) {
        let (machine, mut out) = self.io.machine();
        if machine.kick(reason, &mut out) {
            return;
        }
        let head = Head::Push(RouteRef::Name("onKick"));
        let body = serde_json::json!({ "reason": reason });
        let outgoing = written(self.coder.as_deref_mut(), self.io.outgoing());
        let out = outgoing.buf();
        let before = out.len();
        let written = session.0.encoder.write(&head, out, |out| write_json(&body, out));
        if let Err(error) = written {
            tracing::debug!(error = %escaped(&error), "a kick could not be sent");
        }
        let outbox = &session.0.outbox;
        if outbox.batches() {
            outbox.put_answer(outgoing, before, "");
            outbox.take_batch(outgoing);
        }
    }
}

/// Returns where the session's messages are written.
fn written<'o>(coder: Option<&'o mut Coder>, outgoing: &'o mut Outgoing) -> &'o mut Outgoing {
    match coder {
        Some(coder) => coder.written(outgoing),
        None => outgoing,
    }
}

/// Calls the method of a message.
#[inline(always)]
fn dispatch(
    payload: &[u8],
    calls: &mut Calls<'_>,
    turn: &mut Turn<'_, '_>,
) -> Result<Flow, CloseReason> {
    let session = calls.session();
    match session.0.encoder.read(calls.last_route(), payload) {
        Some(Ok((head, body))) => {
            calls.dispatch(head, body, turn.task, turn.outgoing);
            Ok(Flow::Continue)
        }
        Some(Err(error)) => calls.refuse(error, turn.outgoing).map(|()| Flow::Continue),
        None => dispatch_by_codec(payload, calls, turn),
    }
}

/// The same for a codec that is not pomelo's, and for a compressed body.
fn dispatch_by_codec(
    payload: &[u8],
    calls: &mut Calls<'_>,
    turn: &mut Turn<'_, '_>,
) -> Result<Flow, CloseReason> {
    let session = calls.session();
    let about = CodecCx::new(session, calls.last_route());
    match session.0.encoder.codec.decode(&about, payload) {
        Ok(Some(Received { head, body })) => {
            calls.dispatch(head, &body, turn.task, turn.outgoing);
            // It was made of the payload, which may take as long as many messages do.
            Ok(if matches!(body, Cow::Owned(_)) { Flow::Look } else { Flow::Continue })
        }
        Ok(None) => Ok(Flow::Continue),
        Err(error) => calls.refuse(error, turn.outgoing).map(|()| Flow::Look),
    }
}

/// The server's side of a connection whose client has left.
struct Finishing<'p, 'a> {
    calls: &'p mut Calls<'a>,
    server: &'p ServerInner,
    coder: Option<&'p mut Coder>,
}

impl Side for Finishing<'_, '_> {
    fn has_room(&self) -> bool {
        let limits = self.calls.limits();
        !self.calls.is_full() && self.coder.as_ref().is_none_or(|coder| coder.has_room(limits))
    }

    fn handle(&mut self, event: Event<'_>, turn: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        let Event::Message(payload) = event else { return Ok(Flow::Continue) };
        match &mut self.coder {
            Some(coder) => coder.receive(payload, self.calls, turn).map(|()| Flow::Look),
            None => dispatch(payload, self.calls, turn),
        }
    }

    fn clock(&self) -> Option<Duration> {
        Some(self.server.timer.now())
    }
}

/// The server's side of a connection that is polled.
struct Serving<'p, 'a> {
    server: &'p ServerInner,
    calls: &'p mut Calls<'a>,
    session: &'a Session,
    ending: &'p mut Option<Box<CloseOrder>>,
    throttle: &'p mut Throttle,
    coder: Option<&'p mut Coder>,
    /// The time at which a batch leaves.
    due: Option<Duration>,
}

impl Serving<'_, '_> {
    /// Takes an order to end, and checks the deadline of a stop.
    #[inline(never)]
    fn take_order(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), CloseReason> {
        if self.server.stop_deadline().is_some_and(|deadline| turn.now >= deadline) {
            return Err(CloseReason::Stopping);
        }
        if self.ending.is_some() {
            return Ok(());
        }
        let outgoing = written(self.coder.as_deref_mut(), turn.outgoing);
        if let Some(order) = self.session.0.outbox.take_close(outgoing) {
            if !order.drain {
                return Err(order.reason);
            }
            *self.ending = Some(Box::new(order));
        }
        Ok(())
    }

    /// Goes on with the calls that run or wait, and with a codec that waits.
    #[inline(never)]
    fn poll_calls(
        &mut self,
        turn: &mut Turn<'_, '_>,
        budget: &mut Budget,
    ) -> Result<(), CloseReason> {
        if !self.calls.is_idle() && self.coder.as_ref().is_none_or(|coder| !coder.is_clogged()) {
            let elapsed = || Some(self.server.timer.now().saturating_sub(turn.now));
            let outgoing = written(self.coder.as_deref_mut(), turn.outgoing);
            self.calls.poll(turn.task, outgoing, || budget.call(elapsed));
        }
        match &mut self.coder {
            Some(coder) => coder.poll_decoding(self.calls, turn.task, turn.outgoing),
            None => Ok(()),
        }
    }

    /// Adds what others have put in, a batch, and what a codec has encoded.
    #[inline(never)]
    fn collect_more(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), CloseReason> {
        let outbox = &self.session.0.outbox;
        let outgoing = written(self.coder.as_deref_mut(), turn.outgoing);
        outbox.take_into(outgoing);
        if outbox.batches() {
            if self.ending.is_some() {
                outbox.take_batch(outgoing);
            }
            self.due = outbox.take_due(turn.now, outgoing)?;
        }
        if let Some(coder) = &mut self.coder {
            coder.poll_encoding(self.session, turn.task, turn.outgoing);
        }
        outbox.check()
    }

    /// Tells the metrics how many messages a second has brought, in one update instead of one
    /// for each message.
    #[cold]
    fn tell_rate(&self, messages: u32) {
        metrics::received(messages);
        if messages >= self.session.0.limits.messages_per_second {
            self.session.report_limit(Limit::MessagesPerSecond);
        }
    }

    fn deadline(&self, connection: Option<Duration>) -> Option<Duration> {
        let own = connection::earlier(self.due, self.throttle.deadline());
        let own = connection::earlier(own, self.server.stop_deadline());
        connection::earlier(connection, own)
    }
}

impl Side for Serving<'_, '_> {
    const UNSENT: usize = connection::UNSENT;

    fn prepare(&mut self, turn: &mut Turn<'_, '_>, budget: &mut Budget) -> Result<(), CloseReason> {
        if self.session.0.outbox.has_new() || self.server.stop_deadline().is_some() {
            self.take_order(turn)?;
        }
        if let Some(messages) = self.throttle.renew(turn.now) {
            self.tell_rate(messages);
        }
        if self.calls.is_idle() && self.coder.is_none() {
            return Ok(());
        }
        self.poll_calls(turn, budget)
    }

    #[inline(always)]
    fn has_room(&self) -> bool {
        let limits = self.calls.limits();
        !self.calls.is_full()
            && self.throttle.allows()
            && self.coder.as_ref().is_none_or(|coder| coder.has_room(limits))
    }

    fn reads(&self) -> bool {
        self.ending.is_none()
    }

    fn handle(&mut self, event: Event<'_>, turn: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        let Event::Message(payload) = event else { return Ok(Flow::Continue) };
        self.throttle.count();
        match &mut self.coder {
            Some(coder) => coder.receive(payload, self.calls, turn).map(|()| Flow::Look),
            None => dispatch(payload, self.calls, turn),
        }
    }

    fn handled(&mut self, bytes: usize) {
        let limits = &self.session.0.limits;
        if limits.dry_run && bytes > limits.package.saturating_add(HEADER) {
            self.session.report_limit(Limit::Package);
        }
    }

    fn has_more(&self) -> bool {
        let outbox = &self.session.0.outbox;
        outbox.has_new() || outbox.batches() || self.coder.is_some()
    }

    #[inline]
    fn collect(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), CloseReason> {
        if self.has_more() { self.collect_more(turn) } else { Ok(()) }
    }

    fn sent(&mut self, unsent: usize) {
        let encoded = self.coder.as_ref().map_or(0, |coder| coder.unsent());
        self.session.0.outbox.set_unsent(unsent + encoded);
    }

    fn clock(&self) -> Option<Duration> {
        Some(self.server.timer.now())
    }

    fn package_rate(&self) -> usize {
        self.session.0.limits.package_rate
    }

    fn slow_package(&mut self, received: usize, expected: usize) -> Result<(), CloseReason> {
        if !self.session.0.limits.dry_run {
            return Err(CloseReason::SlowPackage { received, expected });
        }
        self.session.report_limit(Limit::PackageRate);
        Ok(())
    }

    fn stall_timeout(&self) -> Option<Duration> {
        let stall = self.session.0.limits.stall;
        Some(if self.ending.is_some() {
            // A stop does not wait long for a peer that takes nothing.
            stall.min(connection::LAST_BYTES)
        } else if self.session.0.outbox.is_over() {
            stall.min(SLOW)
        } else {
            stall
        })
    }

    fn stalled(&mut self, unsent: usize) -> Result<(), CloseReason> {
        if let Some(reason) = self.session.0.outbox.slow_peer() {
            return Err(reason);
        }
        if self.ending.is_some() || !self.session.0.limits.dry_run {
            return Err(CloseReason::Stalled { unsent });
        }
        self.session.report_limit(Limit::Stall);
        Ok(())
    }
}
