//! From an accepted socket to an open session.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Context;

use connector_protocol::framing::{Bare, Envelope};
use connector_protocol::pomelo::handshake::{Agreement, Dialect, codes};
use connector_protocol::pomelo::package::{DataPackage, HEADER};
use connector_protocol::session::{Answer, BareSession, Event, Machine};
use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit};

use super::ServerHandle;
use super::coder::Coder;
use super::connection::Connection;
use super::end::End;
use super::inner::ServerInner;
use super::lifecycle::until_stop_deadline;
use super::moving::Moving;
use super::settings::ConnectorSettings;
use crate::codec::PomeloCodec;
use crate::connection::{self, Batcher, Encoder, Outbox};
use crate::connector::{BoxSocket, Peer, Role, Socket};
use crate::limits::{self, Admission, ReportedLimits, Throttle, count_end};
use crate::link::{self, Batch, Inbox, Link};
use crate::runtime::isolate_future;
use crate::session::{Session, SessionId};

/// The answer to a handshake above its limit.
const TOO_LONG: Answer = Answer::Refuse { code: codes::FAIL };

/// An accepted socket, with the settings of its connector.
pub(super) struct Accepted {
    pub(super) server: Arc<ServerInner>,
    pub(super) settings: Arc<ConnectorSettings>,
    pub(super) socket: BoxSocket,
    /// Counts the connection as long as it is served.
    pub(super) admission: Admission,
}

/// An open connection, with the settings of its connector.
pub(super) struct Opened {
    pub(super) settings: Arc<ConnectorSettings>,
    pub(super) opening: Opening,
    pub(super) moving: Moving,
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
    let Accepted { server, settings, mut socket, mut admission } = accepted;
    let limits = &settings.limits;
    // An unknown peer may not buffer much.
    let mut inbox = Inbox::new(settings.enforced.handshake_body.min(settings.enforced.package));
    let mut peer = socket.peer().clone();
    // Outside of the steps, so that a peer that misses the deadline, or a stop, is told.
    let mut begun = None;
    let mut moves = None;
    let asks = AtomicBool::new(false);
    let steps = async {
        let mut opening = link::Opening::new(&mut inbox, &mut peer);
        opening.later_limit = settings.enforced.package;
        opening.decides = true;
        #[cfg(feature = "sio")]
        {
            opening.heartbeat = settings.heartbeat_of_links;
        }
        loop {
            let is_open = limits::open_to_address(&mut socket, &mut opening).await?;
            let peer = &*opening.peer;
            if !opening.is_admitted() {
                if server.hosts.is_blocked(peer) || !admission.admit_address(peer, limits) {
                    return Ok(false);
                }
                asks.store(true, Ordering::Relaxed);
                if !server.hosts.ask(peer).await {
                    return Ok(false);
                }
                asks.store(false, Ordering::Relaxed);
                opening.admitted = Some(peer.address.clone());
            }
            if is_open {
                moves = opening.moves.take();
                break;
            }
        }
        let read = std::mem::replace(&mut inbox, Inbox::new(0));
        let (connection, session) = begin(&server, &settings, &socket, read, peer.clone());
        let end = End::new(&session, &ServerHandle::new(server.clone()));
        let (connection, _) = begun.insert((connection, end));
        steps(connection, &mut socket, &session, &server, &settings).await?;
        Ok(true)
    };
    let steps = async {
        let opened = isolate_future("an opening", steps).await;
        opened.unwrap_or(Err(CloseReason::Panicked))
    };
    let late = |limit| ReportedLimits::default().report_once(limit, &"a connection that opens");
    let opened = tokio::select! {
        opened = limits::with_handshake_deadline(limits, late, steps) => opened,
        () = server.stopped() => Err(CloseReason::Stopping),
    };
    match (opened, begun) {
        (Ok(true), Some((mut connection, end))) => {
            end.open();
            if settings.without_heartbeats {
                connection.io.without_heartbeats();
            }
            let opening = Opening { connection, socket, end };
            return Some(Opened { settings, opening, moving: Moving::new(admission, moves) });
        }
        (Ok(_), _) => {}
        // Nothing is sent to a host that may not be let in.
        (Err(reason), _) if asks.into_inner() => count_end(&reason, limits),
        (Err(reason), Some((mut connection, end))) => {
            if matches!(reason, CloseReason::TooLarge { .. }) {
                let (machine, mut out) = connection.io.machine();
                // It fails with this refusal.
                let _ = machine.answer(TOO_LONG, server.timer.now(), &mut out);
            }
            connection.write_reason(end.session(), &reason);
            end.end(&reason);
            until_stop_deadline(&server, connection.io.close(&mut socket, &reason)).await;
        }
        (Err(reason), None) => {
            tracing::debug!(reason = %escaped(&reason), "not opened");
            count_end(&reason, limits);
            // There is no session, but the link has its own way to say why.
            let mut connection = connection::Connection::new(BareSession, inbox, &Bare);
            until_stop_deadline(&server, connection.close(&mut socket, &reason)).await;
        }
    }
    None
}

/// Makes the connection and its session, before the first byte of the handshake.
fn begin(
    server: &ServerInner,
    settings: &ConnectorSettings,
    socket: &BoxSocket,
    inbox: Inbox,
    peer: Peer,
) -> (Connection, Session) {
    let machine = socket.session(Role::Server(settings.session(&server.schemas)));
    let frame = socket.frame();
    let batch = socket.batch();
    let queued = settings.enforced.queued;
    let coder = settings.coder.as_ref().map(|codec| {
        let held = settings.held_limit.part();
        Box::new(Coder::new(codec.clone(), machine.envelope(), frame, held))
    });
    // What the encoder writes for a coder that encodes is a row of pomelo's packages.
    let encodes = coder.as_ref().is_some_and(|coder| coder.encodes());
    let (frame_of_messages, batch): (&'static dyn Envelope, _) =
        if encodes { (&Bare, Batch::Each) } else { (frame, batch) };
    // The messages of a batch share a frame.
    let (outbox, layer): (_, &'static dyn Envelope) = match &settings.schedule {
        None => (Outbox::new(queued), frame_of_messages),
        Some(schedule) => {
            let batcher = Batcher::new(frame_of_messages, batch);
            (Outbox::batched(queued, batcher, schedule.clone()), &Bare)
        }
    };
    let (outbox, encoder) = if encodes {
        let encoder = Encoder::new(Arc::new(PomeloCodec), &DataPackage, layer, batch);
        (outbox.never_lent(), encoder)
    } else {
        let encoder = Encoder::new(settings.codec.clone(), machine.envelope(), layer, batch);
        (outbox, encoder)
    };
    if !settings.codec.is_negotiable() {
        let agreement = Agreement::new(Dialect::default(), settings.codec.format());
        encoder.agree(settings.agreements.share(agreement, None));
    }
    let limits = &settings.limits;
    let id = SessionId::next();
    let session = Session::new(id, peer, (outbox, encoder), &server.registry, limits);
    let connection = Connection {
        io: connection::Connection::new(machine.into(), inbox, frame).counted(&settings.held_limit),
        ending: None,
        throttle: Throttle::new(settings.enforced.messages_per_second, server.timer.now()),
        coder,
    };
    (connection, session)
}

/// Shakes hands.
async fn steps(
    connection: &mut Connection,
    socket: &mut BoxSocket,
    session: &Session,
    server: &ServerInner,
    settings: &ConnectorSettings,
) -> Result<(), CloseReason> {
    let outbox = &session.0.outbox;
    let now = || server.timer.now();
    let orders = |cx: &mut Context<'_>| -> Result<(), CloseReason> {
        outbox.register(cx.waker());
        outbox.ordered_end().map_or(Ok(()), Err)
    };
    let mut started = connection.io.start(now());
    loop {
        let step = match started.take() {
            Some(step) => step,
            None => {
                let size = connection.io.next_size(socket, now, orders).await;
                let size = size.map_err(|reason| connection.io.explain(reason))?;
                let turn = server.long_handshakes.turn(size);
                let mut turn = connection.io.while_open(socket, turn, now, orders).await?;
                let mut step = pin!(connection.io.next_step(socket, now, orders));
                poll_fn(|cx| {
                    let polled = step.as_mut().poll(cx);
                    // Nobody waits for a peer that does not read.
                    turn = None;
                    polled
                })
                .await?
            }
        };
        if matches!(step.event, Event::Ignored) {
            continue;
        }
        connection.io.set_limit(settings.enforced.package);
        let Event::Hello(hello) = step.event else {
            settings.note_unasked(server, session.peer().transport);
            return Ok(());
        };
        if step.size > settings.limits.handshake_body.saturating_add(HEADER) {
            session.report_limit(Limit::HandshakeBody);
        }
        if settings.codec.is_negotiable() {
            // Pitaya's C client reads half of a push's code.
            let reads = hello.dictionary.is_some() && hello.agreement.dialect != Dialect::Pitaya;
            let known = settings.dictionary.clone().filter(|_| reads);
            let agreed = settings.agreements.share(hello.agreement.clone(), known);
            session.0.encoder.agree(agreed);
            outbox.set_batch(session.0.encoder.batch());
        }
        session.set_client(hello.client.clone());
        let asked = isolate_future("a handshake hook", server.hooks.ask(session, *hello));
        let answer = connection.io.while_open(socket, asked, now, orders).await?;
        let answer = answer.unwrap_or(Answer::Refuse { code: codes::FAIL });
        let (machine, mut out) = connection.io.machine();
        machine.answer(answer, now(), &mut out)?;
        if machine.is_open() {
            return Ok(());
        }
    }
}
