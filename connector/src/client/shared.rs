//! The state that a client's handles share with its task.

use std::sync::Arc;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::message::Head;
use connector_protocol::pomelo::handshake::Direction;
use connector_protocol::session::Welcome;
use connector_protocol::text::escaped;
use tokio::sync::watch;

use super::RequestError;
use super::pending::{Call, Pending};
use super::pushes::Subscriptions;
use crate::body::{BodyError, BodyReader, FromBody, ToBody};
use crate::codec::CodecError;
use crate::connection::{Dictionary, Encoder, Outbox, PushError};
use crate::connector::Peer;
use crate::handler::HandlerError;

/// The state that a client's handles share with its task.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) peer: Peer,
    pub(super) welcome: Welcome,
    pub(super) dictionary: Dictionary,
    pub(super) encoder: Encoder,
    pub(super) outbox: Outbox,
    pub(super) pending: Pending,
    pub(super) pushes: Arc<Subscriptions>,
    pub(super) stage: watch::Sender<Stage>,
}

/// The stage of a connection's life.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    Open,
    /// No more messages are read or sent. The socket is being closed.
    Ended(CloseReason),
    /// The socket is closed.
    Gone(CloseReason),
}

impl Stage {
    pub(super) fn reason(&self) -> Option<&CloseReason> {
        match self {
            Self::Open => None,
            Self::Ended(reason) | Self::Gone(reason) => Some(reason),
        }
    }
}

impl Shared {
    /// Writes a notify.
    pub(super) fn write_notify(&self, route: &str, body: &dyn ToBody) -> Result<Bytes, CodecError> {
        self.write(&Head::Notify(self.dictionary.shorten(route)), route, body)
    }

    /// Writes a request.
    pub(super) fn write_request(
        &self,
        call: &Call<'_>,
        route: &str,
        body: &dyn ToBody,
    ) -> Result<Bytes, CodecError> {
        let head = Head::Request(Some(call.id()), self.dictionary.shorten(route));
        self.write(&head, route, body)
    }

    fn write(&self, head: &Head<'_>, route: &str, body: &dyn ToBody) -> Result<Bytes, CodecError> {
        let mut out = Vec::new();
        self.encoder.write_call(head, route, body, &mut out)?;
        Ok(out.into())
    }

    /// Queues a message in the outbox, and waits while it is full.
    pub(super) async fn send(&self, message: Bytes) -> Result<(), RequestError> {
        match self.outbox.put_when_ready(message).await {
            Ok(put) => {
                if put.first {
                    self.outbox.wake();
                }
                Ok(())
            }
            Err(PushError::Codec(error)) => Err(error.into()),
            // It waits instead of being full.
            Err(PushError::Closed | PushError::Full { .. }) => {
                Err(RequestError::Closed(self.end_reason()))
            }
        }
    }

    /// Sends a request and waits for the answer.
    pub(super) async fn call(&self, call: Call<'_>, message: Bytes) -> Result<Bytes, RequestError> {
        self.send(message).await?;
        Ok(call.await.map_err(RequestError::Closed)??)
    }

    /// Reads the answer to a request of this route.
    pub(super) fn read_answer<A: FromBody>(
        &self,
        route: &str,
        answer: &Bytes,
    ) -> Result<A, RequestError> {
        let agreement = self.encoder.agreement();
        let format = agreement.format(route, Direction::ToClient);
        Ok(A::read(&BodyReader::of_answer(format, answer, agreement.dialect))?)
    }

    /// Delivers a received message to the request or the subscriptions that wait for it.
    pub(super) fn receive(&self, head: Head<'_>, body: &[u8]) {
        match head {
            Head::Response(Some(id)) => self.pending.answer(id, Ok(body)),
            Head::Error(Some(id)) => {
                let error = HandlerError::read(body, self.encoder.agreement());
                self.pending.answer(id, Err(BodyError::Server(error)));
            }
            // A format without a kind for pushes sends them as notifies.
            Head::Push(route) | Head::Notify(route) => match self.dictionary.name(route) {
                Some(route) => self.pushes.deliver(route, body),
                None => tracing::debug!(?route, "a push with a code that is not in the dictionary"),
            },
            Head::Response(None) | Head::Error(None) | Head::Request(..) => {
                tracing::debug!(?head, "ignored a message that is not for clients");
            }
        }
    }

    /// Delivers the error of an answer that the codec has refused.
    ///
    /// # Errors
    /// Returns the reason to close if the payload was not a message at all.
    pub(super) fn refuse(&self, error: CodecError) -> Result<(), CloseReason> {
        match error.refused() {
            None => return Err(CloseReason::malformed(error)),
            Some(Some(id)) => self.pending.answer(id, Err(BodyError::misfit(error))),
            Some(None) => tracing::warn!(error = %escaped(&error), "a push was refused"),
        }
        Ok(())
    }

    /// Ends the connection, and all waits for it.
    pub(super) fn end(&self, reason: CloseReason) {
        let ended = self.stage.send_if_modified(|stage| {
            let open = matches!(stage, Stage::Open);
            if open {
                *stage = Stage::Ended(reason.clone());
            }
            open
        });
        // After that, since those who wait for room ask for the reason.
        self.outbox.end();
        if ended {
            tracing::debug!(peer = %escaped(&self.peer), reason = %escaped(&reason), "closed");
            self.pending.end(&reason);
            self.pushes.end();
        }
    }

    /// Marks the socket as closed.
    pub(super) fn gone(&self) {
        self.stage.send_modify(|stage| *stage = Stage::Gone(stage_reason(stage)));
    }

    pub(super) fn end_reason(&self) -> CloseReason {
        stage_reason(&self.stage.borrow())
    }
}

/// Returns the reason of the end. If there is none yet, a handle has asked for the close.
fn stage_reason(stage: &Stage) -> CloseReason {
    stage.reason().cloned().unwrap_or(CloseReason::Requested)
}
