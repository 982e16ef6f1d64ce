//! A session of WebTransport, from its request on.

use std::time::Duration;

use connector_protocol::CloseReason;
use wtransport::endpoint::{IncomingSessionFuture, SessionRequest};
use wtransport::{Connection, RecvStream, SendStream};

use super::failure;
use crate::runtime::{BoxFuture, timeout};
use crate::transport::http::WebOptions;

/// The time in which the end of a session becomes known behind that of its stream.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The one stream of a session.
pub(in crate::transport) struct SessionStream {
    pub(in crate::transport) session: Connection,
    pub(in crate::transport) send: SendStream,
    pub(in crate::transport) recv: RecvStream,
}

/// The sessions that a port takes.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    pub(super) web: WebOptions,
    /// `None` is any.
    pub(super) path: Option<String>,
}

/// The answer to a request.
enum Verdict {
    Accepted,
    NotFound(String),
    Forbidden(String),
}

impl Rules {
    /// Returns the rules of a plugin's port on loopback, if it is one.
    #[cfg(feature = "plugin")]
    pub(super) fn at(mut self, loopback: Option<std::net::SocketAddr>) -> Self {
        if let Some(address) = loopback {
            self.web.guard_loopback(address);
        }
        self
    }

    fn judge(&self, request: &SessionRequest) -> Verdict {
        let path = request.path().split('?').next().unwrap_or_default();
        if self.path.as_ref().is_some_and(|known| known != path) {
            return Verdict::NotFound(format!("there are no sessions at the path {path:?}"));
        }
        match self.web.check_origin_and_host(request.origin(), Some(request.authority())) {
            Ok(()) => Verdict::Accepted,
            Err(problem) => Verdict::Forbidden(problem),
        }
    }
}

impl SessionStream {
    /// Answers the request of a newcomer, and waits for its stream.
    pub(super) async fn accept(
        connecting: quinn::Connecting,
        rules: Rules,
    ) -> Result<Self, CloseReason> {
        let request = IncomingSessionFuture::with_quic_connecting(connecting).await;
        let request = request.map_err(|error| failure::of_handshake(&error))?;
        match rules.judge(&request) {
            Verdict::Accepted => {}
            Verdict::NotFound(problem) => {
                request.not_found().await;
                return Err(CloseReason::Malformed(problem));
            }
            Verdict::Forbidden(problem) => {
                request.forbidden().await;
                return Err(CloseReason::Malformed(problem));
            }
        }
        let session = request.accept().await.map_err(|error| failure::of_handshake(&error))?;
        let streams = session.accept_bi().await;
        let (send, recv) = streams.map_err(|error| failure::of_handshake(&error))?;
        Ok(Self { session, send, recv })
    }

    /// Opens the stream of a session.
    pub(super) async fn open(session: Connection) -> Result<Self, CloseReason> {
        let opening = session.open_bi().await.map_err(|error| failure::of_handshake(&error))?;
        let (send, recv) = opening.await.map_err(|error| {
            CloseReason::lost(&std::io::Error::new(std::io::ErrorKind::BrokenPipe, error))
        })?;
        Ok(Self { session, send, recv })
    }

    /// Returns the end of the session, or of its stream, if that goes on.
    pub(in crate::transport) fn end(
        &self,
        of_stream: Result<(), CloseReason>,
    ) -> BoxFuture<'static, Result<(), CloseReason>> {
        let session = self.session.clone();
        Box::pin(async move {
            let ended = async {
                loop {
                    // Whoever waits for a stream hears of the end.
                    if let Err(error) = session.accept_uni().await {
                        return failure::of_session(&error);
                    }
                }
            };
            timeout(LAST_WORDS, ended).await.flatten().unwrap_or(of_stream)
        })
    }
}
