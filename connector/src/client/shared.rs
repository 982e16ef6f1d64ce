//! What a client's handles and its task share.

use std::sync::Arc;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::message::Head;
use connector_protocol::pomelo::handshake::Direction;
use connector_protocol::session::Welcome;
use tokio::sync::{Notify, watch};

use super::RequestError;
use super::pending::{Call, Pending};
use super::pushes::Hub;
use crate::body::{BodyReader, FromBody, ToBody};
use crate::codec::{CodecError, Received};
use crate::connection::{Dictionary, Encoder, Outbox, PushError};
use crate::connector::Peer;
use crate::handler::HandlerError;

/// What a client's handles and its task share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) peer: Peer,
    pub(super) welcome: Welcome,
    pub(super) dictionary: Dictionary,
    pub(super) encoder: Encoder,
    pub(super) outbox: Outbox,
    /// Told when what waited in the outbox has left.
    pub(super) room: Notify,
    pub(super) pending: Pending,
    pub(super) pushes: Arc<Hub>,
    pub(super) stage: watch::Sender<Stage>,
}

/// How far a connection's life is.
#[derive(Clone, Debug)]
pub(super) enum Stage {
    Open,
    /// Nothing goes in or out any more; the peer is told good-bye.
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

    /// Puts a message into the outbox; waits while that is full.
    pub(super) async fn send(&self, message: Bytes) -> Result<(), RequestError> {
        loop {
            let mut room = std::pin::pin!(self.room.notified());
            // Before the look, so that what leaves right after it is noticed.
            room.as_mut().enable();
            match self.outbox.try_put(&message) {
                Ok(()) => return Ok(()),
                Err(PushError::Full { .. }) => room.await,
                Err(PushError::Codec(error)) => return Err(error.into()),
                Err(PushError::Closed) => return Err(RequestError::Closed(self.end_reason())),
            }
        }
    }

    /// Sends a request and waits for the answer.
    pub(super) async fn call(&self, call: Call<'_>, message: Bytes) -> Result<Bytes, RequestError> {
        self.send(message).await?;
        call.await.map_err(RequestError::Closed)?.map_err(RequestError::Server)
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

    /// Hands a message that came to whoever waits for it.
    pub(super) fn receive(&self, message: &Received<'_>) {
        match message.head {
            Head::Response(Some(id)) => self.pending.answer(id, Ok(&message.body)),
            Head::Error(Some(id)) => {
                let error = HandlerError::read(&message.body, self.encoder.agreement());
                self.pending.answer(id, Err(error));
            }
            // A format that has no word for a push says it like a notify.
            Head::Push(route) | Head::Notify(route) => match self.dictionary.name(route) {
                Some(route) => self.pushes.deliver(route, &message.body),
                None => tracing::debug!(?route, "a push by a code that is not in the dictionary"),
            },
            Head::Response(None) | Head::Error(None) | Head::Request(..) => {
                tracing::debug!(head = ?message.head, "not for a client");
            }
        }
    }

    /// The end: whoever waits for something is told.
    pub(super) fn end(&self, reason: CloseReason) {
        self.outbox.end();
        let ended = self.stage.send_if_modified(|stage| {
            let open = matches!(stage, Stage::Open);
            if open {
                *stage = Stage::Ended(reason.clone());
            }
            open
        });
        if ended {
            tracing::debug!(peer = %self.peer, %reason, "closed");
            self.pending.end(&reason);
            self.pushes.end();
            self.room.notify_waiters();
        }
    }

    /// The socket is closed.
    pub(super) fn gone(&self) {
        self.stage.send_modify(|stage| *stage = Stage::Gone(stage_reason(stage)));
    }

    pub(super) fn end_reason(&self) -> CloseReason {
        stage_reason(&self.stage.borrow())
    }
}

/// Without a reason yet, it is a handle's order to close that is under way.
fn stage_reason(stage: &Stage) -> CloseReason {
    stage.reason().cloned().unwrap_or(CloseReason::Requested)
}
