//! The task that owns an open connection.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::json;
use connector_protocol::message::{Head, RouteRef};
use connector_protocol::session::Event;

use super::open::OpenConnection;
use super::shared::Shared;
use crate::codec::{CodecCx, Received};
use crate::connection::{Budget, Flow, Pause, Side, Turn};
use crate::runtime::{Instant, Sleep, isolate, isolate_future, poll_alarm, sleep_until};

/// The task that owns an open connection.
pub(super) struct Driver {
    connection: OpenConnection,
    shared: Arc<Shared>,
    alarm: Pin<Box<Sleep>>,
    kicks: Kicks,
    package_rate: usize,
}

/// The server's kick, and the way in which it arrives.
struct Kicks {
    /// The protocol has no package for a kick, so a push announces it.
    by_push: bool,
    kicked: Option<CloseReason>,
}

impl Driver {
    pub(super) fn new(
        connection: OpenConnection,
        shared: Arc<Shared>,
        kicks_by_push: bool,
        package_rate: usize,
    ) -> Self {
        let alarm = Box::pin(sleep_until(connection.epoch));
        let kicks = Kicks { by_push: kicks_by_push, kicked: None };
        Self { connection, shared, alarm, kicks, package_rate }
    }

    /// Runs until the connection is closed.
    pub(super) async fn run(mut self) {
        let reason = poll_fn(|cx| {
            let polled = isolate("a codec or a link", || self.poll(cx));
            polled.unwrap_or_else(|| Poll::Ready(self.connection.io.abandon()))
        })
        .await;
        let OpenConnection { socket, io, .. } = &mut self.connection;
        self.shared.outbox.take_into(io.outgoing());
        self.shared.end(reason.clone());
        isolate_future("a link", io.close(socket, &reason)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let Self { connection, shared, alarm, kicks, package_rate } = self;
        let OpenConnection { socket, io, epoch } = connection;
        let mut using = Using { shared, kicks, epoch: *epoch, package_rate: *package_rate };
        loop {
            let pause = match io.poll(socket, &mut using, cx, epoch.elapsed()) {
                Ok(pause) => pause,
                Err(reason) => {
                    let kicked = kicks.kicked.take().filter(|_| reason.is_peer_closed());
                    return Poll::Ready(kicked.unwrap_or(reason));
                }
            };
            shared.outbox.register(cx.waker());
            if pause == Pause::Spent {
                return Poll::Pending;
            }
            let deadline = io.deadline(&using).and_then(|deadline| epoch.checked_add(deadline));
            let due = deadline
                .is_some_and(|deadline| poll_alarm(alarm.as_mut(), deadline, cx).is_ready());
            if !due && !shared.outbox.has_new() {
                return Poll::Pending;
            }
        }
    }
}

/// The client's side of a connection during a poll.
struct Using<'p> {
    shared: &'p Shared,
    kicks: &'p mut Kicks,
    epoch: Instant,
    package_rate: usize,
}

impl Side for Using<'_> {
    fn prepare(&mut self, turn: &mut Turn<'_, '_>, _: &mut Budget) -> Result<(), CloseReason> {
        match self.shared.outbox.take_close(turn.outgoing) {
            Some(order) => Err(order.reason),
            None => Ok(()),
        }
    }

    fn handle(&mut self, event: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        if let Event::Message(payload) = event {
            let about = CodecCx::default();
            let message = match self.shared.encoder.codec.decode(&about, payload) {
                Ok(message) => message,
                Err(error) => {
                    self.shared.refuse(error)?;
                    None
                }
            };
            if let Some(Received { head, body }) = message {
                if self.kicks.by_push && is_kick(head) {
                    self.kicks.kicked = Some(kick_reason(&body));
                }
                self.shared.receive(head, &body);
            }
        }
        Ok(Flow::Continue)
    }

    fn collect(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), CloseReason> {
        self.shared.outbox.take_into(turn.outgoing);
        Ok(())
    }

    fn clock(&self) -> Option<Duration> {
        Some(self.epoch.elapsed())
    }

    fn package_rate(&self) -> usize {
        self.package_rate
    }

    fn sent(&mut self, unsent: usize) {
        self.shared.outbox.set_unsent(unsent);
    }
}

/// Ends all waits, also when the runtime is dropped with the task in it.
impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.end(CloseReason::lost(&io::Error::other("its task was dropped")));
        self.shared.gone();
    }
}

fn is_kick(head: Head<'_>) -> bool {
    matches!(head, Head::Push(RouteRef::Name("onKick")) | Head::Notify(RouteRef::Name("onKick")))
}

fn kick_reason(body: &[u8]) -> CloseReason {
    #[derive(serde::Deserialize)]
    struct Kick {
        reason: Option<String>,
    }
    let kick: Option<Kick> = json::read_bytes(body, json::NESTING).ok();
    CloseReason::Kicked(kick.and_then(|kick| kick.reason))
}
