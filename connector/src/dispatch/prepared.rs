//! Calls whose body is prepared before its handler reads it: pomelo-protobuf becomes JSON, and
//! a signature is verified and taken out, in this order, as pomelo does.

use std::borrow::Cow;
use std::task::Context;

use connector_protocol::pomelo::handshake::Direction;
use connector_protocol::pomelo::protobuf::{DecodeFault, DecodeLimits};
use connector_protocol::text::escaped;
use connector_protocol::{Limit, Limits};

use super::calls::Calls;
use super::guard::CallGuard;
use super::running::{Running, Work};
use crate::handler::{HandlerError, Respond};
use crate::link::Outgoing;
use crate::routing::{Answer, Target};

impl<'a> Calls<'a> {
    /// Calls a method by a body that may have come as pomelo-protobuf, and may be signed.
    #[cold]
    pub(super) fn start_prepared(
        &mut self,
        target: &'a Target,
        body: &[u8],
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        let verifies = self.dispatcher.verifies();
        let unpacked = match self.unpack(body) {
            Ok(unpacked) => unpacked,
            // Filters see a message that nobody has signed as little as a handler does.
            Err(error) if verifies => return self.refuse_prepared(error, outgoing),
            Err(error) => return self.start_failing(target, error, task, outgoing),
        };
        if !verifies {
            return self.call(target, &unpacked, task, outgoing);
        }
        match self.verify(&unpacked) {
            Ok(verified) => self.call(target, &verified, task, outgoing),
            Err(error) => self.refuse_prepared(error, outgoing),
        }
    }

    /// Returns the JSON of a body.
    ///
    /// # Errors
    /// Returns the answer to one that does not fit the schema of its route.
    fn unpack<'b>(&self, body: &'b [u8]) -> Result<Cow<'b, [u8]>, HandlerError> {
        let route = self.cx.route_name();
        let schema = self.schemas.and_then(|schemas| schemas.route(route, Direction::ToServer));
        let Some(schema) = schema else { return Ok(Cow::Borrowed(body)) };
        let session = self.cx.session;
        let Limits { package: bytes, nesting, .. } = *self.limits;
        let mut json = Vec::with_capacity(body.len().saturating_mul(2));
        let Err(error) = schema.decode(body, DecodeLimits { bytes, nesting }, &mut json) else {
            if json.len() > session.0.limits.package {
                session.report_limit(Limit::Package);
            }
            return Ok(Cow::Owned(json));
        };
        match error.fault {
            DecodeFault::TooLarge { .. } => session.report_limit(Limit::Package),
            DecodeFault::TooDeep { .. } => session.report_limit(Limit::Nesting),
            _ => {}
        }
        tracing::debug!(error = %escaped(&error), session = %escaped(session.id()), "a message was refused");
        Err(HandlerError::bad_request(error))
    }

    /// Returns a body without its signature.
    ///
    /// # Errors
    /// Returns the answer to one that is not signed with the session's key.
    #[cfg(feature = "crypto")]
    fn verify(&self, body: &[u8]) -> Result<Vec<u8>, HandlerError> {
        let session = self.cx.session;
        crate::codec::verify(session, body).map_err(|error| {
            tracing::debug!(error = %escaped(&error), session = %escaped(session.id()), "a message was refused");
            HandlerError::bad_request(error)
        })
    }

    #[cfg(not(feature = "crypto"))]
    fn verify<'b>(&self, body: &'b [u8]) -> Result<Cow<'b, [u8]>, HandlerError> {
        Ok(Cow::Borrowed(body))
    }

    /// Answers a message with an error.
    fn refuse_prepared(
        &mut self,
        error: HandlerError,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        Respond::new(&self.cx, outgoing).fail(error);
        None
    }

    /// Answers a message with an error once the filters of its route have let it through.
    fn start_failing(
        &mut self,
        target: &'a Target,
        error: HandlerError,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        if !target.guarded {
            return self.refuse_prepared(error, outgoing);
        }
        let Self { dispatcher, cx, .. } = *self;
        let mut guard = Box::new(CallGuard::failing(dispatcher, target, cx, error));
        if guard.poll(None, task).is_ready() {
            guard.answer(Respond::new(&self.cx, outgoing), |_| Answer::Last);
            return None;
        }
        // Its guard answers in place of the method.
        let work = Some(Work::Plain(Box::default()));
        Some(Running { target, id: cx.id, bytes: 0, work, guard: Some(guard) })
    }
}
