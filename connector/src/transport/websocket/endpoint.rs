//! WebSocket on any byte stream: frames, close.

use std::borrow::Cow;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
#[cfg(feature = "deflate")]
use connector_protocol::ws::deflate::Agreement;
use connector_protocol::ws::{CloseCode, Decoder, MaskKeys, Role};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[cfg(feature = "deflate")]
use super::deflate::{Deflate, Deflating, Kind};
use super::frame::{ClientFrame, ServerFrame};
use super::messages::{AsPackages, Messages, decode_some, longest};
use super::random;
use super::upgrade::Upgrade;
use crate::connector::Peer;
use crate::link::{ByteStream, Inbox, Opening, Outgoing, lost};
use crate::transport::http::WebOptions;
use crate::transport::write_all::poll_write_all;

/// One end of a WebSocket, without its byte stream.
#[derive(Debug)]
pub(crate) struct Web {
    state: State,
    client: bool,
    text: bool,
    /// What is unsent of the close frame.
    close_frame: Vec<u8>,
    /// The code of the peer's close frame.
    close_code: Option<CloseCode>,
    /// The reason for which nothing more arrives. The stream would report it only
    /// once.
    ended: Option<CloseReason>,
    /// This side has sent its close frame: later bytes are discarded.
    closing: bool,
    /// How messages are compressed, if both ends agreed on that.
    #[cfg(feature = "deflate")]
    deflating: Option<Box<Deflating>>,
}

// There is one for each idle connection: a decoder, a reason, and the rest in 40 bytes.
const _: () = assert!(size_of::<Web>() <= 56 + size_of::<Option<CloseReason>>() + 40);

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
            #[cfg(feature = "deflate")]
            deflating: None,
        }
    }

    /// Offers compression in a request that is not sent yet.
    #[cfg(feature = "deflate")]
    pub(crate) fn offer(&mut self, deflate: Deflate) {
        if let State::Upgrade(upgrade) = &mut self.state {
            upgrade.offer(deflate);
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
        #[cfg(feature = "plugin")]
        if let Some(address) = opening.loopback {
            upgrade.guard_loopback(address);
        }
        let opened = ready!(upgrade.poll(io, cx, opening));
        #[cfg(feature = "deflate")]
        let deflate = upgrade.deflate().map(|(own, agreement)| (*own, agreement));
        self.state = match &opened {
            Ok(()) => State::Open(self.decoder(longest(opening.inbox))),
            Err(_) => State::Refused,
        };
        #[cfg(feature = "deflate")]
        if let (Some((own, agreement)), State::Open(decoder)) = (deflate, &mut self.state) {
            let Agreement { server, client } = agreement;
            let (sent, received) = if self.client { (client, server) } else { (server, client) };
            decoder.inflate(received);
            let kind = Kind { client: self.client, text: self.text };
            self.deflating = Deflating::new(&own, sent, kind).map(Box::new);
        }
        self.ended = opened.clone().err();
        Poll::Ready(opened)
    }

    fn decoder(&self, limit: usize) -> Decoder {
        let role =
            if self.client { Role::Client(MaskKeys::new(random::bytes())) } else { Role::Server };
        Decoder::new(role, limit)
    }

    /// Returns whether the request that is to come may name another address of this peer.
    pub(crate) fn changes_address(&self, peer: &Peer) -> bool {
        match &self.state {
            State::Upgrade(upgrade) => upgrade.changes_address(peer),
            State::Open(_) | State::Refused => false,
        }
    }

    /// Reads once and decodes the unread frames, whose messages are packages.
    #[inline(never)]
    pub(crate) fn poll_recv<Io: AsyncRead + Unpin>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        self.poll_recv_as(&mut AsPackages, io, cx, inbox)
    }

    /// Reads once and decodes the unread frames, whose messages `messages` takes.
    #[inline(always)]
    pub(crate) fn poll_recv_as<Io: AsyncRead + Unpin>(
        &mut self,
        messages: &mut impl Messages,
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
        let received = ready!(self.poll_decode(messages, io, cx, inbox));
        self.ended = received.clone().err();
        Poll::Ready(received)
    }

    #[inline(always)]
    fn poll_decode<Io: AsyncRead + Unpin>(
        &mut self,
        messages: &mut impl Messages,
        io: &mut Io,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        let State::Open(decoder) = &mut self.state else {
            return Poll::Ready(Err(CloseReason::malformed("not upgraded")));
        };
        decoder.raise_limit(messages.longest(inbox));
        // The upgrade may have read frames too.
        if decode_some(decoder, messages, inbox, &mut self.close_frame, &mut self.close_code)? {
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
        decode_some(decoder, messages, inbox, &mut self.close_frame, &mut self.close_code)?;
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
                decoder.close(Some(code), &text, &mut self.close_frame);
            }
            State::Upgrade(upgrade) if !self.closing => {
                self.close_frame = upgrade.farewell(reason);
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

    /// Adds a pong frame to the replies, for a peer whose pings may lie unread.
    pub(crate) fn beat(&mut self, inbox: &mut Inbox) {
        if let State::Open(decoder) = &mut self.state {
            decoder.pong(inbox.unread_and_replies().1);
        }
    }

    /// Returns the code of the peer's close frame, once one with a code has arrived.
    pub(crate) fn close_code(&self) -> Option<CloseCode> {
        self.close_code
    }

    pub(crate) fn peer_has_finished(&self) -> bool {
        self.close_code == Some(CloseCode::NORMAL)
    }

    /// Sends all of `outgoing`, compressed if messages point into earlier ones.
    #[inline(always)]
    pub(crate) fn poll_send<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        #[cfg(feature = "deflate")]
        if let Some(deflating) = &mut self.deflating {
            return deflating.poll_send(io, cx, outgoing);
        }
        io.poll_send(cx, outgoing)
    }

    /// Sends what is compressed already, in front of a close frame.
    #[cfg(feature = "deflate")]
    pub(crate) fn poll_sealed<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        match &mut self.deflating {
            Some(deflating) => deflating.poll_sealed(io, cx),
            None => Poll::Ready(()),
        }
    }

    pub(crate) fn frame(&self) -> &'static dyn Envelope {
        #[cfg(feature = "deflate")]
        if let Some(deflating) = &self.deflating {
            return deflating.frame();
        }
        match (self.client, self.text) {
            (false, false) => &ServerFrame::<false>,
            (false, true) => &ServerFrame::<true>,
            (true, false) => &ClientFrame::<false>,
            (true, true) => &ClientFrame::<true>,
        }
    }
}

/// Returns the code and the text of a close frame, of which the peer sees 123 bytes.
pub(in crate::transport) fn farewell(reason: &CloseReason) -> (CloseCode, Cow<'_, str>) {
    let code = match reason {
        CloseReason::Malformed(what) => return (CloseCode::POLICY, what.into()),
        CloseReason::Stopping => CloseCode::GOING_AWAY,
        CloseReason::TooLarge { .. } => CloseCode::TOO_BIG,
        CloseReason::HandshakeTimeout
        | CloseReason::HeartbeatTimeout
        | CloseReason::SlowPackage { .. } => CloseCode::POLICY,
        CloseReason::SlowPeer { .. }
        | CloseReason::Stalled { .. }
        | CloseReason::Overloaded { .. }
        | CloseReason::TooManyConnections => CloseCode::TRY_AGAIN,
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
