//! One open connection, to its end.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::message::{Head, RouteRef};
use connector_protocol::pomelo::package::HEADER;
use connector_protocol::session::{Event, PackageWriter, Session as Machine};
use connector_protocol::{CloseReason, Limit};

use super::core::Core;
use crate::Limits;
use crate::body::write_json;
use crate::codec::CodecCx;
use crate::connection::{CloseOrder, say_goodbye};
use crate::connector::BoxSocket;
use crate::dispatch::Calls;
use crate::limits::Throttle;
use crate::link::{Inbox, Link, Outgoing};
use crate::session::Session;

/// Answers are sent before more input is handled once they are this long.
const FLUSH: usize = 32 * 1024;
/// No more input is handled while this much is unsent: a peer that does not
/// read its answers gets no further ones.
pub(super) const UNSENT: usize = 256 * 1024;

/// What the task of an open connection owns, but for its socket: while the task
/// rests, that is in the session's outbox.
pub(super) struct Connection {
    pub(super) machine: Box<dyn Machine>,
    pub(super) inbox: Inbox,
    pub(super) outgoing: Outgoing,
    /// Why nothing more is read.
    pub(super) ending: Option<Box<CloseOrder>>,
    /// Handling stopped because too much ran, waited or was unsent.
    pub(super) blocked: bool,
    /// When the peer last took something, while something is unsent.
    pub(super) stalled: Option<Duration>,
    pub(super) limits: Arc<Limits>,
    pub(super) throttle: Throttle,
}

/// What one round led to.
enum Turn {
    /// There may be more to do at once.
    Again,
    /// Everything waits for somebody else.
    Rest,
}

/// What a task has while it is polled.
struct Round<'r, 'cx> {
    socket: &'r mut BoxSocket,
    task: &'r mut Context<'cx>,
    now: Duration,
}

impl Connection {
    /// Serves the connection until it ends for the reason returned; its socket
    /// has to be closed then.
    pub(super) fn poll(
        &mut self,
        task: &mut Context<'_>,
        core: &Core,
        calls: &mut Calls<'_>,
    ) -> Poll<(CloseReason, BoxSocket)> {
        let session = calls.session();
        let outbox = &session.0.outbox;
        // Without one it has ended.
        let Some(mut socket) = outbox.rise() else { return Poll::Pending };
        let now = core.timer.now();
        loop {
            let mut round = Round { socket: &mut socket, task, now };
            let turn = self.turn(&mut round, core, calls);
            let flushed = self.flush(&mut round, session);
            match turn.and_then(|turn| flushed.map(|()| turn)) {
                Ok(Turn::Again) => continue,
                Ok(Turn::Rest) => {}
                Err(reason) => return Poll::Ready((reason, socket)),
            }
            if let Some(order) = &self.ending
                && calls.is_idle()
                && self.inbox.is_empty()
                && self.outgoing.is_empty()
            {
                return Poll::Ready((order.reason.clone(), socket));
            }
            match outbox.rest(task.waker(), socket) {
                Ok(()) => break,
                Err(awake) => socket = awake,
            }
        }
        if let Some(deadline) = self.deadline(core) {
            core.timer.wake_at(deadline, session);
        }
        self.inbox.release();
        self.outgoing.release();
        calls.release();
        Poll::Pending
    }

    /// One round: orders, deadlines, running calls, and what arrives.
    fn turn(
        &mut self,
        round: &mut Round<'_, '_>,
        core: &Core,
        calls: &mut Calls<'_>,
    ) -> Result<Turn, CloseReason> {
        let now = round.now;
        self.take_order(core, calls, now)?;
        self.keep_time(calls, now)?;
        if !calls.is_idle() {
            calls.poll(round.task, &mut self.outgoing);
        }
        loop {
            if !self.handle_packages(round, calls)? || round.is_clogged(&mut self.outgoing)? {
                self.blocked = true;
                return Ok(Turn::Rest);
            }
            if std::mem::take(&mut self.blocked) {
                self.machine.forgive(now);
            }
            if self.ending.is_some() {
                return Ok(Turn::Rest);
            }
            match round.socket.poll_recv(round.task, &mut self.inbox) {
                // What has to leave does so before more is handled.
                Poll::Ready(Ok(())) if !self.outgoing.is_empty() || self.inbox.has_replies() => {
                    return Ok(Turn::Again);
                }
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(reason)) => {
                    self.handle_packages(round, calls)?;
                    return Err(reason);
                }
                Poll::Pending => return Ok(Turn::Rest),
            }
        }
    }

    /// Looks whether somebody wants the connection to end.
    fn take_order(
        &mut self,
        core: &Core,
        calls: &Calls<'_>,
        now: Duration,
    ) -> Result<(), CloseReason> {
        if core.stop_deadline().is_some_and(|deadline| now >= deadline) {
            return Err(CloseReason::Stopping);
        }
        if self.ending.is_some() {
            return Ok(());
        }
        match calls.session().0.outbox.take_close(&mut self.outgoing) {
            Some(order) if !order.drain => Err(order.reason),
            order => {
                self.ending = order;
                Ok(())
            }
        }
    }

    fn keep_time(&mut self, calls: &Calls<'_>, now: Duration) -> Result<(), CloseReason> {
        self.throttle.renew(now, calls.session());
        if self.stalled.is_some_and(|since| now >= since + self.limits.stall) {
            if !self.limits.dry_run {
                return Err(CloseReason::Stalled { unsent: self.outgoing.len() });
            }
            calls.session().reached(Limit::Stall);
            self.stalled = Some(now);
        }
        if !self.blocked && self.machine.deadline().is_some_and(|deadline| now >= deadline) {
            let frame = calls.session().0.encoder.frame;
            self.machine.tick(now, &mut PackageWriter::new(frame, self.outgoing.buf()))?;
        }
        Ok(())
    }

    /// Handles what has arrived; `false` if it had to stop before the end.
    fn handle_packages(
        &mut self,
        round: &mut Round<'_, '_>,
        calls: &mut Calls<'_>,
    ) -> Result<bool, CloseReason> {
        let session = calls.session();
        let encoder = &session.0.encoder;
        while let Some(bytes) = self.inbox.peek() {
            if calls.is_full() || !self.throttle.allows() || round.is_clogged(&mut self.outgoing)? {
                return Ok(false);
            }
            let mut input = bytes;
            let mut out = PackageWriter::new(encoder.frame, self.outgoing.buf());
            match self.machine.handle(&mut input, round.now, &mut out)? {
                Event::Message(payload) => {
                    self.throttle.count();
                    let about = CodecCx::new(session, calls.last_route());
                    let message = encoder.codec.decode(&about, payload);
                    if let Some(message) = message.map_err(CloseReason::malformed)? {
                        calls.take(&message, round.task, &mut self.outgoing);
                    }
                }
                Event::Ignored | Event::Handshake(_) | Event::Opened(_) => {}
            }
            let handled = bytes.len() - input.len();
            self.inbox.advance(handled);
            if self.limits.dry_run && handled > self.limits.package.saturating_add(HEADER) {
                session.reached(Limit::Package);
            }
        }
        Ok(true)
    }

    /// Sends what can be sent: answers, other tasks' pushes, the link's own.
    fn flush(&mut self, round: &mut Round<'_, '_>, session: &Session) -> Result<(), CloseReason> {
        let outbox = &session.0.outbox;
        outbox.take_into(&mut self.outgoing);
        outbox.check()?;
        self.inbox.take_replies(&mut self.outgoing);
        let before = self.outgoing.len();
        if !self.outgoing.is_sent()
            && let Poll::Ready(sent) = round.socket.poll_send(round.task, &mut self.outgoing)
        {
            sent?;
        }
        let unsent = self.outgoing.len();
        outbox.set_unsent(unsent);
        match self.stalled {
            _ if unsent == 0 => self.stalled = None,
            Some(_) if unsent >= before => {}
            _ => self.stalled = Some(round.now),
        }
        Ok(())
    }

    fn deadline(&self, core: &Core) -> Option<Duration> {
        [
            self.machine.deadline().filter(|_| !self.blocked),
            self.throttle.deadline(),
            self.stalled.map(|since| since + self.limits.stall),
            core.stop_deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Says good-bye: the kick, what is unsent, the link's own way.
    pub(super) async fn close(
        &mut self,
        socket: &mut BoxSocket,
        session: &Session,
        reason: &CloseReason,
    ) {
        session.0.outbox.take_into(&mut self.outgoing);
        if let CloseReason::Kicked(text) = reason {
            self.kick(session, text.as_deref());
        }
        say_goodbye(socket, &mut self.inbox, &mut self.outgoing, reason).await;
    }

    /// A kick carries its reason on every connector: where there is no package
    /// for it, as a push.
    fn kick(&mut self, session: &Session, reason: Option<&str>) {
        let encoder = &session.0.encoder;
        if self.machine.kick(reason, &mut PackageWriter::new(encoder.frame, self.outgoing.buf())) {
            return;
        }
        let head = Head::Push(RouteRef::Name("onKick"));
        let body = serde_json::json!({ "reason": reason });
        let written = encoder.write(&head, self.outgoing.buf(), |out| write_json(&body, out));
        if let Err(error) = written {
            tracing::debug!(%error, "a kick could not be told");
        }
    }
}

impl Round<'_, '_> {
    /// Whether too much is unsent to make more of it. If so, the task is woken
    /// when the peer has read some.
    fn is_clogged(&mut self, outgoing: &mut Outgoing) -> Result<bool, CloseReason> {
        if outgoing.len() <= FLUSH {
            return Ok(false);
        }
        if let Poll::Ready(sent) = self.socket.poll_send(self.task, outgoing) {
            sent?;
        }
        Ok(outgoing.len() > UNSENT)
    }
}
