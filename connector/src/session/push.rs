//! Pushes to one session.

use bytes::Bytes;
use connector_protocol::Limit;

use super::Session;
use crate::Limits;
use crate::body::ToBody;
use crate::connection::{Framed, PushError, Put};
use crate::push::{RouteFor, Scheduled};

impl Session {
    /// Pushes a message to the client. `Ok` means that the message is queued.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// # fn example(session: &Session) -> Result<(), connector::session::PushError> {
    /// session.push("onJoin", Json("ann"))
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns [`PushError`] if the session is closed, if its peer does not read, or if
    /// the body cannot be written.
    pub fn push<B: ToBody>(&self, route: impl RouteFor<B>, body: B) -> Result<(), PushError> {
        self.push_body(route.name(), &body)
    }

    /// Pushes a message once there is room for it: once it fits into [`Limits::queued`]
    /// beside what waits, or once nothing waits. So a peer that reads slowly slows its
    /// sender down, and is not closed for that.
    ///
    /// ```
    /// # use connector::prelude::*;
    /// # async fn example(session: &Session, parts: &[String]) -> Result<(), connector::session::PushError> {
    /// for part in parts {
    ///     session.push_when_ready("onPart", Json(part)).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns [`PushError`] if the session is closed, also while this waits, or if the
    /// body cannot be written.
    ///
    /// # Cancel safety
    /// If the future is dropped before it is ready, the message is not pushed.
    pub async fn push_when_ready<B: ToBody>(
        &self,
        route: impl RouteFor<B>,
        body: B,
    ) -> Result<(), PushError> {
        let message = self.write_push(route.name(), &body)?;
        // A body need not be sent to another thread.
        drop((route, body));
        let put = self.0.outbox.put_when_ready(message).await?;
        if put.first {
            self.0.outbox.wake();
        }
        Ok(())
    }

    /// Returns the number of bytes of pushes and answers that are queued, because the peer
    /// has not read them or their batch is not due. See [`Limits::queued`].
    pub fn queued(&self) -> usize {
        self.0.outbox.len()
    }

    fn write_push(&self, route: &str, body: &dyn ToBody) -> Result<Framed, PushError> {
        let mut out = Vec::new();
        self.0.encoder.write_push(route, body, &mut out)?;
        Ok(self.scheduled(out.into(), route))
    }

    /// Returns a push with its wait.
    pub(crate) fn scheduled(&self, bytes: Bytes, route: &str) -> Framed {
        Framed { bytes, wait: self.0.outbox.wait(Scheduled::push(route)) }
    }

    fn push_body(&self, route: &str, body: &dyn ToBody) -> Result<(), PushError> {
        self.push_framed(self.write_push(route, body)?)
    }

    /// Pushes several messages as a batch. Depending on the connector they are one array,
    /// one frame, or one message after the other. Write bodies of different types as
    /// `&dyn ToBody`.
    ///
    /// # Errors
    /// The same as those of [`Session::push`].
    pub fn push_batch<B: ToBody>(
        &self,
        messages: &[(impl RouteFor<B>, B)],
    ) -> Result<(), PushError> {
        if self.0.outbox.batches() {
            return messages
                .iter()
                .try_for_each(|(route, body)| self.push_body(route.name(), body));
        }
        let messages: Vec<(&str, &dyn ToBody)> =
            messages.iter().map(|(route, body)| (route.name(), body as _)).collect();
        let mut out = Vec::new();
        self.0.encoder.write_batch(&messages, &mut out)?;
        self.push_framed(Bytes::from(out).into())
    }

    pub(crate) fn push_framed(&self, message: Framed) -> Result<(), PushError> {
        if self.put_framed(message)? {
            self.0.outbox.wake();
        }
        Ok(())
    }

    /// Puts a framed message into the outbox. Returns `true` if the caller has to wake
    /// the connection's task, or send the outbox by itself.
    pub(crate) fn put_framed(&self, message: Framed) -> Result<bool, PushError> {
        let len = message.bytes.len();
        let Put { first, queued } = self.0.outbox.put(message)?;
        let Limits { queued: limit, dry_run, .. } = *self.0.limits;
        if dry_run && queued > limit && queued - len <= limit {
            self.report_limit(Limit::Queued);
        }
        Ok(first)
    }
}
