//! A session of socket.io as a link.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::http::Request;
use connector_protocol::socketio::{
    CLOSE, CONNECT, Content, DISCONNECT, Open, PING, PONG, Side, Version,
};

use super::asking::{Answer, Asking};
use super::exchange::{Carrier, Route};
use super::polled::{Moved, News, Polled};
use super::polling::Polling;
use super::port::Port;
use super::pulse::{Due, Pulse};
use super::reader::{Reader, longest};
use super::{TRANSPORT, frame};
use crate::link::{Batch, Heartbeat, Inbox, Link, Opening, Outgoing};
use crate::transport::websocket::Messages;
use crate::transport::{WebOptions, WebSocketLink};

/// A session of socket.io as a link, whose packages are the events `message`. It is either
/// side, over WebSocket or over requests that wait, and may move from these to that.
pub struct SioLink {
    reader: Reader,
    over: Over,
    step: Step,
    /// Frames of this link's own that leave before anything else.
    first: Vec<u8>,
    pulse: Option<Box<Pulse>>,
    /// The end was announced.
    announced: bool,
}

/// What a session goes over.
enum Over {
    Web(Box<Web>),
    Polled(Polling),
    /// A client's session that polls.
    Asking(Box<Asking>),
}

/// A WebSocket.
struct Web {
    link: WebSocketLink,
    /// What somebody else has read of it.
    read: Vec<u8>,
}

/// The least time in which a server may leave a ping without an answer.
const LEAST_PATIENCE: Duration = Duration::from_secs(5);

/// The steps of opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The WebSocket opens.
    Upgrade,
    /// The namespace is to be connected.
    Connect,
    Open,
}

impl SioLink {
    fn new(reader: Reader, over: Over) -> Self {
        let (step, first) = (Step::Upgrade, Vec::new());
        Self { reader, over, step, first, pulse: None, announced: false }
    }

    /// Creates the server's side over a WebSocket that is not open yet, of which this was read.
    pub(super) fn accepted(
        link: WebSocketLink,
        read: Vec<u8>,
        version: Version,
        content: Content,
    ) -> Self {
        let reader = Reader::new(version, Side::Server, content, Port::new_id());
        Self::new(reader, Over::Web(Box::new(Web { link, read })))
    }

    /// Creates the server's side of a session that polls, with this id.
    pub(super) fn polled(
        port: Arc<Port>,
        sid: String,
        polled: Arc<Polled>,
        begun: (Request, WebOptions),
    ) -> Self {
        let (version, content) = (polled.version(), port.rules().content);
        let id = match version {
            Version::V3 => sid.clone(),
            // That of Engine.IO is a secret.
            Version::V4 => Port::new_id(),
        };
        let reader = Reader::new(version, Side::Server, content, id);
        Self::new(reader, Over::Polled(Polling::new(port, sid, polled, begun)))
    }

    /// Creates the client's side over a WebSocket that is not open yet.
    pub(super) fn dialed(link: WebSocketLink, version: Version, content: Content) -> Self {
        let reader = Reader::new(version, Side::Client, content, String::new());
        Self::new(reader, Over::Web(Box::new(Web { link, read: Vec::new() })))
    }

    /// Creates the client's side of a session that polls, and perhaps moves to a WebSocket.
    pub(super) fn asking(route: Route, carrier: Carrier, moves: bool, content: Content) -> Self {
        let reader = Reader::new(route.version, Side::Client, content, String::new());
        Self::new(reader, Over::Asking(Box::new(Asking::new(route, carrier, moves))))
    }

    /// Starts the clock of a client, by what its server has announced.
    fn start_pulse(&mut self) {
        let Some(open) = &self.reader.opened else { return };
        let pulse = Pulse::new(open, self.reader.engine.sends_pings());
        // A server that means seconds, as pomelo's does, may take longer than it says.
        self.pulse = Some(Box::new(pulse.with_patience_of(LEAST_PATIENCE)));
    }

    /// Greets the client, once the transport is open.
    fn greet(&mut self, opening: &Opening<'_>) {
        let endless = Heartbeat { interval: Duration::MAX, patience: Duration::MAX };
        let Heartbeat { interval, patience } = opening.heartbeat.unwrap_or(endless);
        let (sid, upgrades) = match &mut self.over {
            Over::Polled(polling) => {
                polling.announce(opening.inbox.limit());
                (&polling.sid, vec!["websocket".to_owned()])
            }
            Over::Web(_) | Over::Asking(_) => (&self.reader.id, Vec::new()),
        };
        let version = self.reader.engine.version();
        let open = Open {
            sid: sid.clone(),
            upgrades,
            ping_interval: Open::milliseconds(interval),
            ping_timeout: Open::milliseconds(patience),
            max_payload: (version == Version::V4).then(|| longest(opening.limit())),
        };
        self.say(&open.to_packet());
        if version == Version::V3 {
            self.say(CONNECT);
        }
        if opening.heartbeat.is_some() {
            let pulse = Pulse::new(&open, self.reader.engine.sends_pings());
            self.pulse = Some(Box::new(pulse));
        } else if let Over::Polled(polling) = &mut self.over {
            polling.watch_presence();
        }
    }

    /// Sends a packet of this link's own, in front of what is not sent yet.
    fn say(&mut self, packet: &[u8]) {
        match &mut self.over {
            Over::Web(_) => frame::write(self.reader.side, packet, &mut self.first),
            Over::Polled(polling) => polling.polled.put(packet),
            Over::Asking(asking) => asking.put(packet),
        }
    }

    /// Sends a packet of this link's own behind what is being sent.
    fn reply(&mut self, packet: &[u8], inbox: &mut Inbox) {
        match &mut self.over {
            Over::Web(_) => {
                frame::write(self.reader.side, packet, inbox.unread_and_replies().1);
            }
            Over::Polled(polling) => polling.polled.put(packet),
            Over::Asking(asking) => asking.put(packet),
        }
    }

    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        match &mut self.over {
            Over::Web(web) if !self.first.is_empty() => web.link.poll_write(cx, &mut self.first),
            _ => Poll::Ready(Ok(())),
        }
    }

    /// Reads once. Pending if nothing has arrived.
    fn poll_packets(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        // A session that has moved may have left something.
        if let Poll::Ready(written) = self.poll_first(cx) {
            written?;
        }
        let polling = match &mut self.over {
            Over::Web(web) => return web.link.poll_recv_as(&mut self.reader, cx, inbox),
            Over::Polled(polling) => polling,
            Over::Asking(_) => return self.poll_asked(cx, inbox),
        };
        polling.announce(inbox.limit());
        let polled = &polling.polled;
        let begun = if self.reader.has_body() {
            ready!(polled.poll_room(cx))
        } else {
            match ready!(polled.poll_news(cx))? {
                News::Posted(body) => self.reader.begin_body(body),
                News::Moved(moved) => return Poll::Ready(self.take_over(*moved, inbox)),
            }
        };
        let taken = begun.and_then(|()| self.reader.take_packets(inbox, |reply| polled.put(reply)));
        if !self.reader.has_body() {
            polled.taken();
        }
        Poll::Ready(taken)
    }

    /// Reads once, by requests.
    fn poll_asked(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        let Over::Asking(asking) = &mut self.over else { return Poll::Pending };
        if self.reader.has_body() {
            ready!(asking.poll_room(cx))?;
        } else {
            match ready!(asking.poll_answer(cx, inbox.limit()))? {
                Answer::Body(body) => self.reader.begin_body(body)?,
                Answer::Moved(probe, frames) => {
                    let (link, arrived) = probe.into_parts();
                    return Poll::Ready(self.take_over(Moved { link, arrived, frames }, inbox));
                }
            }
        }
        let taken = self.reader.take_packets(inbox, |reply| asking.put(reply));
        if let Some(open) = self.reader.opened.as_deref().filter(|_| !asking.is_open()) {
            asking.opened(open, inbox.limit());
        }
        Poll::Ready(taken)
    }

    /// Goes on over the WebSocket that the client has moved to.
    fn take_over(&mut self, moved: Moved, inbox: &mut Inbox) -> Result<(), CloseReason> {
        let Moved { link, arrived, frames } = moved;
        self.over = Over::Web(Box::new(Web { link, read: Vec::new() }));
        self.first.extend_from_slice(&frames);
        self.first.extend_from_slice(&arrived.replies);
        for (message, text) in arrived.messages {
            self.reader.take_assembled(inbox, message, text)?;
        }
        inbox.append_unread(&arrived.unread);
        Ok(())
    }

    /// Returns whether the peer is told that its session is over, so that it does not connect
    /// again by itself.
    fn ends_for_good(&self, reason: &CloseReason) -> bool {
        let temporary = matches!(
            reason,
            CloseReason::HeartbeatTimeout
                | CloseReason::Overloaded { .. }
                | CloseReason::Stopping
                | CloseReason::TooManyConnections
        );
        self.step == Step::Open && !temporary && !reason.is_peer_closed()
    }
}

impl Link for SioLink {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        if self.step == Step::Upgrade {
            if let Over::Web(web) = &mut self.over {
                opening.inbox.append_unread(&std::mem::take(&mut web.read));
                ready!(web.link.poll_open(cx, opening))?;
            }
            if let Over::Polled(polling) = &mut self.over {
                polling.check(opening)?;
            }
            ready!(opening.poll_admitted());
            opening.peer.transport = TRANSPORT;
            if self.reader.side == Side::Server {
                self.greet(opening);
            }
            self.step = Step::Connect;
        }
        loop {
            ready!(self.poll_first(cx))?;
            if self.reader.engine.is_connected() {
                self.step = Step::Open;
                if self.reader.side == Side::Client {
                    self.start_pulse();
                }
                return Poll::Ready(Ok(()));
            }
            let read = self.poll_packets(cx, opening.inbox);
            self.first.append(opening.inbox.unread_and_replies().1);
            ready!(read)?;
        }
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        if let Poll::Ready(received) = self.poll_packets(cx, inbox) {
            if let Some(pulse) = &mut self.pulse {
                pulse.heard();
            }
            return Poll::Ready(received);
        }
        if let Over::Polled(polling) = &mut self.over {
            polling.check_presence(cx)?;
        }
        let Some(pulse) = &mut self.pulse else { return Poll::Pending };
        match ready!(pulse.poll(cx)) {
            Due::End => Poll::Ready(Err(CloseReason::HeartbeatTimeout)),
            Due::Ping => {
                self.reply(PING, inbox);
                Poll::Ready(Ok(()))
            }
        }
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        ready!(self.poll_first(cx))?;
        match &mut self.over {
            Over::Web(web) => web.link.poll_send(cx, outgoing),
            Over::Polled(polling) => polling.polled.poll_put(cx, outgoing),
            Over::Asking(asking) => asking.poll_send(cx, outgoing),
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        let ends_for_good = self.ends_for_good(reason);
        match &mut self.over {
            Over::Polled(polling) => {
                polling.polled.poll_close(cx, ends_for_good.then_some(DISCONNECT))
            }
            Over::Asking(asking) => {
                if !std::mem::replace(&mut self.announced, true) && asking.is_open() {
                    for packet in ends_for_good.then_some(DISCONNECT).into_iter().chain([CLOSE]) {
                        asking.put(packet);
                    }
                }
                asking.poll_sent(cx).map(|_| ())
            }
            Over::Web(web) => {
                if !std::mem::replace(&mut self.announced, true) && ends_for_good {
                    frame::write(self.reader.side, DISCONNECT, &mut self.first);
                }
                if !self.first.is_empty() {
                    // What goes wrong, the close frame meets too.
                    let _ = ready!(web.link.poll_write(cx, &mut self.first));
                }
                web.link.poll_close(cx, reason)
            }
        }
    }

    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        match &mut self.over {
            Over::Web(web) => web.link.peer_has_left(cx),
            Over::Polled(polling) => polling.polled.has_ended(),
            Over::Asking(_) => false,
        }
    }

    fn beat(&mut self, inbox: &mut Inbox) {
        if self.pulse.as_mut().is_some_and(|pulse| pulse.beat()) {
            let sign = if self.reader.engine.sends_pings() { PING } else { PONG };
            self.reply(sign, inbox);
        } else if let Over::Web(web) = &mut self.over {
            web.link.beat(inbox);
        }
    }

    fn held(&self) -> usize {
        let over = match &self.over {
            Over::Web(web) => web.read.len(),
            Over::Polled(polling) => polling.polled.held(),
            Over::Asking(asking) => asking.held(),
        };
        over + self.first.len() + self.reader.held()
    }

    fn peer_has_finished(&self) -> bool {
        self.reader.engine.peer_has_left()
    }

    fn frame(&self) -> &'static dyn Envelope {
        frame::of_messages(self.reader.side, self.reader.content)
    }

    fn batch(&self) -> Batch {
        match self.reader.content {
            Content::Text => Batch::Array,
            Content::Json => Batch::Each,
        }
    }
}

impl fmt::Debug for SioLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let over = match &self.over {
            Over::Web(_) => "websocket",
            Over::Polled(_) | Over::Asking(_) => "polling",
        };
        f.debug_struct("SioLink")
            .field("engine", &self.reader.engine)
            .field("over", &over)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}
