//! A byte stream as a link: what `#[socket(io)]` with a framing expands to.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::Framing;
use tokio::io::{AsyncRead, AsyncWrite};

use super::{Inbox, Opening, Outgoing, lost};
use crate::MaybeSend;

/// A byte stream that packages can be cut out of; every
/// `AsyncRead + AsyncWrite + Unpin` is one, and nothing has to be done to open
/// it. [`transport::Stream`](crate::transport::Stream) goes through its openers
/// first.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no byte stream",
    label = "not `AsyncRead + AsyncWrite + Unpin`",
    note = "an `io` field implements `AsyncRead`, `AsyncWrite` and `Unpin`, as `TcpStream` does",
    note = "what keeps package boundaries by itself goes into a `#[socket(link)]` field"
)]
pub trait ByteStream: MaybeSend {
    /// The bytes that packages are cut out of, once the stream is open.
    type Io: AsyncRead + AsyncWrite + Unpin;

    /// The stream to read from and write to, once it is open.
    fn io(&mut self) -> &mut Self::Io;

    /// Does what the stream needs before its bytes are packages, see
    /// [`Link::poll_open`](super::Link::poll_open). Ready at once when it is
    /// open.
    ///
    /// # Errors
    /// Why the stream did not open.
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let _ = (cx, opening);
        Poll::Ready(Ok(()))
    }

    /// Reads once and cuts what is there into packages, see
    /// [`Link::poll_recv`](super::Link::poll_recv).
    ///
    /// # Errors
    /// [`CloseReason::PeerClosed`] at the end between two packages, else what
    /// went wrong.
    fn poll_recv<F: Framing>(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        // Whole packages may have come with what `poll_open` read.
        if inbox.cut::<F>()? {
            return Poll::Ready(Ok(()));
        }
        if ready!(inbox.poll_fill(cx, self.io())).map_err(lost)? == 0 {
            return Poll::Ready(Err(end_of(inbox)));
        }
        inbox.cut::<F>()?;
        Poll::Ready(Ok(()))
    }

    /// Writes everything, see [`Link::poll_send`](super::Link::poll_send).
    ///
    /// # Errors
    /// [`CloseReason::Lost`] if the stream failed.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        outgoing.poll_write(cx, self.io()).map_err(lost)
    }

    /// Shuts the stream down, so that the peer reads what was sent and then the
    /// end.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
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

/// The reason for a stream's end, which may stand in the middle of a package.
fn end_of(inbox: &mut Inbox) -> CloseReason {
    match inbox.unread().len() {
        0 => CloseReason::PeerClosed,
        left => {
            let message = format!("the stream ended {left} bytes into a package");
            CloseReason::Lost { kind: io::ErrorKind::UnexpectedEof, message }
        }
    }
}
