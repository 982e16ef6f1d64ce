//! From an accepted socket to an open session.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use connector_protocol::pomelo::handshake::{Answer, Request};
use connector_protocol::pomelo::package::HEADER;
use connector_protocol::session::{Event, PackageWriter};
use connector_protocol::{CloseReason, Limit};

use super::connection::{Connection, UNSENT};
use super::core::Core;
use super::settings::Profile;
use crate::connection::Encoder;
use crate::connector::{BoxSocket, Role, Socket};
use crate::limits::{self, Admission, Throttle, Told, count_end};
use crate::link::{Inbox, Link, Outgoing};
use crate::session::Session;

/// A socket that was accepted, and what it is to be served with.
pub(super) struct Accepted {
    pub(super) core: Arc<Core>,
    pub(super) profile: Arc<Profile>,
    pub(super) socket: BoxSocket,
    /// Counted as long as it is served.
    pub(super) admission: Admission,
}

/// What was opened, and what it is served with.
pub(super) struct Opened {
    pub(super) core: Arc<Core>,
    pub(super) profile: Arc<Profile>,
    pub(super) opening: Opening,
    pub(super) _admission: Admission,
}

/// A connection with its socket and session, from the start of its handshake
/// until its task serves it.
pub(super) struct Opening {
    pub(super) connection: Connection,
    pub(super) socket: BoxSocket,
    pub(super) session: Session,
}

/// Opens the link and shakes hands, under the deadline for that.
pub(super) async fn open(accepted: Accepted) -> Option<Opened> {
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
        let (codec, package) = (profile.codec.clone(), machine.envelope());
        let encoder = Encoder::new(codec, package, socket.frame(), socket.batch());
        let session = Session::new(core.registry.next_id(), peer, encoder, &core.registry, limits);
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
        opened = limits::in_time(limits, late, steps) => opened,
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
    let frame = session.0.encoder.frame;
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
                    let agreement = profile.session.agreement(&request.sys);
                    session.0.encoder.agree(agreement, profile.dictionary.clone());
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
                let mut out = PackageWriter::new(session.0.encoder.frame, outgoing.buf());
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
