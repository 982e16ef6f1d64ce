//! From an accepted socket to an open session.

use std::sync::Arc;
use std::task::Context;

use connector_protocol::framing::{Bare, Envelope};
use connector_protocol::pomelo::handshake::{Agreement, Dialect, codes};
use connector_protocol::pomelo::package::HEADER;
use connector_protocol::session::{Answer, Event};
use connector_protocol::{CloseReason, Limit};

use super::ServerHandle;
use super::admit::open_admitted;
use super::connection::Connection;
use super::core::Core;
use super::end::End;
use super::settings::Profile;
use crate::connection::{self, Batcher, Encoder, Outbox};
use crate::connector::{BoxSocket, Peer, Role, Socket};
use crate::limits::{self, Admission, ReportedLimits, Throttle, count_end};
use crate::link::{self, Inbox, Link};
use crate::push::PushSchedule;
use crate::runtime::isolate_future;
use crate::session::Session;

/// An accepted socket, with the settings of its connector.
pub(super) struct Accepted {
    pub(super) core: Arc<Core>,
    pub(super) profile: Arc<Profile>,
    pub(super) socket: BoxSocket,
    /// Counts the connection as long as it is served.
    pub(super) admission: Admission,
}

/// An open connection, with the settings of its connector.
pub(super) struct Opened {
    pub(super) profile: Arc<Profile>,
    pub(super) opening: Opening,
    pub(super) _admission: Admission,
}

/// A connection with its socket and session, from the start of its handshake
/// until its task serves it.
pub(super) struct Opening {
    pub(super) connection: Connection,
    pub(super) socket: BoxSocket,
    pub(super) end: End,
}

/// Opens the link and shakes hands within [`Limits::handshake`](crate::Limits::handshake).
pub(super) async fn open(accepted: Accepted) -> Option<Opened> {
    let Accepted { core, profile, mut socket, mut admission } = accepted;
    let limits = &profile.limits;
    // An unknown peer may not buffer much.
    let mut inbox = Inbox::new(profile.enforced.handshake_body.min(profile.enforced.package));
    let mut peer = socket.peer().clone();
    // Outside of the steps, so that a session that misses the deadline ends with that
    // reason too.
    let mut end = None;
    let steps = async {
        let mut opening = link::Opening::new(&mut inbox, &mut peer);
        let admit = |peer: &Peer| admission.admit_address(peer, limits);
        if !open_admitted(&mut socket, &mut opening, admit).await? {
            return Ok(None);
        }
        let (mut connection, session) = begin(&core, &profile, &socket, inbox, peer);
        let end = end.insert(End::new(&session, &ServerHandle::new(core.clone())));
        if let Err(reason) = steps(&mut connection, &mut socket, &session, &core, &profile).await {
            connection.write_reason(&session, &reason);
            end.end(&reason);
            connection.io.close(&mut socket, &reason).await;
            return Err(reason);
        }
        Ok(Some((connection, socket)))
    };
    let late = |limit| ReportedLimits::default().report_once(limit, &"a connection that opens");
    let opened = tokio::select! {
        opened = limits::with_handshake_deadline(limits, late, steps) => opened,
        () = core.stopped() => Err(CloseReason::Stopping),
    };
    match (opened, end) {
        (Ok(Some((connection, socket))), Some(end)) => {
            end.open();
            let opening = Opening { connection, socket, end };
            Some(Opened { profile, opening, _admission: admission })
        }
        (Ok(_), _) => None,
        (Err(reason), Some(end)) => {
            end.end(&reason);
            None
        }
        (Err(reason), None) => {
            tracing::debug!(%reason, "not opened");
            count_end(&reason, limits);
            None
        }
    }
}

/// Makes the connection and its session, before the first byte of the handshake.
fn begin(
    core: &Core,
    profile: &Profile,
    socket: &BoxSocket,
    inbox: Inbox,
    peer: Peer,
) -> (Connection, Session) {
    let machine = socket.session(Role::Server(profile.session.clone()));
    let frame = socket.frame();
    let batch = socket.batch();
    let queued = profile.enforced.queued;
    // The messages of a batch share a frame.
    let (outbox, layer): (_, &'static dyn Envelope) = match profile.push_schedule {
        PushSchedule::Direct => (Outbox::new(queued), frame),
        PushSchedule::Buffered { interval } => {
            (Outbox::batched(queued, Batcher::new(interval, frame, batch)), &Bare)
        }
    };
    let encoder = Encoder::new(profile.codec.clone(), machine.envelope(), layer, batch);
    if !profile.codec.is_negotiable() {
        let agreement = Agreement::new(Dialect::default(), profile.codec.format());
        encoder.agree(profile.agreements.share(agreement, None));
    }
    let limits = &profile.limits;
    let id = core.registry.next_id();
    let session = Session::new(id, peer, (outbox, encoder), &core.registry, limits);
    let connection = Connection {
        io: connection::Connection::new(machine, inbox, frame),
        ending: None,
        throttle: Throttle::new(profile.enforced.messages_per_second, core.timer.now()),
    };
    (connection, session)
}

/// Shakes hands.
async fn steps(
    connection: &mut Connection,
    socket: &mut BoxSocket,
    session: &Session,
    core: &Core,
    profile: &Profile,
) -> Result<(), CloseReason> {
    let outbox = &session.0.outbox;
    let now = || core.timer.now();
    let orders = |cx: &mut Context<'_>| {
        outbox.register(cx.waker());
        outbox.ordered_end().map_or(Ok(()), Err)
    };
    let mut started = connection.io.start(now());
    loop {
        let step = match started.take() {
            Some(step) => step,
            None => connection.io.next_step(socket, now, orders).await?,
        };
        connection.io.set_limit(profile.enforced.package);
        let Event::Hello(hello) = step.event else { return Ok(()) };
        if step.size > profile.limits.handshake_body.saturating_add(HEADER) {
            session.report_limit(Limit::HandshakeBody);
        }
        if profile.codec.is_negotiable() {
            let known = profile.dictionary.clone().filter(|_| hello.dictionary.is_some());
            let agreed = profile.agreements.share(hello.agreement.clone(), known);
            session.0.encoder.agree(agreed);
        }
        session.set_client(hello.client.clone());
        let asked = isolate_future("a handshake hook", core.hooks.ask(session, *hello));
        let answer = connection.io.while_open(socket, asked, now, orders).await?;
        let answer = answer.unwrap_or(Answer::Refuse { code: codes::FAIL });
        let (machine, mut out) = connection.io.machine();
        machine.answer(answer, now(), &mut out)?;
    }
}
