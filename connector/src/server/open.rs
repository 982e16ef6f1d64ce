//! From an accepted socket to an open session.

use std::sync::Arc;

use connector_protocol::framing::{Bare, Envelope};
use connector_protocol::pomelo::package::HEADER;
use connector_protocol::session::{Answer, Event, Hello};
use connector_protocol::{CloseReason, Limit};

use super::connection::Connection;
use super::core::Core;
use super::settings::Profile;
use crate::connection::{self, Batcher, Outbox, Wire, open_link};
use crate::connector::{BoxSocket, Role, Socket};
use crate::limits::{self, Admission, ReportedLimits, Throttle, count_end};
use crate::link::{Inbox, Link};
use crate::push::PushSchedule;
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
        open_link(&mut socket, &mut inbox).await?;
        peer.transport = socket.transport().unwrap_or(peer.transport);
        let machine = socket.session(Role::Server(profile.session.clone()));
        let (frame, batch) = (socket.frame(), socket.batch());
        let queued = profile.enforced.queued;
        // Messages that leave together get their frame together.
        let (outbox, layer): (_, &'static dyn Envelope) = match profile.push_schedule {
            PushSchedule::Direct => (Outbox::new(queued), frame),
            PushSchedule::Buffered { interval } => {
                (Outbox::batched(queued, Batcher::new(interval, frame, batch)), &Bare)
            }
        };
        let wire = Wire::new(profile.codec.clone(), machine.envelope(), layer, batch);
        let session =
            Session::new(core.registry.next_id(), peer, (outbox, wire), &core.registry, limits);
        let connection = Connection {
            io: connection::Connection::new(machine, inbox, frame),
            ending: None,
            limits: limits.clone(),
            throttle: Throttle::new(profile.enforced.messages_per_second, core.timer.now()),
        };
        shake_hands(Opening { connection, socket, session }, &core, &profile).await
    };
    let late = |limit| ReportedLimits::default().report_once(limit, &"a connection that opens");
    let opened = tokio::select! {
        opened = limits::with_handshake_deadline(limits, late, steps) => opened,
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
    let result = steps(connection, socket, session, core, profile).await;
    if let Err(reason) = result {
        connection.close(socket, session, &reason).await;
        session.end(&reason);
        return Err(reason);
    }
    core.registry.insert(session);
    for hook in &core.hooks.open {
        hook(session);
    }
    Ok(opening)
}

/// The steps of the handshake.
async fn steps(
    connection: &mut Connection,
    socket: &mut BoxSocket,
    session: &Session,
    core: &Core,
    profile: &Profile,
) -> Result<(), CloseReason> {
    let mut started = connection.io.start(core.timer.now());
    loop {
        let step = match started.take() {
            Some(step) => step,
            None => connection.io.next_step(socket, || core.timer.now()).await?,
        };
        connection.io.set_limit(profile.enforced.package);
        let Event::Hello(hello) = step.event else { return Ok(()) };
        if step.size > profile.limits.handshake_body.saturating_add(HEADER) {
            session.report_limit(Limit::HandshakeBody);
        }
        if profile.codec.is_negotiable() {
            session.0.wire.agree(hello.agreement, hello.dictionary.clone());
        }
        let answer = ask(core, session, *hello).await;
        let (machine, mut out) = connection.io.machine();
        machine.answer(answer, core.timer.now(), &mut out)?;
    }
}

/// Asks the application whether this client may come in.
async fn ask(core: &Core, session: &Session, hello: Hello) -> Answer {
    session.set_client(hello.client.clone());
    core.hooks.ask(session, hello).await
}
