//! The task that owns an open connection.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::message::{Head, RouteRef};
use connector_protocol::session::{Event, PackageWriter};
use tokio::time::{Sleep, sleep_until};

use super::open::Line;
use super::shared::Shared;
use crate::body::from_json;
use crate::codec::{CodecCx, Received};
use crate::connection::say_goodbye;
use crate::link::Link;

/// What a server may make this side answer by itself, as to pings, without
/// reading the answers. 1 MiB.
const REPLIES: usize = 1 << 20;

/// The task that owns an open connection.
pub(super) struct Driver {
    line: Line,
    shared: Arc<Shared>,
    alarm: Pin<Box<Sleep>>,
    /// Unsent bytes of the link's own.
    replies: usize,
    /// There is no package for a kick, so that it comes as a push.
    kicks_by_push: bool,
    kicked: Option<CloseReason>,
}

impl Driver {
    pub(super) fn new(line: Line, shared: Arc<Shared>, kicks_by_push: bool) -> Self {
        let alarm = Box::pin(sleep_until(line.epoch));
        Self { line, shared, alarm, replies: 0, kicks_by_push, kicked: None }
    }

    /// Runs until the connection is closed.
    pub(super) async fn run(mut self) {
        let reason = poll_fn(|cx| self.poll(cx)).await;
        self.shared.outbox.take_into(&mut self.line.outgoing);
        self.shared.end(reason.clone());
        let Line { socket, inbox, outgoing, .. } = &mut self.line;
        say_goodbye(socket, inbox, outgoing, &reason).await;
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        loop {
            match self.turn(cx) {
                Poll::Ready(Ok(())) => continue,
                Poll::Ready(Err(reason)) => return Poll::Ready(reason),
                Poll::Pending => {}
            }
            self.shared.outbox.register(cx.waker());
            if self.shared.outbox.is_fresh() || self.poll_alarm(cx).is_ready() {
                continue;
            }
            self.line.inbox.release();
            self.line.outgoing.release();
            return Poll::Pending;
        }
    }

    /// One round: orders, one read, what it brought, deadlines, one write.
    /// Ready if there may be more to do at once.
    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        if let Some(order) = self.shared.outbox.take_close(&mut self.line.outgoing) {
            return Poll::Ready(Err(order.reason));
        }
        let now = self.line.epoch.elapsed();
        let received = self.line.socket.poll_recv(cx, &mut self.line.inbox);
        self.handle_packages(now)?;
        if let Poll::Ready(Err(reason)) = received {
            let kicked = self.kicked.take().filter(|_| reason == CloseReason::PeerClosed);
            return Poll::Ready(Err(kicked.unwrap_or(reason)));
        }
        // After the read, so that what came while this task slept counts.
        if self.line.machine.deadline().is_some_and(|deadline| now >= deadline) {
            let frame = self.shared.encoder.frame;
            let mut out = PackageWriter::new(frame, self.line.outgoing.buf());
            self.line.machine.tick(now, &mut out)?;
        }
        self.flush(cx)?;
        received
    }

    fn handle_packages(&mut self, now: Duration) -> Result<(), CloseReason> {
        let Self { line, shared, kicked, .. } = self;
        while let Some(bytes) = line.inbox.peek() {
            let mut input = bytes;
            let mut out = PackageWriter::new(shared.encoder.frame, line.outgoing.buf());
            let event = line.machine.handle(&mut input, now, &mut out)?;
            if let Event::Message(payload) = event {
                let message = shared.encoder.codec.decode(&CodecCx::default(), payload);
                if let Some(message) = message.map_err(CloseReason::malformed)? {
                    if self.kicks_by_push && is_kick(&message) {
                        *kicked = Some(kick_reason(&message));
                    }
                    shared.receive(&message);
                }
            }
            let handled = bytes.len() - input.len();
            line.inbox.advance(handled);
        }
        Ok(())
    }

    /// Sends what can be sent: the handles' messages, the machine's packages,
    /// the link's own answers.
    fn flush(&mut self, cx: &mut Context<'_>) -> Result<(), CloseReason> {
        let Self { line, shared, replies, .. } = self;
        shared.outbox.take_into(&mut line.outgoing);
        let before = line.outgoing.len();
        line.inbox.take_replies(&mut line.outgoing);
        *replies += line.outgoing.len() - before;
        if *replies > REPLIES {
            return Err(CloseReason::SlowPeer { queued: *replies, limit: REPLIES });
        }
        if !line.outgoing.is_sent()
            && let Poll::Ready(sent) = line.socket.poll_send(cx, &mut line.outgoing)
        {
            sent?;
        }
        if line.outgoing.is_empty() {
            *replies = 0;
        }
        shared.outbox.set_unsent(line.outgoing.len());
        shared.room.notify_waiters();
        Ok(())
    }

    /// Ready when the machine's deadline has come. One that moves away, as it
    /// does all the time, moves nothing here: the alarm comes too early then,
    /// and is set again.
    fn poll_alarm(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(deadline) = self.line.machine.deadline() else { return Poll::Pending };
        let Some(deadline) = self.line.epoch.checked_add(deadline) else { return Poll::Pending };
        if self.alarm.is_elapsed() || self.alarm.deadline() > deadline {
            self.alarm.as_mut().reset(deadline);
        }
        self.alarm.as_mut().poll(cx)
    }
}

/// Whoever waits is told, also when the runtime goes down with the task in it.
impl Drop for Driver {
    fn drop(&mut self) {
        self.shared.end(CloseReason::Lost("its task was dropped".into()));
        self.shared.gone();
    }
}

fn is_kick(message: &Received<'_>) -> bool {
    matches!(
        message.head,
        Head::Push(RouteRef::Name("onKick")) | Head::Notify(RouteRef::Name("onKick"))
    )
}

fn kick_reason(message: &Received<'_>) -> CloseReason {
    #[derive(serde::Deserialize)]
    struct Kick {
        reason: Option<String>,
    }
    let kick: Option<Kick> = from_json(&message.body).ok();
    CloseReason::Kicked(kick.and_then(|kick| kick.reason))
}
