//! A connection from its accept to its end.

use std::future::poll_fn;
use std::task::Poll;

use connector_protocol::{CloseReason, Limit};

use super::core::Core;
use super::open::{Accepted, Opened, Opening, open};
use crate::dispatch::Calls;
use crate::limits::count_end;
use crate::link::Outgoing;
use crate::metrics::GaugeGuard;
use crate::session::Session;

/// Serves a connection from the accept to its end.
pub(super) fn serve(accepted: Accepted) -> impl Future<Output = ()> + Send {
    // The steps of opening are large and rare, so they do not stay in the
    // future of an open connection, nor does what they begin with.
    live(Box::pin(open(accepted)))
}

async fn live(opening: impl Future<Output = Option<Opened>> + Unpin) {
    let Some(Opened {
        core,
        profile,
        opening: Opening { mut connection, socket, session },
        _admission,
    }) = opening.await
    else {
        return;
    };
    let mut end = End::new(&session, &core);
    session.0.outbox.retain(socket);
    let mut calls = Calls::new(&core.dispatcher, &session, &profile.enforced);
    let (reason, mut socket) = poll_fn(|cx| connection.poll(cx, &core, &mut calls)).await;
    if reason != CloseReason::PeerClosed {
        calls.forget_waiting();
    }
    Box::pin(in_time(&core, {
        let mut close = Box::pin(connection.close(&mut socket, &session, &reason));
        let calls = &mut calls;
        let mut unsent = Outgoing::default();
        // A peer that is slow to close must not hold up its own calls, which
        // those of other sessions may wait for.
        poll_fn(move |cx| {
            let closed = close.as_mut().poll(cx);
            if closed.is_pending() && !calls.is_idle() {
                calls.poll(cx, &mut unsent);
            }
            closed
        })
    }))
    .await;
    end.reason = Some(Box::new(reason));
    drop(end);
    if !calls.is_idle() {
        // The client is gone, but what it has begun is not broken off, and
        // what it had sent before it left is still served.
        let rest = poll_fn(|cx| {
            calls.poll(cx, connection.io.outgoing());
            if calls.is_idle() { Poll::Ready(()) } else { Poll::Pending }
        });
        Box::pin(in_time(&core, async {
            let _ = tokio::time::timeout(profile.limits.drain, rest).await;
        }))
        .await;
    }
}

/// Runs `what`, but no longer than a server that goes down may take. It is
/// polled at least once.
async fn in_time(core: &Core, what: impl Future<Output = ()>) {
    let stop = async {
        core.stopped().await;
        let deadline = core.stop_deadline().unwrap_or_default();
        tokio::time::sleep(deadline.saturating_sub(core.timer.now())).await;
    };
    tokio::select! {
        biased;
        () = what => {}
        () = stop => {}
    }
}

/// Tells the session that it has ended, also when a handler panics.
struct End<'a> {
    session: &'a Session,
    core: &'a Core,
    reason: Option<Box<CloseReason>>,
    _counted: GaugeGuard,
}

impl<'a> End<'a> {
    fn new(session: &'a Session, core: &'a Core) -> Self {
        Self { session, core, reason: None, _counted: GaugeGuard::session() }
    }
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let panicked = || CloseReason::Lost("its handler panicked".into());
        let reason = self.reason.take().map_or_else(panicked, |reason| *reason);
        tracing::debug!(session = %self.session.id(), %reason, "closed");
        count_end(&reason, &self.session.0.limits);
        if self.core.stop_deadline().is_some_and(|deadline| self.core.timer.now() >= deadline) {
            self.session.report_limit(Limit::Drain);
        }
        self.session.end(&reason);
        for hook in &self.core.hooks.close {
            hook(self.session, &reason);
        }
    }
}
