//! A client's session that polls, and may move to a WebSocket.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::socketio::{Open, PayloadWriter, Side};
use connector_protocol::text::escaped;

use super::exchange::{Ask, Carrier, Route, failed};
use super::frame;
use super::polled::Body;
use super::probe::Probe;
use super::reader::longest;
use crate::link::Outgoing;
use crate::runtime::{BoxFuture, timeout};

/// The bytes that wait for a request before the link has to wait. A longer message waits alone.
const ROOM: usize = 256 << 10;
/// The most bytes of a body, where the server does not say it. A longer message goes alone.
const BODY: usize = 100_000;
/// The time in which a WebSocket has to be tried out.
const STEP: Duration = Duration::from_secs(10);

/// A client's session that polls: at most one request that waits, and one with a body.
pub(super) struct Asking {
    route: Arc<Route>,
    sid: Option<String>,
    poll: Request,
    post: Request,
    /// The frames that wait for a request with a body.
    frames: Vec<u8>,
    /// The most bytes of a body that is sent.
    body: usize,
    /// The bytes of the body that is on its way.
    posted: usize,
    /// It is to move to a WebSocket.
    moves: bool,
    moving: Moving,
}

/// A request of one kind.
enum Request {
    /// There is none; its connection was perhaps kept.
    Idle(Option<Carrier>),
    Running(BoxFuture<'static, Result<(Body, Option<Carrier>), CloseReason>>),
}

/// The way to a WebSocket.
enum Moving {
    /// It is not to move, or not yet.
    No,
    Trying(BoxFuture<'static, Result<Probe, CloseReason>>),
    /// The WebSocket works, and the requests end first.
    Pausing(Box<Probe>),
    /// The last step is being sent.
    Sending(BoxFuture<'static, Result<Probe, CloseReason>>),
}

/// The news of a session that polls.
pub(super) enum Answer {
    Body(Body),
    /// It has moved, and these frames were not sent.
    Moved(Box<Probe>, Vec<u8>),
}

impl Request {
    /// Begins a request, unless there is one.
    fn begin(&mut self, route: &Arc<Route>, sid: Option<&String>, ask: Ask, longest: usize) {
        if let Self::Idle(kept) = self {
            let exchange = route.clone().exchange(kept.take(), sid.cloned(), ask, longest);
            *self = Self::Running(Box::pin(exchange));
        }
    }

    /// Waits for the response. Pending if there is no request.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Body, CloseReason>> {
        let Self::Running(running) = self else { return Poll::Pending };
        let ended = ready!(running.as_mut().poll(cx));
        *self = Self::Idle(None);
        Poll::Ready(ended.map(|(body, carrier)| {
            *self = Self::Idle(carrier);
            body
        }))
    }

    fn is_idle(&self) -> bool {
        matches!(self, Self::Idle(_))
    }
}

impl Asking {
    /// Creates a session that begins with its first poll, on this connection, and perhaps moves
    /// to a WebSocket.
    pub(super) fn new(route: Route, carrier: Carrier, moves: bool) -> Self {
        Self {
            route: Arc::new(route),
            sid: None,
            poll: Request::Idle(Some(carrier)),
            post: Request::Idle(None),
            frames: Vec::new(),
            body: BODY,
            posted: 0,
            moves,
            moving: Moving::No,
        }
    }

    /// Returns whether the server has opened the session.
    pub(super) fn is_open(&self) -> bool {
        self.sid.is_some()
    }

    /// Notes that the server has opened the session, for packages of at most `limit` bytes.
    pub(super) fn opened(&mut self, open: &Open, limit: usize) {
        self.sid = Some(open.sid.clone());
        self.body = open.max_payload.unwrap_or(BODY);
        if self.moves && open.upgrades.iter().any(|name| name == "websocket") {
            self.begin_to_move(longest(limit));
        }
    }

    /// Begins to move to a WebSocket, whose packets have at most `longest` bytes.
    fn begin_to_move(&mut self, longest: usize) {
        let (route, sid) = (self.route.clone(), self.sid.clone());
        let tried = async move {
            let (link, peer) = route.websocket(sid.as_deref()).await.map_err(failed)?;
            let mut probe = Probe::new(link, &[], longest);
            probe.ask(peer).await?;
            Ok(probe)
        };
        self.moving = Moving::Trying(Box::pin(async {
            timeout(STEP, tried).await.unwrap_or(Err(CloseReason::HandshakeTimeout))
        }));
    }

    /// Appends a packet to those that are sent.
    pub(super) fn put(&mut self, packet: &[u8]) {
        frame::write(Side::Client, packet, &mut self.frames);
    }

    /// Takes frames from `outgoing` and sends them. Ready when all of them are handed over.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            let front = outgoing.front();
            let Some(size) = frame::size(front) else { break };
            if !self.frames.is_empty() && self.frames.len() + size > ROOM {
                let before = self.frames.len();
                self.poll_post(cx)?;
                if self.frames.len() == before {
                    return Poll::Pending;
                }
                continue;
            }
            self.frames.extend_from_slice(&front[..size]);
            outgoing.take_front(size);
        }
        self.poll_post(cx)?;
        Poll::Ready(Ok(()))
    }

    /// Returns the bytes that wait for a request, or go with one.
    pub(super) fn held(&self) -> usize {
        self.frames.len() + self.posted
    }

    /// Waits until little enough waits for a request, since every packet may be answered. A
    /// session that moves takes what it has.
    pub(super) fn poll_room(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        self.poll_post(cx)?;
        if self.frames.len() <= ROOM || self.is_pausing() {
            return Poll::Ready(Ok(()));
        }
        Poll::Pending
    }

    /// Waits until everything was sent.
    pub(super) fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        self.poll_post(cx)?;
        if self.frames.is_empty() && self.post.is_idle() {
            return Poll::Ready(Ok(()));
        }
        Poll::Pending
    }

    /// Sends what waits, one body after the other.
    fn poll_post(&mut self, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        loop {
            if let Poll::Ready(answered) = self.post.poll(cx) {
                self.posted = 0;
                answered?;
            }
            let may_begin = self.post.is_idle() && self.sid.is_some() && !self.is_pausing();
            if !may_begin || self.frames.is_empty() {
                return Ok(());
            }
            let body = self.next_body();
            self.posted = body.len();
            self.post.begin(&self.route, self.sid.as_ref(), Ask::Post(body), BODY);
        }
    }

    /// Makes a body of the first packets.
    fn next_body(&mut self) -> Vec<u8> {
        let mut end = 0;
        while let Some(size) = frame::size(&self.frames[end..]) {
            if end > 0 && end + size > self.body {
                break;
            }
            end += size;
        }
        let rest = self.frames.split_off(end);
        let mut taken = std::mem::replace(&mut self.frames, rest);
        let mut body = Vec::with_capacity(taken.len());
        let writer = PayloadWriter::new(self.route.version);
        frame::for_each(&mut taken, |packet| writer.write(packet, &mut body));
        body
    }

    /// Waits for what the server sends, in packages of at most `limit` bytes.
    pub(super) fn poll_answer(
        &mut self,
        cx: &mut Context<'_>,
        limit: usize,
    ) -> Poll<Result<Answer, CloseReason>> {
        self.poll_post(cx)?;
        if let Poll::Ready(body) = self.poll.poll(cx) {
            return Poll::Ready(body.map(Answer::Body));
        }
        match self.poll_move(cx) {
            Poll::Ready(Some(probe)) => {
                let frames = std::mem::take(&mut self.frames);
                return Poll::Ready(Ok(Answer::Moved(probe, frames)));
            }
            // Either way the requests go on, or they end.
            Poll::Ready(None) | Poll::Pending => {}
        }
        if !self.is_pausing() && self.poll.is_idle() && self.frames.len() <= ROOM {
            self.poll.begin(&self.route, self.sid.as_ref(), Ask::Poll, longest(limit).max(BODY));
            if let Poll::Ready(body) = self.poll.poll(cx) {
                return Poll::Ready(body.map(Answer::Body));
            }
        }
        Poll::Pending
    }

    /// Whether requests do not begin, since the session moves.
    fn is_pausing(&self) -> bool {
        matches!(self.moving, Moving::Pausing(_) | Moving::Sending(_))
    }

    /// Moves on to the WebSocket. Ready with it, or without if it does not come about.
    fn poll_move(&mut self, cx: &mut Context<'_>) -> Poll<Option<Box<Probe>>> {
        loop {
            match &mut self.moving {
                Moving::No => return Poll::Pending,
                Moving::Trying(tried) => match ready!(tried.as_mut().poll(cx)) {
                    Ok(probe) => self.moving = Moving::Pausing(Box::new(probe)),
                    Err(reason) => {
                        tracing::debug!(reason = %escaped(&reason), "a session of socket.io goes on polling");
                        self.moving = Moving::No;
                        return Poll::Ready(None);
                    }
                },
                Moving::Pausing(_) => {
                    if !self.poll.is_idle() || !self.post.is_idle() {
                        return Poll::Pending;
                    }
                    let Moving::Pausing(mut probe) =
                        std::mem::replace(&mut self.moving, Moving::No)
                    else {
                        return Poll::Pending;
                    };
                    self.moving = Moving::Sending(Box::pin(async move {
                        probe.upgrade().await?;
                        Ok(*probe)
                    }));
                }
                Moving::Sending(sent) => {
                    let sent = ready!(sent.as_mut().poll(cx));
                    self.moving = Moving::No;
                    return Poll::Ready(sent.ok().map(Box::new));
                }
            }
        }
    }
}
