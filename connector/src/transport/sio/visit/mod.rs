//! A connection that carries requests: it is served until it ends, or becomes a session's
//! WebSocket.

mod answering;
mod posting;

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::http::{self, Request, kept_response, parse_request, response};
use connector_protocol::socketio::{EngineRequest, RequestError, Transport, Version};
use connector_protocol::text::escaped;
use tokio::io::AsyncWriteExt;

use super::SioLink;
use super::polled::{Polled, Probing};
use super::port::{Port, Rules, same_path};
use super::probe::Probe;
use super::visitors::Seat;
use crate::connector::Peer;
use crate::link::{ByteStream, Inbox, Opening};
use crate::runtime::timeout;
use crate::transport::http::{Answer, refuse};
use crate::transport::{HttpResponse, Stream, StreamIo, WebOptions, WebSocketLink};

/// The time in which openers and the first head, and later each step of a request, have to be
/// done.
const STEP: Duration = Duration::from_secs(10);
/// The time that a connection may be without a request.
const IDLE: Duration = Duration::from_secs(60);
/// The time in which a client has to take some bytes of a response.
const STALL: Duration = Duration::from_secs(30);
/// The bytes that are read ahead while a request is answered.
const AHEAD: usize = http::MAX_HEAD;
/// The time for the last words of a connection.
const LAST: Duration = Duration::from_secs(1);

/// A connection that carries requests.
pub(super) struct Visit {
    port: Arc<Port>,
    stream: Stream,
    inbox: Inbox,
    peer: Peer,
    seat: Seat,
    options: WebOptions,
}

/// What becomes of a connection behind a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It serves the next one.
    Request,
    End,
    /// It belongs to a session, or is lost.
    Gone,
}

impl Visit {
    pub(super) fn new(
        port: Arc<Port>,
        stream: Stream,
        read: Vec<u8>,
        (peer, seat): (Peer, Seat),
        options: WebOptions,
    ) -> Self {
        let mut inbox = Inbox::new(http::MAX_HEAD);
        inbox.append_unread(&read);
        inbox.release();
        Self { port, stream, inbox, peer, seat, options }
    }

    /// Goes through the openers. The connection is counted for its peer's address as soon as
    /// that is settled, unless many clients share it, as behind a proxy.
    async fn open(&mut self) -> Result<(), CloseReason> {
        let Self { port, stream, inbox, peer, seat, options } = self;
        let most = port.rules().visitors.each;
        let mut opening = Opening::new(inbox, peer);
        let mut is_counted = false;
        poll_fn(|cx| {
            let opened = stream.poll_open(cx, &mut opening);
            opening.inbox.release();
            if !is_counted && (opened.is_ready() || opening.settled) {
                is_counted = true;
                let peer = &*opening.peer;
                let is_shared = options.get_forwarded().is_some_and(|them| them.trusts(peer));
                if !is_shared && !seat.count(peer, most) {
                    tracing::debug!(?peer, "too many connections carry requests of socket.io");
                    return Poll::Ready(Err(CloseReason::TooManyConnections));
                }
            }
            opened
        })
        .await
    }

    /// Waits for the head of a request. Leaves it where it is, and returns it with its size.
    /// `None` if there is none.
    async fn head(&mut self) -> Option<(Request, usize)> {
        loop {
            match parse_request(self.inbox.unread()) {
                Ok(Some(found)) => return Some(found),
                Ok(None) => {}
                Err(error) => {
                    if let Answer::Ended(response, _) = refuse(error.into(), "GET") {
                        let _ = self.write(response).await;
                    }
                    return None;
                }
            }
            let begun = !self.inbox.unread().is_empty();
            let port = self.port.clone();
            tokio::select! {
                read = self.fill() => read?,
                () = port.finished(), if !begun => return None,
            }
        }
    }

    /// Reads once. `None` at the end.
    async fn fill(&mut self) -> Option<()> {
        let Self { inbox, stream, .. } = self;
        let read = poll_fn(|cx| {
            let read = inbox.poll_fill(cx, stream.io());
            inbox.release();
            read
        });
        matches!(read.await, Ok(1..)).then_some(())
    }

    /// Waits for the end of the connection while a request is answered.
    async fn gone(&mut self) {
        while self.inbox.unread().len() < AHEAD {
            if self.fill().await.is_none() {
                return;
            }
        }
        std::future::pending::<()>().await;
    }

    /// Writes a response. `None` if the client does not take it.
    async fn write(&mut self, response: Vec<u8>) -> Option<()> {
        let io = self.stream.io();
        let mut rest = &response[..];
        while !rest.is_empty() {
            let written = timeout(STALL, io.write(rest)).await?.ok()?;
            rest = rest.get(written..).filter(|_| written > 0)?;
        }
        timeout(STALL, io.flush()).await?.ok()
    }

    /// Answers a request.
    async fn answer(&mut self, request: &Request, size: usize) -> Next {
        let rules = self.port.rules();
        let path = request.path.split('?').next().unwrap_or_default();
        if !same_path(path, &rules.path) || request.websocket_key().is_err() {
            return self.answer_other(request).await;
        }
        let answered = match EngineRequest::parse(request) {
            _ if self.options.check(request).is_err() => Err(RequestError::Forbidden),
            _ if request.method == "OPTIONS" => {
                self.inbox.consume(size);
                return self.respond(request, 204, "", b"").await;
            }
            Ok(engine) => match engine.transport {
                Transport::WebSocket => self.upgrade(engine, &rules).await,
                Transport::Polling => self.poll_or_post(request, size, engine).await,
            },
            Err(error) => Err(error),
        };
        match answered {
            Ok(next) => next,
            Err(error) => {
                // What is behind the head was perhaps not read.
                let body = error.body();
                let headers = match error {
                    // Its page may not read that either.
                    RequestError::Forbidden => plain_headers(JSON),
                    _ => headers(request, JSON, self),
                };
                let response = response(error.status(), &headers, &body);
                let _ = self.write(response).await;
                Next::End
            }
        }
    }

    /// Answers a request for something else than socket.io.
    async fn answer_other(&mut self, request: &Request) -> Next {
        let answer = match request.websocket_key() {
            Ok(Some(_)) => {
                let text = "there is no WebSocket at this path, only socket.io at its own";
                HttpResponse::new(404, "text/plain", text).write(&request.method)
            }
            _ => match self.options.answer(request) {
                Answer::Ended(response, _) => response,
                Answer::Upgraded(_) => return Next::End,
            },
        };
        let _ = self.write(answer).await;
        Next::End
    }

    async fn respond(&mut self, request: &Request, status: u16, kind: &str, body: &[u8]) -> Next {
        let kept = request.keeps_alive();
        let headers = headers(request, kind, self);
        let response = if kept {
            kept_response(status, &headers, body)
        } else {
            response(status, &headers, body)
        };
        match self.write(response).await {
            None => Next::Gone,
            Some(()) if kept => Next::Request,
            Some(()) => Next::End,
        }
    }

    /// Refuses a request, of which not everything was read.
    async fn refuse(&mut self, request: &Request, status: u16, text: &str) -> Next {
        let headers = headers(request, "text/plain", self);
        let _ = self.write(response(status, &headers, text.as_bytes())).await;
        Next::End
    }

    /// Hands the connection over as the WebSocket of a new session, or of one that moves.
    async fn upgrade(
        &mut self,
        engine: EngineRequest,
        rules: &Rules,
    ) -> Result<Next, RequestError> {
        let Some(sid) = engine.sid else {
            let (stream, read) = self.take();
            let web = WebSocketLink::server(stream, self.options.of_sio());
            let link = SioLink::accepted(web, read, engine.version, rules.content);
            // Nobody accepts it: the client finds out by the end of its connection.
            let _ = self.port.offer(link, self.peer.clone());
            return Ok(Next::Gone);
        };
        let polled = self.port.session(&sid)?;
        if polled.version() != engine.version {
            return Err(RequestError::Bad("the session has another version of Engine.IO"));
        }
        let probing = polled.begin_move()?;
        self.probe(polled.longest(), probing).await;
        Ok(Next::Gone)
    }

    /// Takes the stream, and what was read of it.
    fn take(&mut self) -> (Stream, Vec<u8>) {
        let stream = std::mem::replace(&mut self.stream, StreamIo::default().into());
        let unread = self.inbox.unread().to_vec();
        self.inbox.consume(unread.len());
        (stream, unread)
    }

    /// Lets a client try out its WebSocket, and hands that to its session.
    async fn probe(&mut self, longest: usize, probing: Probing) {
        let (stream, read) = self.take();
        let link = WebSocketLink::server(stream, self.options.of_sio());
        let mut probe = Probe::new(link, &read, longest).counted(&self.port.arriving);
        let peer = self.peer.clone();
        let steps = async {
            probe.answer(peer).await?;
            probing.release_polls();
            probe.wait().await
        };
        let outcome = tokio::select! {
            outcome = timeout(STEP, steps) => outcome.unwrap_or(Err(CloseReason::HandshakeTimeout)),
            () = probing.ended() => Err(CloseReason::Requested),
        };
        match outcome {
            Ok(()) => {
                let (link, arrived) = probe.into_parts();
                probing.moved(link, arrived);
            }
            Err(reason) => {
                tracing::debug!(reason = %escaped(&reason), "a session of socket.io has not moved to its WebSocket");
                drop(probing);
                let _ = timeout(LAST, probe.refuse(reason)).await;
            }
        }
    }

    async fn poll_or_post(
        &mut self,
        request: &Request,
        size: usize,
        engine: EngineRequest,
    ) -> Result<Next, RequestError> {
        let Some(sid) = engine.sid else {
            if request.method != "GET" {
                return Err(RequestError::Method);
            }
            return self.begin(request, size, engine.version).await;
        };
        let polled = self.port.session(&sid)?;
        if polled.version() != engine.version {
            return Err(RequestError::Bad("the session has another version of Engine.IO"));
        }
        match &*request.method {
            "GET" => self.poll(request, size, &polled).await,
            "POST" => self.post(request, size, &polled).await,
            _ => Err(RequestError::Bad("requests of a session are GET and POST")),
        }
    }

    /// Begins a session.
    async fn begin(
        &mut self,
        request: &Request,
        size: usize,
        version: Version,
    ) -> Result<Next, RequestError> {
        let mut peer = self.peer.clone();
        if let Some(proxies) = self.options.get_forwarded()
            && let Err(problem) = proxies.correct_session(&mut peer, request)
        {
            tracing::debug!(?problem, "a session of socket.io was refused");
            return Err(RequestError::Bad(
                "a proxy does not name the client as this server expects",
            ));
        }
        let begun = (request.clone(), self.options.clone());
        let id = Port::new_id();
        let polled = Arc::new(Polled::new(version));
        self.port.add(id.clone(), polled.clone());
        let link = SioLink::polled(self.port.clone(), id, polled.clone(), begun);
        if self.port.offer(link, peer).is_err() {
            self.inbox.consume(size);
            let text = b"this server takes no further sessions at the moment";
            return Ok(self.respond(request, 503, "text/plain", text).await);
        }
        self.poll(request, size, &polled).await
    }

    /// Ends the connection. What still arrives is read for a moment, so that the system does not
    /// throw away the response.
    async fn end(mut self) {
        let last = async {
            let _ = self.stream.io().shutdown().await;
            while self.fill().await.is_some() {
                let unread = self.inbox.unread().len();
                self.inbox.consume(unread);
            }
        };
        let _ = timeout(LAST, last).await;
    }
}

/// The content type of errors.
const JSON: &str = "application/json";

/// Returns the headers of a response: its content type, and that it is never kept by a cache.
fn plain_headers(kind: &str) -> Vec<(&str, &str)> {
    let mut headers = vec![("Cache-Control", "no-store")];
    if !kind.is_empty() {
        headers.push(("Content-Type", kind));
    }
    headers
}

/// Returns the headers of a response, with whether the page that asks may read it.
fn headers<'a>(request: &'a Request, kind: &'a str, visit: &Visit) -> Vec<(&'a str, &'a str)> {
    let mut headers = plain_headers(kind);
    let Some(origin) = request.header("Origin").filter(|_| visit.options.check(request).is_ok())
    else {
        return headers;
    };
    // Clients of socket.io 1 and 2 ask with credentials, for which a page has to be named.
    headers.extend([
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    ]);
    if request.method == "OPTIONS" {
        let asked = request.header("Access-Control-Request-Headers").unwrap_or("Content-Type");
        headers.extend([
            ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
            ("Access-Control-Allow-Headers", asked),
            ("Access-Control-Max-Age", "600"),
        ]);
    }
    headers
}

/// Serves a connection until it ends, or belongs to a session.
pub(super) async fn serve(mut visit: Visit) {
    let mut waits = STEP;
    let first = timeout(STEP, async {
        visit.open().await.ok()?;
        visit.head().await
    });
    let mut head = first.await.flatten();
    while let Some((request, size)) = head {
        match visit.answer(&request, size).await {
            Next::Request => {}
            Next::End => break,
            Next::Gone => return,
        }
        waits = waits.max(IDLE);
        head = timeout(waits, visit.head()).await.flatten();
    }
    visit.end().await;
}
