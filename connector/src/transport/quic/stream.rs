//! A connection as one stream, from its handshake on.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use quinn::crypto::rustls::HandshakeData;
use quinn::rustls::pki_types::CertificateDer;
use quinn::{Connecting, Connection, ConnectionError, RecvStream, SendStream};

use super::ends::Ends;
use super::port::Newcomer;
use super::settings::Settings;
use super::{QuicIo, close, failure};
use crate::connector::{Address, TlsInfo};
use crate::link::{ByteStream, Moves, Opening};
use crate::runtime::BoxFuture;

/// A QUIC connection as a stream of bytes: as a socket's `#[socket(io)]` field it is what
/// [`Quic`](super::Quic) accepts and [`QuicDialer`](super::QuicDialer) dials.
///
/// The handshake runs when it is opened, in the connection's task and under its deadline. The
/// side that has dialed opens the stream, which the other one sees with its first byte. For a
/// protocol in which the accepting side speaks first, that one opens it:
/// [`Quic::server_first`](super::Quic::server_first).
///
/// A close that is not regular tells its reason by an application close, whose code is that of
/// a WebSocket: 1001 when a server stops, 1008 for what breaks the protocol, 1009 for what is
/// too large. It is [`CloseReason::PeerClosedWith`] at the other end.
pub struct QuicStream {
    stage: Stage,
    /// Whether this side opens the stream.
    opens: bool,
    /// Where the peer moves to, at a server.
    moves: Option<Moves>,
    io: QuicIo,
}

enum Stage {
    Accepted(Box<Newcomer>),
    /// The handshake of a server, and what counts it.
    Handshake {
        connecting: Connecting,
        _under_way: Arc<()>,
    },
    /// The handshake of a client.
    Dialed(BoxFuture<'static, Shaken>),
    Stream(Connection, BoxFuture<'static, Streams>),
    Open,
    Failed(CloseReason),
}

type Shaken = Result<Connection, CloseReason>;
type Streams = Result<(SendStream, RecvStream), ConnectionError>;

impl QuicStream {
    pub(super) fn accepted(newcomer: Newcomer, settings: &Settings) -> Self {
        Self {
            stage: Stage::Accepted(Box::new(newcomer)),
            opens: settings.server_first,
            moves: Some(Moves::default()),
            io: QuicIo::default(),
        }
    }

    pub(super) fn dialed(shaken: BoxFuture<'static, Shaken>, settings: &Settings) -> Self {
        Self {
            stage: Stage::Dialed(shaken),
            opens: !settings.server_first,
            moves: None,
            io: QuicIo::default(),
        }
    }

    /// Goes one step on. Ready with the next stage.
    fn poll_step(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<Stage, CloseReason>> {
        match &mut self.stage {
            Stage::Accepted(_) => {
                ready!(opening.poll_admitted());
                let failed = Stage::Failed(CloseReason::Requested);
                let Stage::Accepted(newcomer) = std::mem::replace(&mut self.stage, failed) else {
                    unreachable!("it is accepted")
                };
                let Newcomer { incoming, config, under_way } = *newcomer;
                let connecting = incoming.accept_with(config);
                let connecting = connecting.map_err(|error| failure::of_handshake(&error))?;
                Poll::Ready(Ok(Stage::Handshake { connecting, _under_way: under_way }))
            }
            Stage::Handshake { connecting, .. } => {
                let connected = ready!(Pin::new(connecting).poll(cx));
                let connection = connected.map_err(|error| failure::of_handshake(&error))?;
                Poll::Ready(Ok(self.shaken(connection, opening)))
            }
            Stage::Dialed(shaken) => {
                let connection = ready!(shaken.as_mut().poll(cx))?;
                opening.peer.address = Address::Inet(connection.remote_address());
                Poll::Ready(Ok(self.shaken(connection, opening)))
            }
            Stage::Stream(connection, stream) => {
                let streams = ready!(stream.as_mut().poll(cx)).map_err(|error| {
                    failure::of_open(&error).err().unwrap_or(CloseReason::PeerClosed)
                })?;
                self.io = QuicIo::new(
                    connection.clone(),
                    Ends::Quic(streams.0, streams.1),
                    self.moves.clone(),
                );
                opening.moves = self.moves.clone();
                Poll::Ready(Ok(Stage::Open))
            }
            Stage::Open => Poll::Ready(Ok(Stage::Open)),
            Stage::Failed(reason) => Poll::Ready(Err(reason.clone())),
        }
    }

    /// Tells the peer's part in a handshake, and waits for the stream.
    fn shaken(&self, connection: Connection, opening: &mut Opening<'_>) -> Stage {
        opening.peer.tls = Some(Arc::new(facts(&connection)));
        let (link, opens) = (connection.clone(), self.opens);
        let stream =
            Box::pin(
                async move { if opens { link.open_bi().await } else { link.accept_bi().await } },
            );
        Stage::Stream(connection, stream)
    }
}

/// Returns the facts of a handshake.
pub(in crate::transport) fn facts(connection: &Connection) -> TlsInfo {
    let data = connection.handshake_data().and_then(|data| data.downcast::<HandshakeData>().ok());
    let identity = connection.peer_identity();
    let certificates =
        identity.and_then(|identity| identity.downcast::<Vec<CertificateDer<'static>>>().ok());
    let mut facts = TlsInfo::new();
    facts.version = "TLS 1.3";
    (facts.alpn, facts.server_name) =
        data.map_or((None, None), |data| (data.protocol, data.server_name));
    facts.certificates = certificates.map_or_else(Vec::new, |certificates| {
        certificates.iter().map(|certificate| certificate.to_vec()).collect()
    });
    facts
}

impl ByteStream for QuicStream {
    type Io = QuicIo;

    fn io(&mut self) -> &mut QuicIo {
        &mut self.io
    }

    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        while !matches!(self.stage, Stage::Open) {
            self.stage = match ready!(self.poll_step(cx, opening)) {
                Ok(stage) => stage,
                Err(reason) => {
                    self.stage = Stage::Failed(reason.clone());
                    return Poll::Ready(Err(reason));
                }
            };
        }
        Poll::Ready(Ok(()))
    }

    fn peer_has_left(&mut self, _: &mut Context<'_>) -> bool {
        self.io.has_ended()
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        match &self.stage {
            Stage::Open => self.io.poll_close(cx, reason),
            Stage::Stream(connection, ..) => {
                close::close(connection, reason);
                Poll::Ready(())
            }
            // What is dropped refuses the peer, or ends the handshake.
            Stage::Accepted(_) | Stage::Handshake { .. } | Stage::Dialed(_) => {
                self.stage = Stage::Failed(reason.clone());
                Poll::Ready(())
            }
            Stage::Failed(_) => Poll::Ready(()),
        }
    }
}

impl fmt::Debug for QuicStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &self.stage {
            Stage::Accepted(_) => "accepted",
            Stage::Handshake { .. } | Stage::Dialed(_) => "handshake",
            Stage::Stream(..) => "waits for the stream",
            Stage::Open => "open",
            Stage::Failed(_) => "failed",
        };
        f.debug_struct("QuicStream").field("stage", &stage).field("io", &self.io).finish()
    }
}
