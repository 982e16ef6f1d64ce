//! Byte streams as links, which `#[socket(io)]` with a framing expands to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Framing;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Inbox, Opening, Outgoing, lost};
use crate::MaybeSend;

/// A byte stream that packages can be cut out of.
///
/// Every `AsyncRead + AsyncWrite + Unpin` is one that is open from the beginning.
/// [`transport::Stream`](crate::transport::Stream) goes through its openers first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `ByteStream`",
    label = "not `AsyncRead + AsyncWrite + Unpin`",
    note = "an `io` field implements `AsyncRead`, `AsyncWrite` and `Unpin`, as `TcpStream` does",
    note = "a type that keeps package boundaries by itself is a `#[socket(link)]` field"
)]
pub trait ByteStream: MaybeSend {
    /// The type that packages are read from once the stream is open.
    type Io: AsyncRead + AsyncWrite + Unpin;

    /// Returns the open stream, to read from and write to.
    fn io(&mut self) -> &mut Self::Io;

    /// Opens the stream, so that its bytes are packages, see
    /// [`Link::poll_open`](super::Link::poll_open). Default: ready at once.
    ///
    /// # Errors
    /// Returns the reason for which the stream did not open.
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let _ = (cx, opening);
        Poll::Ready(Ok(()))
    }

    /// Reads once and cuts the unread bytes into packages, see
    /// [`Link::poll_recv`](super::Link::poll_recv).
    ///
    /// # Errors
    /// Returns [`CloseReason::PeerClosed`] if the stream ends between two packages,
    /// otherwise the reason of the failure.
    fn poll_recv<F: Framing>(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        // `poll_open` may have read whole packages too.
        if inbox.cut::<F>()? {
            return Poll::Ready(Ok(()));
        }
        if ready!(inbox.poll_fill(cx, self.io())).map_err(lost)? == 0 {
            return Poll::Ready(Err(end_of(inbox)));
        }
        inbox.cut::<F>()?;
        Poll::Ready(Ok(()))
    }

    /// Writes all of `outgoing`, see [`Link::poll_send`](super::Link::poll_send).
    ///
    /// # Errors
    /// Returns [`CloseReason::Lost`] if the stream failed.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        outgoing.poll_write(cx, self.io()).map_err(lost)
    }

    /// Returns `true` if it is known that the peer has left, see
    /// [`Link::peer_has_left`](super::Link::peer_has_left). Default: `false`.
    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        let _ = cx;
        false
    }

    /// Shuts the stream down, so that the peer reads everything that was sent, and
    /// then the end. A stream that can say why, as one of QUIC can, tells the peer the reason
    /// too.
    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        let _ = reason;
        Pin::new(self.io()).poll_shutdown(cx).map(|_| ())
    }
}

#[diagnostic::do_not_recommend]
impl<Io: AsyncRead + AsyncWrite + Unpin + MaybeSend> ByteStream for Io {
    type Io = Self;

    #[inline]
    fn io(&mut self) -> &mut Self {
        self
    }
}

/// The reason of a stream's end, which may be in the middle of a package.
pub(crate) fn end_of(inbox: &mut Inbox) -> CloseReason {
    match inbox.unread().len() {
        0 => CloseReason::PeerClosed,
        left => {
            let message = format!("the stream ended {left} bytes into a package");
            CloseReason::Lost { kind: io::ErrorKind::UnexpectedEof, message }
        }
    }
}
