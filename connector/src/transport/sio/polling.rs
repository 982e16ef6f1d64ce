//! The server's side of a session that polls, as its link has it.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::http::Request;
#[cfg(feature = "plugin")]
use connector_protocol::socketio::RequestError;

use super::polled::Polled;
use super::port::Port;
use super::pulse::Pulse;
use super::reader::longest;
use crate::link::Opening;
use crate::transport::WebOptions;

/// The time without a poll after which a client has left, where there are no heartbeats.
const ABSENCE: Duration = Duration::from_secs(60);

/// A session whose client polls, which requests find by its id until this is dropped.
pub(super) struct Polling {
    pub(super) polled: Arc<Polled>,
    port: Arc<Port>,
    pub(super) sid: String,
    /// The limit on packages of which it was told.
    limit: usize,
    /// The clock of its polls, where there are no heartbeats.
    absence: Option<Box<Pulse>>,
    /// The request that has begun it, and the options of its port.
    begun: Option<Box<(Request, WebOptions)>>,
}

impl Polling {
    pub(super) fn new(
        port: Arc<Port>,
        sid: String,
        polled: Arc<Polled>,
        begun: (Request, WebOptions),
    ) -> Self {
        Self { polled, port, sid, limit: 0, absence: None, begun: Some(Box::new(begun)) }
    }

    /// Refuses a page that may not connect to a plugin on loopback, see
    /// [`Opening::loopback`].
    pub(super) fn check(&mut self, opening: &Opening<'_>) -> Result<(), CloseReason> {
        #[cfg(feature = "plugin")]
        if let Some(address) = opening.loopback
            && let Some((request, options)) = self.begun.as_deref_mut()
        {
            options.guard_loopback(address);
            if let Err(refused) = options.check(request) {
                self.polled.refuse(RequestError::Forbidden);
                return Err(CloseReason::Malformed(refused));
            }
        }
        #[cfg(not(feature = "plugin"))]
        let _ = opening;
        self.begun = None;
        Ok(())
    }

    /// Starts the clock of its polls, since there are no heartbeats.
    pub(super) fn watch_presence(&mut self) {
        self.absence = Some(Box::new(Pulse::of_silence(ABSENCE)));
    }

    /// Checks that the client comes back, where there are no heartbeats.
    pub(super) fn check_presence(&mut self, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        let Some(absence) = &mut self.absence else { return Ok(()) };
        if self.polled.was_polled() {
            absence.heard();
        }
        match absence.poll(cx) {
            Poll::Ready(_) => Err(CloseReason::HeartbeatTimeout),
            Poll::Pending => Ok(()),
        }
    }

    /// Tells the requests how long a body may be.
    pub(super) fn announce(&mut self, limit: usize) {
        if std::mem::replace(&mut self.limit, limit) != limit {
            self.polled.set_longest(longest(limit));
        }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.polled.abandon();
        self.port.remove(&self.sid);
    }
}
