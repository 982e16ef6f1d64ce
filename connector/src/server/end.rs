//! The end of a session.

use std::sync::atomic::{AtomicU8, Ordering};

use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit};

use super::ServerHandle;
use crate::connection::CloseOrder;
use crate::limits::count_end;
use crate::metrics;
use crate::runtime::isolate;
use crate::session::Session;

/// A guard of a session's end. For every reason, including a panic, a missed deadline or
/// the end of the runtime, the session leaves the registry, its user and its channels, and
/// the hooks run, exactly once.
pub(super) struct End {
    session: Session,
    server: ServerHandle,
    state: AtomicU8,
}

/// The states of a session, of which only an open one has close hooks.
const NEW: u8 = 0;
const OPEN: u8 = 1;
const ENDED: u8 = 2;

impl End {
    pub(super) fn new(session: &Session, server: &ServerHandle) -> Self {
        Self { session: session.clone(), server: server.clone(), state: AtomicU8::new(NEW) }
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    pub(super) fn server(&self) -> &ServerHandle {
        &self.server
    }

    /// Opens the session: it can be found, and the open hooks run.
    pub(super) fn open(&self) {
        self.state.store(OPEN, Ordering::Relaxed);
        metrics::session_opened();
        let server = self.server.inner();
        server.registry.insert(&self.session);
        if server.stop_deadline().is_some() {
            // The stop looked for sessions before this one could be found.
            tell_stop(&self.session);
        }
        for hook in &server.hooks.open {
            isolate("an open hook", || hook.call(&self.session));
        }
    }

    /// Ends the session for this reason, unless it has ended.
    pub(super) fn end(&self, reason: &CloseReason) {
        let state = self.state.swap(ENDED, Ordering::Relaxed);
        if state == ENDED {
            return;
        }
        let session = &self.session;
        let server = self.server.inner();
        server.timer.forget(session);
        tracing::debug!(session = %escaped(session.id()), reason = %escaped(&reason), "closed");
        count_end(reason, &session.0.limits);
        if state == NEW {
            return session.end(reason);
        }
        if server.stop_deadline().is_some_and(|deadline| server.timer.now() >= deadline) {
            session.report_limit(Limit::Drain);
        }
        session.end(reason);
        for hook in &server.hooks.close {
            isolate("a close hook", || hook.call(session, reason));
        }
        metrics::session_ended();
    }
}

/// Orders an open session to end, since its server stops. Its calls are served first.
pub(super) fn tell_stop(session: &Session) {
    session.0.outbox.close(CloseOrder { reason: CloseReason::Stopping, drain: true });
}

impl Drop for End {
    fn drop(&mut self) {
        // The task was dropped, with its runtime.
        self.end(&CloseReason::Stopping);
    }
}
