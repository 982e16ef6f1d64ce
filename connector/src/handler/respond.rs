//! From what a call has returned to bytes.

use std::fmt;

use super::{Cx, HandlerError, Reply, ReplyBody};
use crate::codec::CodecError;
use crate::connection::Begun;
use crate::link::Outgoing;

/// Where the answer of a call goes, see
/// [`Handler::call_plain`](super::Handler::call_plain).
pub struct Respond<'a> {
    /// Whose answer it is; without an id nobody waits for one.
    cx: &'a Cx<'a>,
    outgoing: &'a mut Outgoing,
    /// For whoever wants to know the error that was answered, or that would
    /// have been.
    failed: Option<&'a mut Option<HandlerError>>,
}

/// An answer whose body is written.
struct Answered {
    /// Where the whole begins.
    before: usize,
    begun: Begun,
}

impl<'a> Respond<'a> {
    pub(crate) fn new(cx: &'a Cx<'a>, outgoing: &'a mut Outgoing) -> Self {
        Self { cx, outgoing, failed: None }
    }

    /// Tells `failed` what the error is, if there is one.
    pub(crate) fn telling(self, failed: &'a mut Option<HandlerError>) -> Self {
        Self { failed: Some(failed), ..self }
    }

    /// Answers, or drops the answer of a notify.
    ///
    /// Only what writes the body is compiled for each type.
    #[inline(always)]
    pub fn reply(&mut self, reply: impl Reply) {
        let format = self.cx.format;
        let Some((begun, out)) = self.begin() else { return self.drop_reply(reply) };
        let written = reply.reply(&mut ReplyBody::new(format, out));
        self.end(&begun, written);
    }

    /// Writes what stands in front of the body, unless nobody waits for it.
    fn begin(&mut self) -> Option<(Answered, &mut Vec<u8>)> {
        let &Cx { session, id, .. } = self.cx;
        // What the call has pushed to its own session goes before its answer.
        session.0.outbox.take_into(self.outgoing);
        id?;
        let out = self.outgoing.buf();
        let before = out.len();
        match session.0.wire.begin_response(id, out) {
            Ok(begun) => Some((Answered { before, begun }, self.outgoing.buf())),
            Err(error) => {
                out.truncate(before);
                self.fail(error.into());
                None
            }
        }
    }

    /// Writes what stands behind the body, or the error in its place.
    fn end(&mut self, answered: &Answered, written: Result<(), HandlerError>) {
        let &Cx { session, id, .. } = self.cx;
        let out = self.outgoing.buf();
        let written = written.and_then(|()| {
            let finished = session.0.wire.finish_response(id, &answered.begun, out);
            finished.map_err(HandlerError::from)
        });
        if let Err(error) = written {
            out.truncate(answered.before);
            self.fail(error);
        }
    }

    /// Finds out whether a reply that nobody waits for is an error, if somebody
    /// wants to know.
    #[cold]
    fn drop_reply(&mut self, reply: impl Reply) {
        if self.cx.id.is_some() || self.failed.is_none() {
            return;
        }
        let mut nowhere = Vec::new();
        if let Err(error) = reply.reply(&mut ReplyBody::new(self.cx.format, &mut nowhere)) {
            self.fail(error);
        }
    }

    #[cold]
    fn fail(&mut self, error: HandlerError) {
        self.error(&error);
        if let Some(failed) = &mut self.failed {
            **failed = Some(error);
        }
    }

    /// Answers with an error.
    pub(crate) fn error(&mut self, error: &HandlerError) {
        let &Cx { session, id, .. } = self.cx;
        if id.is_none() {
            return;
        }
        let wire = &session.0.wire;
        let terms = wire.terms();
        let head = HandlerError::head(id, terms);
        let written =
            wire.write::<CodecError>(&head, self.outgoing.buf(), |out| error.write(terms, out));
        if let Err(error) = written {
            tracing::error!(%error, "an error could not be answered");
        }
    }
}

impl fmt::Debug for Respond<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Respond").field("id", &self.cx.id).finish_non_exhaustive()
    }
}
