//! How a connection is closed, on either side.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use connector_protocol::CloseReason;
use tokio::time::timeout;

use crate::connector::BoxSocket;
use crate::link::{Inbox, Link, Outgoing};

/// How long the last bytes may take to leave.
const LAST_BYTES: Duration = Duration::from_secs(5);
/// How long a closed connection waits for its peer's end. Dropped with unread
/// bytes it would be reset, and the peer would lose what was sent last.
const LINGER: Duration = Duration::from_secs(1);

/// Sends what is unsent, says good-bye in the link's own way, and waits a
/// little for the peer to do the same.
pub(crate) async fn say_goodbye(
    socket: &mut BoxSocket,
    inbox: &mut Inbox,
    outgoing: &mut Outgoing,
    reason: &CloseReason,
) {
    if !reason.can_be_told() {
        return;
    }
    inbox.take_replies(outgoing);
    let last_bytes = async {
        // An end that cannot be told any more is no error.
        let _ = poll_fn(|cx| socket.poll_send(cx, outgoing)).await;
        poll_fn(|cx| socket.poll_close(cx, reason)).await;
    };
    let told = timeout(LAST_BYTES, last_bytes).await;
    if told.is_err() || *reason == CloseReason::PeerClosed {
        return;
    }
    let end = poll_fn(|cx| {
        loop {
            inbox.forget_packages();
            let unread = inbox.unread().len();
            inbox.consume(unread);
            match socket.poll_recv(cx, inbox) {
                Poll::Ready(Ok(())) => {}
                // What comes behind a fault makes no sense, but it comes.
                Poll::Ready(Err(_)) if !inbox.unread().is_empty() => {}
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => break,
            }
        }
        inbox.release();
        Poll::Pending
    });
    let _ = timeout(LINGER, end).await;
}
