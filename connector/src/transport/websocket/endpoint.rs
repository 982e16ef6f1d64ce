//! WebSocket on any byte stream: upgrade, frames, close.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::pomelo::package;
use connector_protocol::ws::upgrade::{self, Accepted};
use connector_protocol::ws::{CloseCode, Decoder, MaskKeys, Role, Step, WsError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frame::{ClientFrame, ServerFrame};
use crate::link::{Inbox, lost};
use crate::transport::http::{WebOptions, refuse};

/// One end of a WebSocket, without its byte stream.
#[derive(Debug)]
pub(crate) struct Web {
    state: State,
    client: bool,
    text: bool,
    /// The unsent close frame, and how many of its bytes are sent.
    close_frame: (Vec<u8>, usize),
    /// The code of the peer's close frame.
    close_code: Option<CloseCode>,
    /// The reason for which nothing more arrives. The stream would report it only
    /// once.
    ended: Option<CloseReason>,
    /// This side has sent its close frame: later bytes are discarded.
    closing: bool,
}

#[derive(Debug)]
enum State {
    Upgrade(Box<Upgrade>),
    Open(Decoder),
}

#[derive(Debug)]
struct Upgrade {
    side: Side,
    /// The HTTP head to send, and how many of its bytes are sent.
    head: (Vec<u8>, usize),
    outcome: Option<Result<(), CloseReason>>,
}

#[derive(Debug)]
enum Side {
    Client { key: String },
    Server(WebOptions),
}

impl Web {
    /// Creates the side that answers an upgrade.
    pub(crate) fn server(options: WebOptions) -> Self {
        let text = options.is_text();
        Self::new(
            Upgrade { side: Side::Server(options), head: Default::default(), outcome: None },
            text,
        )
    }

    /// Creates the side that asks for an upgrade, with the head of its request.
    pub(crate) fn client(key: String, request: Vec<u8>, text: bool) -> Self {
        let side = Side::Client { key };
        Self {
            client: true,
            ..Self::new(Upgrade { side, head: (request, 0), outcome: None }, text)
        }
    }

    fn new(upgrade: Upgrade, text: bool) -> Self {
        let state = State::Upgrade(Box::new(upgrade));
        Self {
            state,
            client: false,
            text,
            close_frame: Default::default(),
            close_code: None,
            ended: None,
            closing: false,
        }
    }

    /// Sends and receives heads until messages may flow.
    pub(crate) fn poll_open<Io: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        let State::Upgrade(upgrade) = &mut self.state else { return Poll::Ready(Ok(())) };
        loop {
            ready!(poll_write_all(io, cx, &mut upgrade.head))?;
            ready!(Pin::new(&mut *io).poll_flush(cx)).map_err(lost)?;
            if let Some(outcome) = &upgrade.outcome {
                if outcome.is_err() {
                    // Nothing follows but the end; what is unread may be lost.
                    let _ = ready!(Pin::new(&mut *io).poll_shutdown(cx));
                }
                break;
            }
            if !upgrade.read(inbox) && ready!(inbox.poll_fill(cx, io)).map_err(lost)? == 0 {
                return Poll::Ready(Err(CloseReason::PeerClosed));
            }
        }
        let outcome = upgrade.outcome.take().unwrap_or(Ok(()));
        let role =
            if self.client { Role::Client(MaskKeys::new(rand::random())) } else { Role::Server };
        self.state = State::Open(Decoder::new(role, longest(inbox)));
        Poll::Ready(outcome)
    }

    /// Reads once and decodes the unread frames.
    pub(crate) fn poll_recv<Io: AsyncRead + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        if let Some(reason) = &self.ended {
            if self.closing {
                ready!(poll_drain(io, cx));
            }
            return Poll::Ready(Err(reason.clone()));
        }
        let received = ready!(self.poll_decode(io, cx, inbox));
        self.ended = received.clone().err();
        Poll::Ready(received)
    }

    fn poll_decode<Io: AsyncRead + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        let State::Open(decoder) = &mut self.state else {
            return Poll::Ready(Err(CloseReason::malformed("not upgraded")));
        };
        decoder.raise_limit(longest(inbox));
        // The upgrade may have read frames too.
        if decode_all(decoder, inbox, &mut self.close_frame.0, &mut self.close_code)? {
            return Poll::Ready(Ok(()));
        }
        if ready!(inbox.poll_fill(cx, io)).map_err(lost)? == 0 {
            // Clients often leave without a close frame, but not within a
            // message.
            if inbox.unread().is_empty() && decoder.is_idle() {
                return Poll::Ready(Err(CloseReason::PeerClosed));
            }
            return Poll::Ready(Err(CloseReason::Lost {
                kind: io::ErrorKind::UnexpectedEof,
                message: "the stream ended within a message".into(),
            }));
        }
        decode_all(decoder, inbox, &mut self.close_frame.0, &mut self.close_code)?;
        Poll::Ready(Ok(()))
    }

    /// Sends a close frame and ends the stream.
    pub(crate) fn poll_close<Io: AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        if let State::Open(decoder) = &mut self.state {
            decoder.close(Some(close_code(reason)), "", &mut self.close_frame.0);
        }
        let _ = ready!(poll_write_all(io, cx, &mut self.close_frame));
        self.closing = true;
        Pin::new(io).poll_shutdown(cx).map(|_| ())
    }

    /// Returns the code of the peer's close frame, once one with a code has arrived.
    pub(crate) fn close_code(&self) -> Option<CloseCode> {
        self.close_code
    }

    pub(crate) fn frame(&self) -> &'static dyn Envelope {
        match (self.client, self.text) {
            (false, false) => &ServerFrame::<false>,
            (false, true) => &ServerFrame::<true>,
            (true, false) => &ClientFrame::<false>,
            (true, true) => &ClientFrame::<true>,
        }
    }
}

impl Upgrade {
    /// Reads the peer's HTTP head. Returns `false` if it is incomplete.
    fn read(&mut self, inbox: &mut Inbox) -> bool {
        let unread = inbox.unread();
        let (answer, outcome, consumed) = match &self.side {
            Side::Client { key } => match upgrade::parse_response(unread, key) {
                Ok(None) => return false,
                Ok(Some((accepted, consumed))) => (Vec::new(), unasked(accepted), consumed),
                Err(error) => (Vec::new(), Err(CloseReason::malformed(error)), 0),
            },
            Side::Server(options) => match connector_protocol::http::parse_request(unread) {
                Ok(None) => return false,
                Ok(Some((request, consumed))) => {
                    let (answer, outcome) = options.answer(&request);
                    (answer, outcome, consumed)
                }
                Err(error) => {
                    let (answer, outcome) = refuse(error.into());
                    (answer, outcome, 0)
                }
            },
        };
        inbox.consume(consumed);
        self.head = (answer, 0);
        self.outcome = Some(outcome);
        true
    }
}

/// No protocol was offered, so none may be picked (RFC 6455 4.1).
fn unasked(accepted: Accepted) -> Result<(), CloseReason> {
    let Some(protocol) = accepted.protocol else { return Ok(()) };
    let what = format_args!("the subprotocol {protocol:?}, which was not offered");
    Err(CloseReason::malformed(what))
}

/// Returns the size of the longest message: as on a bare stream, the package's header
/// does not count.
fn longest(inbox: &Inbox) -> usize {
    inbox.limit().saturating_add(package::HEADER)
}

/// Delivers all whole messages. Returns whether there was any frame. The reply to a
/// close frame goes to `close_frame`, since outgoing messages are sent before it.
fn decode_all(
    decoder: &mut Decoder,
    inbox: &mut Inbox,
    close_frame: &mut Vec<u8>,
    close_code: &mut Option<CloseCode>,
) -> Result<bool, CloseReason> {
    let mut any = false;
    loop {
        let (unread, replies) = inbox.unread_and_replies();
        if unread.is_empty() {
            return Ok(any);
        }
        let replied = replies.len();
        match decoder.decode(unread, replies) {
            Ok(Step::Incomplete) => return Ok(any),
            Ok(Step::Message { consumed, payload, .. }) => inbox.deliver(payload, consumed),
            Ok(Step::Assembled { consumed, payload, .. }) => {
                inbox.push(payload);
                inbox.consume(consumed);
            }
            Ok(Step::Control { consumed }) => inbox.consume(consumed),
            Ok(Step::Close { consumed, code, .. }) => {
                *close_code = code;
                close_frame.extend(replies.drain(replied..));
                inbox.consume(consumed);
                return Err(CloseReason::PeerClosed);
            }
            Err(error) => {
                decoder.close(Some(error.close_code()), "", close_frame);
                let limit = inbox.limit();
                return Err(match error {
                    WsError::MessageTooBig { .. } => CloseReason::TooLarge { size: limit, limit },
                    error => CloseReason::malformed(error),
                });
            }
        }
        any = true;
    }
}

fn close_code(reason: &CloseReason) -> CloseCode {
    match reason {
        CloseReason::Stopping => CloseCode::GOING_AWAY,
        CloseReason::TooLarge { .. } => CloseCode::TOO_BIG,
        CloseReason::Malformed(_)
        | CloseReason::HandshakeTimeout
        | CloseReason::HeartbeatTimeout
        | CloseReason::SlowPeer { .. } => CloseCode::POLICY,
        _ => CloseCode::NORMAL,
    }
}

/// Reads to the end and discards the bytes.
fn poll_drain<Io: AsyncRead + Unpin>(io: &mut Io, cx: &mut Context<'_>) -> Poll<()> {
    let mut scratch = [0; 4096];
    loop {
        let mut buf = ReadBuf::new(&mut scratch);
        let read = ready!(Pin::new(&mut *io).poll_read(cx, &mut buf));
        if read.is_err() || buf.filled().is_empty() {
            return Poll::Ready(());
        }
    }
}

fn poll_write_all<Io: AsyncWrite + Unpin>(
    io: &mut Io,
    cx: &mut Context<'_>,
    (bytes, sent): &mut (Vec<u8>, usize),
) -> Poll<Result<(), CloseReason>> {
    while *sent < bytes.len() {
        let written = ready!(Pin::new(&mut *io).poll_write(cx, &bytes[*sent..])).map_err(lost)?;
        if written == 0 {
            let error = io::Error::new(io::ErrorKind::WriteZero, "the stream takes no more");
            return Poll::Ready(Err(lost(error)));
        }
        *sent += written;
    }
    Poll::Ready(Ok(()))
}
