//! WebSocket on any byte stream: frames, close.

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::pomelo::package;
use connector_protocol::ws::{CloseCode, Decoder, MaskKeys, Role, Step, WsError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::frame::{ClientFrame, ServerFrame};
use super::random;
use super::upgrade::Upgrade;
use crate::connector::Peer;
use crate::link::{Inbox, Opening, lost};
use crate::transport::http::WebOptions;

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
    /// The upgrade was not accepted.
    Refused,
}

impl Web {
    /// Creates the side that answers an upgrade.
    pub(crate) fn server(options: WebOptions) -> Self {
        let text = options.is_text();
        Self::new(Upgrade::server(options), false, text)
    }

    /// Creates the side that asks for an upgrade, with the head of its request.
    pub(crate) fn client(key: String, request: Vec<u8>, text: bool) -> Self {
        Self::new(Upgrade::client(key, request), true, text)
    }

    fn new(upgrade: Upgrade, client: bool, text: bool) -> Self {
        Self {
            state: State::Upgrade(Box::new(upgrade)),
            client,
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
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let State::Upgrade(upgrade) = &mut self.state else { return Poll::Ready(Ok(())) };
        self.text |= opening.is_text();
        let opened = ready!(upgrade.poll(io, cx, opening));
        let inbox = &*opening.inbox;
        self.state = match &opened {
            Ok(()) if self.client => {
                let role = Role::Client(MaskKeys::new(random::bytes()));
                State::Open(Decoder::new(role, longest(inbox)))
            }
            Ok(()) => State::Open(Decoder::new(Role::Server, longest(inbox))),
            Err(_) => State::Refused,
        };
        self.ended = opened.clone().err();
        Poll::Ready(opened)
    }

    /// Returns whether the request that is to come may name another address of this peer.
    pub(crate) fn changes_address(&self, peer: &Peer) -> bool {
        match &self.state {
            State::Upgrade(upgrade) => upgrade.changes_address(peer),
            State::Open(_) | State::Refused => false,
        }
    }

    /// Reads once and decodes the unread frames.
    #[inline(never)]
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

    /// Sends a close frame and ends the stream. Before the upgrade there is none.
    pub(crate) fn poll_close<Io: AsyncWrite + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        reason: &CloseReason,
    ) -> Poll<()> {
        match &mut self.state {
            State::Open(decoder) => {
                let (code, text) = farewell(reason);
                decoder.close(Some(code), &text, &mut self.close_frame.0);
            }
            State::Upgrade(upgrade) if !self.closing => {
                self.close_frame.0 = upgrade.farewell(reason);
                self.ended = Some(reason.clone());
            }
            State::Upgrade(_) | State::Refused => {}
        }
        self.closing = true;
        let _ = ready!(poll_write_all(io, cx, &mut self.close_frame));
        Pin::new(io).poll_shutdown(cx).map(|_| ())
    }

    /// Adds a ping frame to the replies. Returns whether the WebSocket is open.
    pub(crate) fn ping(&mut self, inbox: &mut Inbox) -> bool {
        let State::Open(decoder) = &mut self.state else { return false };
        decoder.ping(inbox.unread_and_replies().1);
        true
    }

    /// Returns the code of the peer's close frame, once one with a code has arrived.
    pub(crate) fn close_code(&self) -> Option<CloseCode> {
        self.close_code
    }

    pub(crate) fn peer_has_finished(&self) -> bool {
        self.close_code == Some(CloseCode::NORMAL)
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
            Ok(Step::Control { consumed }) => {
                inbox.consume(consumed);
                if !decoder.is_idle() {
                    inbox.set_begun(decoder.pending());
                }
            }
            Ok(Step::Close { consumed, code, reason }) => {
                *close_code = code;
                close_frame.extend(replies.drain(replied..));
                inbox.consume(consumed);
                return Err(peer_closed(code, reason));
            }
            Err(error) => {
                let reason = match error {
                    WsError::MessageTooBig { size, .. } => {
                        let size = usize::try_from(size).unwrap_or(usize::MAX);
                        CloseReason::TooLarge { size, limit: inbox.limit() }
                    }
                    error => CloseReason::malformed(error),
                };
                decoder.close(Some(error.close_code()), &farewell(&reason).1, close_frame);
                return Err(reason);
            }
        }
        any = true;
    }
}

/// Returns the reason of the peer's close frame.
fn peer_closed(code: Option<CloseCode>, reason: String) -> CloseReason {
    match code {
        None => CloseReason::PeerClosed,
        Some(CloseCode::NORMAL) if reason.is_empty() => CloseReason::PeerClosed,
        Some(code) => CloseReason::PeerClosedWith { code: code.get(), reason },
    }
}

/// Returns the code and the text of a close frame, of which the peer sees 123 bytes.
fn farewell(reason: &CloseReason) -> (CloseCode, Cow<'_, str>) {
    let code = match reason {
        CloseReason::Malformed(what) => return (CloseCode::POLICY, what.into()),
        CloseReason::Stopping => CloseCode::GOING_AWAY,
        CloseReason::TooLarge { .. } => CloseCode::TOO_BIG,
        CloseReason::HandshakeTimeout
        | CloseReason::HeartbeatTimeout
        | CloseReason::SlowPackage { .. } => CloseCode::POLICY,
        CloseReason::SlowPeer { .. }
        | CloseReason::Stalled { .. }
        | CloseReason::Overloaded { .. } => CloseCode::TRY_AGAIN,
        CloseReason::Panicked => CloseCode::INTERNAL,
        _ => return (CloseCode::NORMAL, "".into()),
    };
    (code, reason.to_string().into())
}

/// Reads to the end and discards the bytes.
#[inline(never)]
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

pub(super) fn poll_write_all<Io: AsyncWrite + Unpin>(
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
