//! One open connection of a client.

use std::sync::Arc;

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::message::Head;
use connector_protocol::pomelo::handshake::Direction;
use connector_protocol::pomelo::protobuf::{DecodeError, DecodeLimits};
use connector_protocol::session::Welcome;
use connector_protocol::text::escaped;

use super::RequestError;
use super::pending::{Call, End, Pending};
use super::pushes::Subscriptions;
use crate::body::{BodyError, BodyReader, FromBody, ToBody};
use crate::codec::CodecError;
use crate::connection::{CloseOrder, Dictionary, Encoder, Outbox, PushError};
use crate::connector::Peer;
use crate::handler::HandlerError;
use crate::runtime::{Instant, judge_at};

/// One open connection of a client: what its handshake agreed on, and the messages that wait
/// to leave or to be answered. The next connection has its own.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) peer: Peer,
    pub(super) welcome: Arc<Welcome>,
    pub(super) dictionary: Dictionary,
    pub(super) encoder: Encoder,
    pub(super) outbox: Outbox,
    pub(super) pending: Arc<Pending>,
    /// The limits of what comes of bodies in pomelo-protobuf.
    pub(super) decode_limits: DecodeLimits,
}

impl Live {
    /// Returns the most bytes of a body once it is inflated, if bodies may be compressed.
    pub(super) fn inflated_limit(&self) -> Option<usize> {
        self.encoder.agreement().zlib.then_some(self.decode_limits.bytes)
    }

    /// Writes a notify.
    pub(super) fn write_notify(&self, route: &str, body: &dyn ToBody) -> Result<Bytes, CodecError> {
        self.write(&Head::Notify(self.dictionary.shorten(route)), route, body)
    }

    /// Writes a request.
    pub(super) fn write_request(
        &self,
        call: &Call,
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

    /// Queues a message in the outbox, and waits while it is full. Returns `false` if the
    /// connection takes no more messages, so that this one was not sent.
    pub(super) async fn send(
        &self,
        message: Bytes,
        deadline: Option<Instant>,
    ) -> Result<bool, RequestError> {
        match judge_at(deadline, self.outbox.put_when_ready(message)).await {
            Some(Ok(put)) => {
                if put.first {
                    self.outbox.wake();
                }
                Ok(true)
            }
            Some(Err(PushError::Codec(error))) => Err(error.into()),
            // It waits instead of being full.
            Some(Err(PushError::Closed | PushError::Full { .. })) => Ok(false),
            None => Err(RequestError::Timeout),
        }
    }

    /// Reads the answer to a request of this route.
    ///
    /// # Errors
    /// Returns [`BodyError`] for an error of the server, and for an answer of another type.
    pub(super) fn read_answer<A: FromBody>(
        &self,
        route: &str,
        answer: &Bytes,
    ) -> Result<A, BodyError> {
        let agreement = self.encoder.agreement();
        let (answer, fault) = self.unpack(route, answer.clone());
        match fault {
            Some(fault) => Err(BodyError::misfit(fault)),
            None => A::read(&BodyReader::of_answer(&agreement.format, &answer, agreement.dialect)),
        }
    }

    /// Returns a body as JSON if it came as pomelo-protobuf. One that does not fit its schema
    /// stays as it is, with the error.
    fn unpack(&self, route: &str, body: Bytes) -> (Bytes, Option<DecodeError>) {
        let Some(schema) = self.encoder.agreement().schema(route, Direction::ToClient) else {
            return (body, None);
        };
        let mut json = Vec::new();
        match schema.decode(&body, self.decode_limits, &mut json) {
            Ok(()) => (json.into(), None),
            Err(error) => (body, Some(error)),
        }
    }

    /// Delivers a received message to the request or the subscriptions that wait for it.
    pub(super) fn receive(&self, head: Head<'_>, body: &[u8], pushes: &Subscriptions) {
        match head {
            Head::Response(Some(id)) => self.pending.answer(id, Ok(body)),
            Head::Error(Some(id)) => {
                let error = HandlerError::read(body, self.encoder.agreement());
                self.pending.answer(id, Err(BodyError::Server(error)));
            }
            // A format without a kind for pushes sends them as notifies.
            Head::Push(route) | Head::Notify(route) => match self.dictionary.name(route) {
                Some(route) => {
                    let (body, fault) = self.unpack(route, Bytes::copy_from_slice(body));
                    let format = self.encoder.agreement().format;
                    pushes.deliver(route, body, format, fault);
                }
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

    /// Orders the connection to close, after the messages that are queued.
    pub(super) fn order_close(&self) {
        self.outbox.close(CloseOrder { reason: CloseReason::Requested, drain: false });
    }

    /// Ends the waits for room and for answers.
    pub(super) fn end(&self, end: End) {
        tracing::debug!(peer = %escaped(&self.peer), reason = %escaped(&end.reason), "closed");
        self.outbox.end();
        self.pending.end(end);
    }
}
