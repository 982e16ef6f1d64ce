//! A byte stream as a link: what `#[socket(io)]` with a framing expands to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Framing;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Inbox;

/// Reads once from a byte stream and cuts what is there into packages.
///
/// # Errors
/// [`CloseReason::PeerClosed`] at the end between two packages, else what went
/// wrong.
pub fn poll_recv_framed<F: Framing, R: AsyncRead + Unpin>(
    io: &mut R,
    cx: &mut Context<'_>,
    inbox: &mut Inbox,
) -> Poll<Result<(), CloseReason>> {
    // Whole packages may have come with what `open` read.
    if cut_all::<F>(inbox)? {
        return Poll::Ready(Ok(()));
    }
    if ready!(inbox.poll_fill(cx, io)).map_err(lost)? == 0 {
        return Poll::Ready(Err(end_of(inbox)));
    }
    cut_all::<F>(inbox)?;
    Poll::Ready(Ok(()))
}

/// Shuts a byte stream down, so that the peer reads what was sent and then the
/// end.
pub fn poll_close_io<W: AsyncWrite + Unpin>(io: &mut W, cx: &mut Context<'_>) -> Poll<()> {
    Pin::new(io).poll_shutdown(cx).map(|_| ())
}

/// The reason for a stream's end, which may stand in the middle of a package.
fn end_of(inbox: &mut Inbox) -> CloseReason {
    match inbox.unread().len() {
        0 => CloseReason::PeerClosed,
        left => CloseReason::Lost(format!("the stream ended {left} bytes into a package")),
    }
}

pub(crate) fn lost(error: io::Error) -> CloseReason {
    CloseReason::Lost(error.to_string())
}

fn cut_all<F: Framing>(inbox: &mut Inbox) -> Result<bool, CloseReason> {
    let limit = inbox.limit();
    let mut any = false;
    while let Some(cut) = F::cut(inbox.unread(), limit)? {
        inbox.deliver(cut.package, cut.consumed);
        any = true;
    }
    Ok(any)
}
