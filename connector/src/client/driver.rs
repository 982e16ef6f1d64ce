//! The owner of an open connection.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::json;
use connector_protocol::message::{Head, RouteRef};
use connector_protocol::session::Event;

use super::live::Live;
use super::open::{OpenConnection, Opened};
use super::pushes::Subscriptions;
use crate::codec::{CodecCx, Received};
use crate::connection::{Budget, Flow, Pause, Side, Turn};
use crate::runtime::{Instant, Sleep, isolate, isolate_future, poll_alarm, sleep_until};

/// The owner of an open connection, which serves it.
pub(super) struct Driver {
    connection: OpenConnection,
    pub(super) live: Arc<Live>,
    pushes: Arc<Subscriptions>,
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
    pub(super) fn new(opened: Opened, pushes: Arc<Subscriptions>, package_rate: usize) -> Self {
        let Opened { connection, live, kicks_by_push } = opened;
        let alarm = Box::pin(sleep_until(connection.epoch));
        let kicks = Kicks { by_push: kicks_by_push, kicked: None };
        Self { connection, live, pushes, alarm, kicks, package_rate }
    }

    /// Serves the connection to its end.
    pub(super) async fn run(&mut self) -> CloseReason {
        let reason = poll_fn(|cx| {
            let polled = isolate("a codec or a link", || self.poll(cx));
            polled.unwrap_or_else(|| Poll::Ready(self.connection.io.abandon()))
        })
        .await;
        self.live.outbox.take_into(self.connection.io.outgoing());
        reason
    }

    /// Sends what is left to send, and closes the socket.
    pub(super) async fn close(mut self, reason: &CloseReason) {
        let OpenConnection { socket, io, .. } = &mut self.connection;
        isolate_future("a link", io.close(socket, reason)).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        let Self { connection, live, pushes, alarm, kicks, package_rate } = self;
        let OpenConnection { socket, io, epoch } = connection;
        let mut using = Using { live, pushes, kicks, epoch: *epoch, package_rate: *package_rate };
        loop {
            let pause = match io.poll(socket, &mut using, cx, epoch.elapsed()) {
                Ok(pause) => pause,
                Err(reason) => {
                    let kicked = kicks.kicked.take().filter(|_| reason.is_peer_closed());
                    return Poll::Ready(kicked.unwrap_or(reason));
                }
            };
            live.outbox.register(cx.waker());
            if pause == Pause::Spent {
                return Poll::Pending;
            }
            let deadline = io.deadline(&using).and_then(|deadline| epoch.checked_add(deadline));
            let due = deadline
                .is_some_and(|deadline| poll_alarm(alarm.as_mut(), deadline, cx).is_ready());
            if !due && !live.outbox.has_new() {
                return Poll::Pending;
            }
        }
    }
}

/// The client's side of a connection during a poll.
struct Using<'p> {
    live: &'p Live,
    pushes: &'p Subscriptions,
    kicks: &'p mut Kicks,
    epoch: Instant,
    package_rate: usize,
}

impl Side for Using<'_> {
    fn prepare(&mut self, turn: &mut Turn<'_, '_>, _: &mut Budget) -> Result<(), CloseReason> {
        match self.live.outbox.take_close(turn.outgoing) {
            Some(order) => Err(order.reason),
            None => Ok(()),
        }
    }

    fn handle(&mut self, event: Event<'_>, _: &mut Turn<'_, '_>) -> Result<Flow, CloseReason> {
        if let Event::Message(payload) = event {
            let about = CodecCx::of_client(self.live.inflated_limit());
            let message = match self.live.encoder.codec.decode(&about, payload) {
                Ok(message) => message,
                Err(error) => {
                    self.live.refuse(error)?;
                    None
                }
            };
            if let Some(Received { head, body }) = message {
                if self.kicks.by_push && is_kick(head) {
                    self.kicks.kicked = Some(kick_reason(&body));
                }
                self.live.receive(head, &body, self.pushes);
            }
        }
        Ok(Flow::Continue)
    }

    fn collect(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), CloseReason> {
        self.live.outbox.take_into(turn.outgoing);
        Ok(())
    }

    fn clock(&self) -> Option<Duration> {
        Some(self.epoch.elapsed())
    }

    fn package_rate(&self) -> usize {
        self.package_rate
    }

    fn sent(&mut self, unsent: usize) {
        self.live.outbox.set_unsent(unsent);
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
