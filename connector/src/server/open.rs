//! From an accepted socket to an open session, and on to its end.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use connector_protocol::handshake::{Answer, Request};
use connector_protocol::package::HEADER;
use connector_protocol::session::{Event, PackageWriter, ServerConfig};
use connector_protocol::{CloseReason, Limit};

use super::calls::Calls;
use super::connection::{Connection, UNSENT};
use super::core::Core;
use super::throttle::Throttle;
use crate::codec::Codec;
use crate::config::Config;
use crate::link::{Inbox, Link, Outgoing};
use crate::metrics::{self, Counted};
use crate::opening;
use crate::session::{Admission, Session, Told, Wire};
use crate::socket::{BoxSocket, Role, Socket};
use crate::table::Table;
use crate::{Format, Limits};

/// What all sockets of one connector are served with.
pub(super) struct Profile {
    pub(super) limits: Arc<Limits>,
    /// The same, or more in a dry run.
    pub(super) enforced: Limits,
    pub(super) session: Arc<ServerConfig>,
    pub(super) codec: Arc<dyn Codec>,
}

impl Profile {
    /// For one connector: what is configured for it, and the codes of `table`
    /// if its messages can carry such.
    pub(super) fn new(config: &Config, codec: Arc<dyn Codec>, table: &Table) -> Self {
        let limits = Arc::new(config.get_limits());
        let enforced = limits.enforced();
        let (dict, formats) = match codec.is_negotiable() {
            true => (table.dictionary().map(Arc::new), vec![Format::Json, Format::Protobuf]),
            false => (None, Vec::new()),
        };
        let session = ServerConfig {
            heartbeat: config.get_heartbeat(),
            timeout: config.get_heartbeat_timeout(),
            longest_handshake: Some(enforced.handshake_body),
            dict,
            formats,
            ..ServerConfig::default()
        };
        Self { limits, enforced, session: session.into(), codec }
    }
}

/// A socket that was accepted, and what it is to be served with.
pub(super) struct Accepted {
    pub(super) core: Arc<Core>,
    pub(super) profile: Arc<Profile>,
    pub(super) socket: BoxSocket,
    /// Counted as long as it is served.
    pub(super) admission: Admission,
}

/// Serves a connection from the accept to its end.
pub(super) fn serve(accepted: Accepted) -> impl Future<Output = ()> + Send {
    // The steps of opening are large and rare, so they do not stay in the
    // future of an open connection, nor does what they begin with.
    live(Box::pin(open(accepted)))
}

/// What was opened, and what it is served with.
struct Opened {
    core: Arc<Core>,
    profile: Arc<Profile>,
    opening: Opening,
    _admission: Admission,
}

/// A connection with its socket and session, from the start of its handshake
/// until its task serves it.
struct Opening {
    connection: Connection,
    socket: BoxSocket,
    session: Session,
}

async fn live(opening: impl Future<Output = Option<Opened>> + Unpin) {
    let Some(Opened {
        core,
        profile,
        opening: Opening { mut connection, socket, session },
        _admission,
    }) = opening.await
    else {
        return;
    };
    let mut end = End::new(&session, &core);
    session.0.outbox.keep(socket);
    let mut calls = Calls::new(&core, &session, &profile.enforced);
    let (reason, mut socket) = poll_fn(|cx| connection.poll(cx, &mut calls)).await;
    if reason != CloseReason::PeerClosed {
        calls.forget_waiting();
    }
    Box::pin(in_time(&core, {
        let mut close = Box::pin(connection.close(&mut socket, &session, &reason));
        let calls = &mut calls;
        let mut unsent = Outgoing::default();
        // A peer that is slow to close must not hold up its own calls, which
        // those of other sessions may wait for.
        poll_fn(move |cx| {
            let closed = close.as_mut().poll(cx);
            if closed.is_pending() && !calls.is_idle() {
                calls.poll(cx, &mut unsent);
            }
            closed
        })
    }))
    .await;
    end.reason = Some(Box::new(reason));
    drop(end);
    if !calls.is_idle() {
        // The client is gone, but what it has begun is not broken off, and
        // what it had sent before it left is still served.
        let rest = poll_fn(|cx| {
            calls.poll(cx, &mut connection.outgoing);
            if calls.is_idle() { Poll::Ready(()) } else { Poll::Pending }
        });
        Box::pin(in_time(&core, async {
            let _ = tokio::time::timeout(profile.limits.drain, rest).await;
        }))
        .await;
    }
}

/// Runs `what`, but no longer than a server that goes down may take. It is
/// polled at least once.
async fn in_time(core: &Core, what: impl Future<Output = ()>) {
    let stop = async {
        core.stopped().await;
        let deadline = core.stop_deadline().unwrap_or_default();
        tokio::time::sleep(deadline.saturating_sub(core.timer.now())).await;
    };
    tokio::select! {
        biased;
        () = what => {}
        () = stop => {}
    }
}

/// Tells the session that it has ended, also when a handler panics.
struct End<'a> {
    session: &'a Session,
    core: &'a Core,
    reason: Option<Box<CloseReason>>,
    _counted: Counted,
}

impl<'a> End<'a> {
    fn new(session: &'a Session, core: &'a Core) -> Self {
        Self { session, core, reason: None, _counted: Counted::session() }
    }
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let panicked = || CloseReason::Lost("its handler panicked".into());
        let reason = self.reason.take().map_or_else(panicked, |reason| *reason);
        tracing::debug!(session = %self.session.id(), %reason, "closed");
        count_end(&reason, &self.session.0.limits);
        if self.core.stop_deadline().is_some_and(|deadline| self.core.timer.now() >= deadline) {
            self.session.reached(Limit::Drain);
        }
        self.session.ended(&reason);
        for hook in &self.core.hooks.close {
            hook(self.session, &reason);
        }
    }
}

/// Tells that a connection has ended, and at which limit if it was one.
fn count_end(reason: &CloseReason, limits: &Limits) {
    metrics::closed(reason);
    if let Some(limit) = limits.closed_at(reason) {
        metrics::reached(limit);
    }
}

/// Opens the link and shakes hands, under the deadline for that.
async fn open(accepted: Accepted) -> Option<Opened> {
    let Accepted { core, profile, mut socket, admission } = accepted;
    let limits = &profile.limits;
    // A peer that has not even shaken hands is not listened to for long.
    let mut inbox = Inbox::new(profile.enforced.handshake_body.min(profile.enforced.package));
    let mut peer = socket.peer().clone();
    let steps = async {
        let opened = poll_fn(|cx| {
            let opened = socket.poll_open(cx, &mut inbox);
            inbox.release();
            opened
        });
        opened.await?;
        peer.transport = socket.transport().unwrap_or(peer.transport);
        let machine = socket.session(Role::Server(profile.session.clone()));
        let wire =
            Wire::new(profile.codec.clone(), machine.envelope(), socket.frame(), socket.batch());
        let session = Session::new(core.registry.next_id(), peer, wire, &core.registry, limits);
        let connection = Connection {
            machine,
            inbox,
            outgoing: Outgoing::default(),
            ending: None,
            blocked: false,
            stalled: None,
            limits: limits.clone(),
            throttle: Throttle::new(profile.enforced.messages_per_second, core.timer.now()),
        };
        shake_hands(Opening { connection, socket, session }, &core, &profile).await
    };
    let late = |limit| Told::default().passed_once(limit, &"a connection that opens");
    let opened = tokio::select! {
        opened = opening::in_time(limits, late, steps) => opened,
        () = core.stopped() => Err(CloseReason::Stopping),
    };
    match opened {
        Ok(opening) => Some(Opened { core, profile, opening, _admission: admission }),
        Err(reason) => {
            tracing::debug!(%reason, "not opened");
            count_end(&reason, limits);
            None
        }
    }
}

/// The handshake, up to the moment when messages may flow.
async fn shake_hands(
    mut opening: Opening,
    core: &Core,
    profile: &Profile,
) -> Result<Opening, CloseReason> {
    let Opening { connection, socket, session } = &mut opening;
    let frame = session.0.wire.frame;
    let mut step = {
        let mut out = PackageWriter::new(frame, connection.outgoing.buf());
        Step::of(connection.machine.start(core.timer.now(), &mut out))
    };
    loop {
        if !matches!(step, Step::Wait) {
            connection.inbox.set_limit(profile.enforced.package);
        }
        let result = match step {
            Step::Open => {
                core.registry.insert(session);
                for hook in &core.hooks.open {
                    hook(session);
                }
                return Ok(opening);
            }
            Step::Ask(request) => {
                if profile.codec.is_negotiable() {
                    let terms = profile.session.terms(&request.sys);
                    session.0.wire.agree(terms, profile.session.dict.clone());
                }
                let answer = ask(core, session, *request).await;
                let mut out = PackageWriter::new(frame, connection.outgoing.buf());
                connection.machine.answer(answer, core.timer.now(), &mut out)
            }
            Step::Wait => Ok(()),
        };
        let next = match result {
            Ok(()) => next_step(connection, socket, session, core).await,
            Err(reason) => Err(reason),
        };
        step = match next {
            Ok(step) => step,
            Err(reason) => {
                connection.close(socket, session, &reason).await;
                session.ended(&reason);
                return Err(reason);
            }
        };
    }
}

enum Step {
    Ask(Box<Request>),
    Open,
    Wait,
}

impl Step {
    fn of(event: Event<'_>) -> Self {
        match event {
            Event::Handshake(request) => Self::Ask(request),
            Event::Opened(_) => Self::Open,
            Event::Ignored | Event::Message(_) => Self::Wait,
        }
    }
}

/// Sends what is to be sent and handles one package.
async fn next_step(
    connection: &mut Connection,
    socket: &mut BoxSocket,
    session: &Session,
    core: &Core,
) -> Result<Step, CloseReason> {
    let Connection { machine, inbox, outgoing, .. } = connection;
    poll_fn(|cx| {
        loop {
            inbox.take_replies(outgoing);
            if !outgoing.is_sent()
                && let Poll::Ready(sent) = socket.poll_send(cx, outgoing)
            {
                sent?;
            }
            if outgoing.len() > UNSENT {
                return Poll::Pending;
            }
            if let Some(bytes) = inbox.peek() {
                let mut input = bytes;
                let mut out = PackageWriter::new(session.0.wire.frame, outgoing.buf());
                let event = machine.handle(&mut input, core.timer.now(), &mut out);
                let step = event.map(Step::of);
                let handled = bytes.len() - input.len();
                inbox.advance(handled);
                let longest = session.0.limits.handshake_body.saturating_add(HEADER);
                if handled > longest && matches!(step, Ok(Step::Ask(_))) {
                    session.reached(Limit::HandshakeBody);
                }
                return Poll::Ready(step);
            }
            match socket.poll_recv(cx, inbox) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(reason)) if inbox.is_empty() => return Poll::Ready(Err(reason)),
                Poll::Ready(Err(_)) => {}
                Poll::Pending => {
                    inbox.release();
                    outgoing.release();
                    return Poll::Pending;
                }
            }
        }
    })
    .await
}

/// Asks the application whether this client may come in.
async fn ask(core: &Core, session: &Session, request: Request) -> Answer {
    session.set_client(request.sys.clone());
    match &core.hooks.handshake {
        Some(hook) => hook(session.clone(), request).await,
        None => Answer::Accept { user: None },
    }
}
