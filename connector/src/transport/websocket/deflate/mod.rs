//! permessage-deflate (RFC 7692) of a WebSocket.
//!
//! A message that stands alone is compressed by its envelope ([`frame`]), as it is written:
//! a broadcast once for all peers of a kind, on whichever thread. One that points into
//! earlier messages has a place among them, so its connection compresses it when it is sent
//! ([`context`]). Both leave the path of other connections as it is.

mod context;
mod frame;

use std::fmt;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;
use connector_protocol::http::Request;
use connector_protocol::ws::deflate::{Agreement, Deflater, Direction, Terms, WindowBits};
use connector_protocol::ws::upgrade::{ConnectError, Reply, UpgradeError};

use self::context::InContext;
use crate::link::{ByteStream, Outgoing};

/// The compression of WebSocket messages by permessage-deflate (RFC 7692), on either side:
/// [`WebOptions::deflate`](crate::transport::WebOptions::deflate) of a server,
/// [`WebSocketDialer::deflate`](crate::transport::WebSocketDialer::deflate) of a client. It is
/// off unless both say so.
///
/// By default each message is compressed by itself. Then a connection holds nothing between
/// two messages, and a broadcast is compressed once for all its receivers. With context
/// takeover ([`Deflate::server_context_takeover`], [`Deflate::client_context_takeover`])
/// messages point into earlier ones, which makes short, similar messages several times
/// smaller. For that a connection holds:
///
/// | window | who sends | who receives, at most |
/// |---|---|---|
/// | 15 bits, the default | 372 KiB | 32 KiB |
/// | 12 bits | 260 KiB | 4 KiB |
/// | 9 bits | 246 KiB | 512 bytes |
///
/// and each compresses a broadcast for itself.
///
/// Limits count what a message is once it is inflated, and hold while it is: a message that
/// would be longer ends its connection with code 1009.
///
/// Do not compress messages that hold a secret beside what an attacker can choose: their
/// length tells how much the two are alike (CRIME, BREACH).
///
/// ```
/// use connector::prelude::*;
/// use connector::transport::{Deflate, WebSocketDialer};
///
/// let web = WebOptions::new().deflate(Deflate::new().level(3).min_size(512));
/// let connector = HybridConnector::bind("0.0.0.0:3010").web(web);
/// let dialer = WebSocketDialer::new().deflate(Deflate::new());
/// # drop((connector, dialer));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deflate {
    terms: Terms,
    level: u8,
    min_size: usize,
}

impl Deflate {
    /// Creates options that compress messages of 1,024 bytes and more, each by itself, at level
    /// 6.
    #[must_use]
    pub fn new() -> Self {
        Self { terms: Terms::default(), level: 6, min_size: 1024 }
    }

    /// Sets the level of compression: 1, the fastest, to 9, the smallest messages. Other values
    /// count as the nearest of these. Default: 6.
    #[must_use]
    pub fn level(mut self, level: u8) -> Self {
        self.level = level.clamp(1, 9);
        self
    }

    /// Sets from how many bytes on a message is compressed. A shorter one is sent as it is, as
    /// is one that would not get shorter. Default: 1,024 bytes, since less fits into a segment
    /// of TCP anyway.
    #[must_use]
    pub fn min_size(mut self, bytes: usize) -> Self {
        self.min_size = bytes;
        self
    }

    /// Lets the server's messages point into its earlier ones, unless the client declines
    /// (`server_no_context_takeover`). Default: each stands alone.
    #[must_use]
    pub fn server_context_takeover(mut self) -> Self {
        self.terms.server.context_takeover = true;
        self
    }

    /// Lets the client's messages point into its earlier ones, unless the other side declines
    /// (`client_no_context_takeover`). Default: each stands alone.
    #[must_use]
    pub fn client_context_takeover(mut self) -> Self {
        self.terms.client.context_takeover = true;
        self
    }

    /// Limits how far back the server's messages point, to 2^`bits` bytes
    /// (`server_max_window_bits`). 9 to 15; other values count as the nearest of these.
    /// Default: 15.
    #[must_use]
    pub fn server_max_window_bits(mut self, bits: u8) -> Self {
        self.terms.server.max_window_bits = window(bits);
        self
    }

    /// Limits how far back the client's messages point, to 2^`bits` bytes
    /// (`client_max_window_bits`). 9 to 15; other values count as the nearest of these.
    /// Default: 15. A client that cannot be limited gets no context takeover then.
    #[must_use]
    pub fn client_max_window_bits(mut self, bits: u8) -> Self {
        self.terms.client.max_window_bits = window(bits);
        self
    }

    /// Adds the offer to a request.
    pub(super) fn offer(&self, request: &mut Vec<u8>) {
        self.terms.offer(request);
    }

    /// Answers a request's offers.
    pub(in crate::transport) fn answer(
        &self,
        request: &Request,
        response: &mut Vec<u8>,
    ) -> Result<Option<Agreement>, UpgradeError> {
        self.terms.answer(request, response)
    }

    /// Reads the response to a request with the offer.
    pub(super) fn parse_response(
        &self,
        input: &[u8],
        key: &str,
    ) -> Result<Option<(Reply, usize)>, ConnectError> {
        self.terms.parse_response(input, key)
    }
}

impl Default for Deflate {
    fn default() -> Self {
        Self::new()
    }
}

fn window(bits: u8) -> WindowBits {
    WindowBits::new(bits.clamp(9, 15)).unwrap_or(WindowBits::MAX)
}

/// How one end of a connection sends compressed messages.
#[derive(Debug)]
pub(super) enum Deflating {
    /// Each by itself, compressed by its envelope.
    Alone(Alone),
    /// Each in the context of earlier ones.
    InContext(Box<InContext>),
}

/// The envelope of messages that stand alone.
pub(super) struct Alone(&'static dyn Envelope);

impl fmt::Debug for Alone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alone").finish_non_exhaustive()
    }
}

impl Deflating {
    /// `None` if messages are sent as they are: there is no deflater for windows of 8 bits.
    pub(super) fn new(own: &Deflate, sent: Direction, kind: Kind) -> Option<Self> {
        if !sent.context_takeover {
            let frame = frame::alone(own, sent.max_window_bits, kind)?;
            return Some(Self::Alone(Alone(frame)));
        }
        let deflater = Deflater::new(own.level, sent.max_window_bits)?;
        Some(Self::InContext(Box::new(InContext::new(deflater, own.min_size, kind))))
    }

    pub(super) fn frame(&self) -> &'static dyn Envelope {
        match self {
            Self::Alone(Alone(frame)) => *frame,
            Self::InContext(context) => context.frame(),
        }
    }

    pub(super) fn poll_send<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        match self {
            Self::Alone(_) => io.poll_send(cx, outgoing),
            Self::InContext(context) => context.poll_send(io, cx, outgoing),
        }
    }

    /// Sends what is compressed already.
    pub(super) fn poll_sealed<Io: ByteStream>(
        &mut self,
        io: &mut Io,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        if let Self::InContext(context) = self {
            // What goes wrong, the close frame meets too.
            let _ = ready!(context.poll_flush(io, cx));
        }
        Poll::Ready(())
    }
}

/// What the frames of one end are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    pub(super) client: bool,
    pub(super) text: bool,
}
