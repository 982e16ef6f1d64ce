//! A session as one stream, from its handshake on.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;

use super::session::{Rules, SessionStream};
use crate::connector::{Address, TlsInfo};
use crate::link::{ByteStream, Moves, Opening};
use crate::runtime::BoxFuture;
use crate::transport::QuicIo;
use crate::transport::quic::ends::Ends;
use crate::transport::quic::port::Newcomer;
use crate::transport::quic::{facts, failure};

/// A session of WebTransport as a stream of bytes: as a socket's `#[socket(io)]` field it is what
/// [`WebTransport`](super::WebTransport) accepts and
/// [`WebTransportDialer`](super::WebTransportDialer) dials.
///
/// The handshake, the request for the session and the opening of the stream, which the side that
/// has dialed does, run when it is opened, in the connection's task and under its deadline.
///
/// A close that is not regular tells its reason by STOP_SENDING and an application close, whose
/// code is that of a WebSocket: 1001 when a server stops, 1008 for what breaks the protocol, 1009
/// for what is too large. It is [`CloseReason::PeerClosedWith`] at the other end, and a page finds
/// the code as `streamErrorCode` in the error of its writer.
pub struct WebTransportStream {
    stage: Stage,
    /// Where the peer moves to, at a server.
    moves: Option<Moves>,
    io: QuicIo,
}

enum Stage {
    Accepted(Box<Newcomer>, Rules),
    /// The handshake and the request, and what counts them.
    Opening {
        opened: Opened,
        _under_way: Option<Arc<()>>,
    },
    Open,
    Failed(CloseReason),
}

type Opened = BoxFuture<'static, Result<SessionStream, CloseReason>>;

impl WebTransportStream {
    pub(super) fn accepted(newcomer: Newcomer, rules: Rules) -> Self {
        Self {
            stage: Stage::Accepted(Box::new(newcomer), rules),
            moves: Some(Moves::default()),
            io: QuicIo::default(),
        }
    }

    pub(super) fn dialed(opened: Opened) -> Self {
        let stage = Stage::Opening { opened, _under_way: None };
        Self { stage, moves: None, io: QuicIo::default() }
    }

    /// Goes one step on. Ready with the next stage.
    fn poll_step(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<Stage, CloseReason>> {
        match &mut self.stage {
            Stage::Accepted(..) => {
                ready!(opening.poll_admitted());
                let failed = Stage::Failed(CloseReason::Requested);
                let Stage::Accepted(newcomer, rules) = std::mem::replace(&mut self.stage, failed)
                else {
                    unreachable!("it is accepted")
                };
                #[cfg(feature = "plugin")]
                let rules = rules.at(opening.loopback);
                let Newcomer { incoming, config, under_way } = *newcomer;
                let connecting = incoming.accept_with(config);
                let connecting = connecting.map_err(|error| failure::of_handshake(&error))?;
                let opened = Box::pin(SessionStream::accept(connecting, rules));
                Poll::Ready(Ok(Stage::Opening { opened, _under_way: Some(under_way) }))
            }
            Stage::Opening { opened, .. } => {
                let stream = ready!(opened.as_mut().poll(cx))?;
                let connection = stream.session.quic_connection().clone();
                opening.peer.tls = Some(Arc::<TlsInfo>::new(facts(&connection)));
                if self.moves.is_none() {
                    opening.peer.address = Address::Inet(connection.remote_address());
                }
                opening.moves = self.moves.clone();
                self.io = QuicIo::new(connection, Ends::Session(stream), self.moves.clone());
                Poll::Ready(Ok(Stage::Open))
            }
            Stage::Open => Poll::Ready(Ok(Stage::Open)),
            Stage::Failed(reason) => Poll::Ready(Err(reason.clone())),
        }
    }
}

impl ByteStream for WebTransportStream {
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
            // What is dropped refuses the peer, or ends the handshake.
            Stage::Accepted(..) | Stage::Opening { .. } => {
                self.stage = Stage::Failed(reason.clone());
                Poll::Ready(())
            }
            Stage::Failed(_) => Poll::Ready(()),
        }
    }
}

impl fmt::Debug for WebTransportStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &self.stage {
            Stage::Accepted(..) => "accepted",
            Stage::Opening { .. } => "opening",
            Stage::Open => "open",
            Stage::Failed(_) => "failed",
        };
        f.debug_struct("WebTransportStream").field("stage", &stage).field("io", &self.io).finish()
    }
}
