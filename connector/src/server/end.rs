//! The end of a session.

use std::sync::Arc;

use connector_protocol::{CloseReason, Limit};

use super::core::Core;
use crate::limits::count_end;
use crate::metrics::GaugeGuard;
use crate::runtime::isolate;
use crate::session::Session;

/// A guard of a session's end. For every reason, including a panic, a missed deadline or
/// the end of the runtime, the session leaves the registry, its user and its channels, and
/// the hooks run, exactly once.
pub(super) struct End {
    session: Session,
    core: Arc<Core>,
    /// Set while the session is open. The close hooks run only for a session that was.
    open: Option<GaugeGuard>,
    ended: bool,
}

impl End {
    pub(super) fn new(session: &Session, core: &Arc<Core>) -> Self {
        Self { session: session.clone(), core: core.clone(), open: None, ended: false }
    }

    /// Opens the session: registers it, and runs the open hooks.
    pub(super) fn open(&mut self) {
        self.open = Some(GaugeGuard::session());
        self.core.registry.insert(&self.session);
        for hook in &self.core.hooks.open {
            isolate("an open hook", || hook.call(&self.session));
        }
    }

    /// Ends the session for this reason.
    pub(super) fn end(&mut self, reason: &CloseReason) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let Self { session, core, .. } = self;
        core.timer.forget(session);
        tracing::debug!(session = %session.id(), %reason, "closed");
        count_end(reason, &session.0.limits);
        if self.open.is_none() {
            return session.end(reason);
        }
        if core.stop_deadline().is_some_and(|deadline| core.timer.now() >= deadline) {
            session.report_limit(Limit::Drain);
        }
        session.end(reason);
        for hook in &core.hooks.close {
            isolate("a close hook", || hook.call(session, reason));
        }
        self.open = None;
    }
}

impl Drop for End {
    fn drop(&mut self) {
        // The task was dropped, with its runtime.
        self.end(&CloseReason::Stopping);
    }
}
