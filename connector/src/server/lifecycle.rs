//! A connection from its accept to its end.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;

use super::connection::Connection;
use super::inner::ServerInner;
use super::open::{Accepted, Opened, Opening, open};
use crate::connection::Budget;
use crate::connector::BoxSocket;
use crate::dispatch::Calls;
use crate::link::Outgoing;
use crate::runtime::{self, isolate, isolate_future, yield_now};
use crate::{Limits, MaybeSend};

/// Serves a connection from the accept to its end.
pub(super) fn serve(accepted: Accepted) -> impl Future<Output = ()> + MaybeSend {
    // The future of the opening is large and short-lived, so it is boxed: the future of an
    // open connection stays small.
    live(Box::pin(open(accepted)))
}

async fn live(opening: impl Future<Output = Option<Opened>> + Unpin) {
    let Some(Opened { settings, opening: Opening { mut connection, socket, end }, mut moving }) =
        opening.await
    else {
        return;
    };
    let session = end.session();
    let server = end.server().inner();
    session.0.outbox.retain(socket);
    let mut calls = Calls::new(&server.dispatcher, end.server(), session, &settings.enforced);
    let (reason, socket) = poll_fn(|cx| {
        moving.poll(cx, session, server, &settings.limits);
        connection.poll(cx, server, &mut calls)
    })
    .await;
    if server.cancel_on_close {
        isolate("a handler", || calls.cancel());
    }
    if server.cancel_on_close || !reason.is_peer_closed() {
        calls.forget_waiting();
        connection.io.forget_rest();
        if let Some(coder) = &mut connection.coder {
            coder.forget_decoding();
        }
    }
    connection.take_waiting(session);
    if !connection.encodes() {
        connection.write_reason(session, &reason);
    }
    end.end(&reason);
    let closing = Closing { connection: &mut connection, socket, reason };
    Box::pin(wind_up(server, &settings.limits, closing, &mut calls)).await;
}

/// Closes the connection and finishes its calls, at most until the deadline of a stop.
async fn wind_up(
    server: &ServerInner,
    limits: &Limits,
    closing: Closing<'_>,
    calls: &mut Calls<'_>,
) {
    if closing.reason == CloseReason::Panicked {
        // The state of a call may be inconsistent, so none of them continues.
        return until_stop_deadline(server, closing.run(server, None)).await;
    }
    let Closing { connection, socket, reason } = closing;
    let served = until_stop_deadline(server, async {
        if connection.encodes() {
            let session = calls.session();
            let poll_calls = |cx: &mut Context<'_>| {
                if !calls.is_idle() {
                    poll_unheard(calls, server, cx);
                }
            };
            Box::pin(connection.encode_last(session, &reason, poll_calls)).await;
        }
        Closing { connection: &mut *connection, socket, reason }.run(server, Some(calls)).await;
        finish(server, connection, calls, limits).await;
    });
    isolate_future("a handler", served).await;
}

/// A connection that ends.
struct Closing<'c> {
    connection: &'c mut Connection,
    socket: BoxSocket,
    reason: CloseReason,
}

impl Closing<'_> {
    /// Closes the connection, and polls its calls meanwhile: calls of other sessions may
    /// wait for them, so a peer that is slow to close must not delay them.
    async fn run(mut self, server: &ServerInner, mut calls: Option<&mut Calls<'_>>) {
        let mut close = pin!(self.connection.io.close(&mut self.socket, &self.reason));
        poll_fn(move |cx| {
            let closed = close.as_mut().poll(cx);
            if let Some(calls) = &mut calls
                && closed.is_pending()
                && !calls.is_idle()
            {
                poll_unheard(calls, server, cx);
            }
            closed
        })
        .await;
    }
}

/// Finishes the calls of a client that has left: the running ones, and those of messages
/// that it had sent before.
async fn finish(
    server: &ServerInner,
    connection: &mut Connection,
    calls: &mut Calls<'_>,
    limits: &Limits,
) {
    let finished = poll_fn(|cx| {
        if !calls.is_idle() {
            poll_unheard(calls, server, cx);
        }
        let handled = connection.poll_rest(cx, server, calls).is_ready();
        if handled && calls.is_idle() { Poll::Ready(()) } else { Poll::Pending }
    });
    let _ = runtime::timeout(limits.drain, finished).await;
}

/// Polls calls whose client has left, and drops their answers at once. They have the budget of
/// a poll as others.
fn poll_unheard(calls: &mut Calls<'_>, server: &ServerInner, cx: &mut Context<'_>) {
    let now = server.timer.now();
    let mut budget = Budget::default();
    while {
        let mut unheard = Outgoing::default();
        let elapsed = || Some(server.timer.now().saturating_sub(now));
        calls.poll(cx, &mut unheard, || budget.call(elapsed));
        unheard.clear();
        calls.is_held_back()
    } {
        if budget.is_spent() {
            return yield_now(cx);
        }
    }
}

/// Runs `work`, at most until the deadline of a stop. It is polled at least once.
pub(super) async fn until_stop_deadline(server: &ServerInner, work: impl Future<Output = ()>) {
    let stop = async {
        server.stopped().await;
        let deadline = server.stop_deadline().unwrap_or_default();
        runtime::sleep(deadline.saturating_sub(server.timer.now())).await;
    };
    tokio::select! {
        biased;
        () = work => {}
        () = stop => {}
    }
}
