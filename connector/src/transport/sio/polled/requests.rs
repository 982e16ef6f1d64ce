//! The requests of a session that polls.

use std::io;
use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::socketio::{NOOP, PayloadWriter, RequestError};

use super::moving::Moving;
use super::{Polled, State};
use crate::transport::sio::frame;

/// The body of a request.
#[derive(Debug)]
pub(in crate::transport::sio) struct Body {
    pub(in crate::transport::sio) bytes: Vec<u8>,
    /// It is one of bytes, by its content type.
    pub(in crate::transport::sio) is_bytes: bool,
}

impl Polled {
    /// Waits until the client has taken the last answer and something can be sent, and returns it.
    ///
    /// # Errors
    /// Returns [`RequestError`] if another poll waits already, which ends the session, and if
    /// the session was refused, has ended or has moved.
    ///
    /// # Cancel safety
    /// If the future is dropped, the session ends: its client has gone away.
    pub(in crate::transport::sio) async fn poll(self: &Arc<Self>) -> Result<Answer, RequestError> {
        {
            let mut state = self.lock();
            if state.polls {
                drop(state);
                self.end(CloseReason::malformed("two requests of a session wait at once"));
                return Err(RequestError::Bad("another request of this session waits already"));
            }
            state.polls = true;
        }
        let mut waiting = Waiting { polled: self, answered: false };
        let answer = self.wait(|state| match state {
            State { refused: Some(error), .. } => Some(Err(*error)),
            // Its client may poll a last time before it knows.
            State { moving: Moving::Moved(_) | Moving::Done, .. } => Some(Ok(vec![])),
            state if !state.frames.is_empty() => (state.answering == 0).then(|| {
                state.answering = state.frames.len();
                Ok(std::mem::take(&mut state.frames))
            }),
            State { ended: Some(_), .. } | State { gone: true, .. } => {
                Some(Err(RequestError::Session))
            }
            State { moving: Moving::Probed, .. } => Some(Ok(vec![])),
            _ => None,
        });
        let answer = answer.await;
        waiting.answered = true;
        drop(waiting);
        // There is room again, or nothing is left to wait for.
        self.link.wake();
        let mut frames = answer?;
        let answered = (!frames.is_empty()).then(|| Answered(self.clone()));
        let mut body = Vec::with_capacity(frames.len());
        let writer = PayloadWriter::new(self.version);
        frame::for_each(&mut frames, |packet| writer.write(packet, &mut body));
        if body.is_empty() {
            writer.write(str::from_utf8(NOOP).unwrap_or_default(), &mut body);
        }
        Ok(Answer { body, _answered: answered })
    }

    /// Returns the most bytes of a body that [`Polled::post`] takes.
    pub(in crate::transport::sio) fn longest(&self) -> usize {
        self.lock().longest
    }

    /// Begins a body, which holds up others until it is dropped.
    ///
    /// # Errors
    /// Returns [`RequestError`] if another one is on its way already, which ends the session,
    /// and if the session has ended or moved.
    pub(in crate::transport::sio) fn begin_post(
        self: &Arc<Self>,
    ) -> Result<Posting<'_>, RequestError> {
        let mut state = self.lock();
        if state.is_over() {
            return Err(RequestError::Session);
        }
        if std::mem::replace(&mut state.posts, true) {
            drop(state);
            self.end(CloseReason::malformed("two bodies of a session are on their way at once"));
            return Err(RequestError::Bad("another body of this session is on its way already"));
        }
        Ok(Posting(self))
    }

    /// Ends the session, since something was sent that its client has not got.
    pub(in crate::transport::sio) fn lose(&self) {
        let message = "the answer to a poll was not taken".to_owned();
        self.end(CloseReason::Lost { kind: io::ErrorKind::ConnectionReset, message });
    }
}

/// The answer to a poll. Until it is dropped there is no other, and it counts for the session.
pub(in crate::transport::sio) struct Answer {
    pub(in crate::transport::sio) body: Vec<u8>,
    _answered: Option<Answered>,
}

/// A session whose client takes frames.
struct Answered(Arc<Polled>);

impl Drop for Answered {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.answering = 0;
        state.has_polled = true;
        drop(state);
        self.0.link.wake();
        self.0.requests.notify_waiters();
    }
}

/// A poll that waits.
struct Waiting<'a> {
    polled: &'a Arc<Polled>,
    answered: bool,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.polled.lock();
        state.polls = false;
        state.has_polled = true;
        if !self.answered {
            state.ended.get_or_insert(CloseReason::PeerClosed);
            drop(state);
            self.polled.link.wake();
        }
    }
}

/// A body on its way.
pub(in crate::transport::sio) struct Posting<'a>(&'a Arc<Polled>);

impl Posting<'_> {
    /// Hands the body over, and waits until the link has taken it.
    pub(in crate::transport::sio) async fn post(self, body: Body) -> Result<(), RequestError> {
        self.0.lock().posted = Some(body);
        self.0.link.wake();
        let over = |state: &mut State| match state {
            State { gone: true, .. } => Some(Err(RequestError::Session)),
            State { posted: None, takes: false, .. } => Some(Ok(())),
            _ => None,
        };
        self.0.wait(over).await
    }
}

impl Drop for Posting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.posts = false;
        state.posted = None;
    }
}
