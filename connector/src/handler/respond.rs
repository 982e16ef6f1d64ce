//! Answers: the reply of a call, written as bytes.

use std::error::Error;
use std::fmt;

use connector_protocol::pomelo::handshake::Direction;
use connector_protocol::pomelo::protobuf::RouteSchema;
use connector_protocol::text::escaped;

use super::{Chain, Cx, HandlerError, Reply};
use crate::body::BodyWriter;
use crate::codec::CodecError;
use crate::link::Outgoing;

/// The writer of a call's answer, see [`Handler::call_plain`](super::Handler::call_plain).
pub struct Respond<'a> {
    /// The call that is answered. Without an id, no answer is sent.
    cx: &'a Cx<'a>,
    outgoing: &'a mut Outgoing,
    /// A place for the error that was answered, or would have been for a notify.
    failed: Option<&'a mut Option<HandlerError>>,
}

impl<'a> Respond<'a> {
    pub(crate) fn new(cx: &'a Cx<'a>, outgoing: &'a mut Outgoing) -> Self {
        Self { cx, outgoing, failed: None }
    }

    /// Stores the error in `failed`, if there is one.
    pub(crate) fn recording(self, failed: &'a mut Option<HandlerError>) -> Self {
        Self { failed: Some(failed), ..self }
    }

    /// Sends the answer of a request, or drops that of a notify.
    #[inline(always)]
    pub fn reply(&mut self, reply: impl Reply) {
        let &Cx { session, id, .. } = self.cx;
        let encoder = &session.0.encoder;
        let outbox = &session.0.outbox;
        let agreement = encoder.agreement();
        // Pushes of the call to its own session go before its answer.
        outbox.take_into(self.outgoing);
        if id.is_none() {
            return self.drop_reply(reply);
        }
        let out = self.outgoing.buf();
        let before = out.len();
        // Not as a closure, so that the answer is not moved once more.
        let written = match encoder.begin_response(id, out) {
            Ok(begun) => {
                let start = out.len();
                match reply.reply(&mut BodyWriter::new(&agreement.format, out)) {
                    Ok(()) if agreement.schemas().is_some() => {
                        self.cx.pack_answer(start, &begun, out)
                    }
                    Ok(()) => encoder.finish_response(id, &begun, out).map_err(HandlerError::from),
                    failed => failed,
                }
            }
            Err(error) => Err(error.into()),
        };
        match written {
            Ok(()) if outbox.batches() => {
                outbox.put_answer(self.outgoing, before, self.cx.route_name());
            }
            Ok(()) => {}
            Err(error) => {
                out.truncate(before);
                self.fail(error);
            }
        }
    }

    /// Writes the reply of a notify into a scratch buffer, since only that shows whether
    /// it is an error, which is logged, and which filters are informed of. Mostly it is
    /// nothing.
    #[inline(never)]
    fn drop_reply(&mut self, reply: impl Reply) {
        let mut scratch = Vec::new();
        let format = self.cx.body_format();
        if let Err(error) = reply.reply(&mut BodyWriter::new(format, &mut scratch)) {
            self.fail(error);
        }
    }

    /// Sends an error as the answer, or what a hook makes of it.
    #[cold]
    pub(crate) fn fail(&mut self, error: HandlerError) {
        self.fail_on(self.cx.route_name(), error);
    }

    /// Does the same for the request of a route that need not exist.
    pub(crate) fn fail_on(&mut self, route: &str, error: HandlerError) {
        self.log(&error);
        let error = self.cx.server.inner().hooks.replace_error(self.cx, error);
        self.error(route, &error);
        if let Some(failed) = &mut self.failed {
            **failed = Some(error);
        }
    }

    /// Logs an error that the peer is not told: the cause of an internal one, and any of a
    /// notify.
    fn log(&self, error: &HandlerError) {
        let Some(target) = self.cx.target else { return };
        let route = target.route;
        let session = self.cx.session.id();
        if let Some(cause) = error.source() {
            let error = Chain(cause);
            tracing::error!(route, session = %escaped(session), error = %escaped(error), "a call failed");
        } else if self.cx.id.is_none() {
            let notes = &self.cx.server.inner().dispatcher.notes;
            if notes.failed_notify(route, error.code) {
                tracing::warn!(
                    route, session = %escaped(session), error = %escaped(error),
                    "a notify failed; later failures of this route with this code are logged at \
                     DEBUG"
                );
            } else {
                tracing::debug!(route, session = %escaped(session), error = %escaped(error), "a notify failed");
            }
        }
    }

    fn error(&mut self, route: &str, error: &HandlerError) {
        let &Cx { session, id, .. } = self.cx;
        if id.is_none() {
            return;
        }
        let encoder = &session.0.encoder;
        let agreement = encoder.agreement();
        let head = HandlerError::head(id, agreement);
        let out = self.outgoing.buf();
        let before = out.len();
        let written = encoder.write::<CodecError>(&head, out, |out| {
            let start = out.len();
            error.write(agreement, out)?;
            if let Some(schema) = agreement.schema(route, Direction::ToClient) {
                pack_error(&schema, start, out);
            }
            Ok(())
        });
        if session.0.outbox.batches() {
            session.0.outbox.put_answer(self.outgoing, before, self.cx.route_name());
        }
        if let Err(error) = written {
            tracing::error!(error = %escaped(&error), "an error could not be answered");
        }
    }
}

/// Writes the error behind `start` as pomelo-protobuf: what of it the schema has, such as its
/// code. As in pomelo, the rest is left out, and clients read a body without a code as `{}`.
#[cold]
fn pack_error(schema: &RouteSchema<'_>, start: usize, out: &mut Vec<u8>) {
    let json = out.split_off(start);
    if let Err(error) = schema.encode_partial_json(&json, out) {
        tracing::warn!(error = %escaped(&error), "an error's body was left out");
    }
}

impl fmt::Debug for Respond<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Respond").field("id", &self.cx.id).finish_non_exhaustive()
    }
}
