//! From what a call has returned to bytes.

use connector_protocol::message::Head;

use crate::body::BodyWriter;
use crate::codec::CodecError;
use crate::handler::{Cx, HandlerError, Reply};
use crate::link::Outgoing;
use crate::session::Session;

/// Where a call's answer goes.
pub(crate) struct Respond<'a> {
    /// Whose answer it is; without an id nobody waits for one.
    cx: &'a Cx<'a>,
    outgoing: &'a mut Outgoing,
    /// For whoever wants to know the error that was answered, or that would
    /// have been.
    failed: Option<&'a mut Option<HandlerError>>,
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
    #[inline(always)]
    pub(crate) fn reply(&mut self, reply: impl Reply) {
        let &Cx { session, id, .. } = self.cx;
        let (encoder, outbox) = (&session.0.encoder, &session.0.outbox);
        let format = self.cx.answer_format();
        // What the call has pushed to its own session goes before its answer.
        outbox.take_into(self.outgoing);
        let mut nowhere = Vec::new();
        let out = match id {
            Some(_) => self.outgoing.buf(),
            None if self.failed.is_some() => &mut nowhere,
            None => return,
        };
        let (before, head) = (out.len(), Head::Response(id));
        // Not as a closure, so that the answer is not moved once more.
        let written = match id.map(|_| encoder.begin(&head, out)).transpose() {
            Ok(begun) => match (reply.reply(&mut BodyWriter::new(format, out)), begun) {
                (Ok(()), Some(begun)) => {
                    encoder.finish(&head, &begun, out).map_err(HandlerError::from)
                }
                (written, _) => written,
            },
            Err(error) => Err(error.into()),
        };
        match written {
            Ok(()) if outbox.batches() => batch(session, out, before),
            Ok(()) => {}
            Err(error) => {
                out.truncate(before);
                self.fail(error);
            }
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
        let encoder = &session.0.encoder;
        let agreement = encoder.agreement();
        let head = HandlerError::head(id, agreement);
        let out = self.outgoing.buf();
        let before = out.len();
        let written = encoder.write::<CodecError>(&head, out, |out| error.write(agreement, out));
        if session.0.outbox.batches() {
            batch(session, out, before);
        }
        if let Err(error) = written {
            tracing::error!(%error, "an error could not be answered");
        }
    }
}

/// Lets an answer leave together with what is pushed.
#[cold]
fn batch(session: &Session, out: &mut Vec<u8>, from: usize) {
    let answer = out.split_off(from);
    if !answer.is_empty()
        && let Err(error) = session.push_framed(answer.into())
    {
        tracing::debug!(%error, "an answer did not go out");
    }
}
