//! A link: what carries packages between two ends and keeps them apart.

mod adapter;
mod async_link;
mod batch;
mod byte_stream;
mod inbox;
mod opening;
mod outgoing;
mod packages;
#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;

pub use adapter::Linked;
pub use async_link::{AsyncLink, Buffer};
pub use batch::Batch;
pub use byte_stream::ByteStream;
pub use inbox::Inbox;
pub use opening::Opening;
pub use outgoing::{Boundaries, Outgoing};

use crate::MaybeSend;

/// Carries whole packages, never half of one, never two as one.
///
/// Links poll, so that they stay usable behind `dyn`, read while a write is
/// blocked, and put no `Send` bound on futures. They hold no package
/// themselves: what arrives goes into the driver's [`Inbox`], what leaves waits
/// in its [`Outgoing`]. For a library that is async only there is
/// [`AsyncLink`], for a byte stream the derive's `framing`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not carry packages",
    note = "a byte stream needs `#[socket(framing = ..)]` and `#[socket(io)]` instead of `link`",
    note = "a library with `async fn recv` and `send` goes behind `AsyncLink`, as the field `Linked<{Self}>`"
)]
pub trait Link: MaybeSend {
    /// Does what this peer needs before packages flow: openers, an upgrade,
    /// sniffing. Runs in the connection's own task, under the handshake
    /// deadline. What was read too much stays in the inbox; what was learned
    /// about the peer goes into its facts. A link over a byte stream begins with
    /// [`ByteStream::poll_open`].
    ///
    /// # Errors
    /// Why the link did not open. It is dropped then.
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let _ = (cx, opening);
        Poll::Ready(Ok(()))
    }

    /// Reads once and puts all whole packages that came into `inbox`; ready
    /// when there may be some.
    ///
    /// # Errors
    /// [`CloseReason::PeerClosed`] at the regular end, else what went wrong.
    /// Packages that arrived before it are in `inbox`.
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>>;

    /// Sends what waits in `outgoing`; ready when all of it is handed over.
    ///
    /// While a server's connection has nothing to do, somebody else's task may
    /// call this to send a broadcast, on whatever thread that runs; never two at
    /// once, and always with the connection's own waker.
    ///
    /// # Errors
    /// [`CloseReason::Lost`] if the transport failed.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>>;

    /// Says good-bye in the way of this transport, for this reason. An end
    /// that cannot be told any more is no error.
    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()>;

    /// What each outgoing package is wrapped in, once the link is open.
    /// [`Link::poll_send`] gets it like that.
    fn frame(&self) -> &'static dyn Envelope;

    /// How several packages are sent at once.
    fn batch(&self) -> Batch {
        Batch::Each
    }

    /// Opens the link, see [`Link::poll_open`].
    ///
    /// # Errors
    /// Why the link did not open.
    ///
    /// # Cancel safety
    /// What has been done so far is kept; call it again.
    fn open(
        &mut self,
        opening: &mut Opening<'_>,
    ) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend
    where
        Self: Sized,
    {
        poll_fn(move |cx| self.poll_open(cx, opening))
    }

    /// Waits for the next package and copies it out. Drivers poll instead,
    /// and read packages where they lie.
    ///
    /// # Errors
    /// [`CloseReason::PeerClosed`] at the regular end, else what went wrong.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    fn recv(
        &mut self,
        inbox: &mut Inbox,
    ) -> impl Future<Output = Result<Vec<u8>, CloseReason>> + MaybeSend
    where
        Self: Sized,
    {
        poll_fn(move |cx| {
            loop {
                if let Some(package) = inbox.peek().map(<[u8]>::to_vec) {
                    inbox.advance(package.len());
                    return Poll::Ready(Ok(package));
                }
                match self.poll_recv(cx, inbox) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(reason)) if inbox.is_empty() => {
                        return Poll::Ready(Err(reason));
                    }
                    Poll::Ready(Err(_)) => {}
                    Poll::Pending => {
                        inbox.release();
                        return Poll::Pending;
                    }
                }
            }
        })
    }

    /// Sends one package.
    ///
    /// # Errors
    /// [`CloseReason::TooLarge`] if the frame cannot express its length,
    /// [`CloseReason::Lost`] if the transport failed.
    ///
    /// # Cancel safety
    /// A cancelled send may have sent a part; the link is unusable then.
    fn send(&mut self, package: &[u8]) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend
    where
        Self: Sized,
    {
        send_joined(self, Batch::Each, &[package])
    }

    /// Sends several packages at once, joined as [`Link::batch`] says.
    ///
    /// # Errors
    /// As [`Link::send`].
    ///
    /// # Cancel safety
    /// As [`Link::send`].
    fn send_batch(
        &mut self,
        packages: &[&[u8]],
    ) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend
    where
        Self: Sized,
    {
        send_joined(self, self.batch(), packages)
    }

    /// Closes the link for this reason, see [`Link::poll_close`].
    fn disconnect(&mut self, reason: CloseReason) -> impl Future<Output = ()> + MaybeSend
    where
        Self: Sized,
    {
        poll_fn(move |cx| self.poll_close(cx, &reason))
    }
}

fn send_joined<'a, L: Link>(
    link: &'a mut L,
    batch: Batch,
    packages: &[&[u8]],
) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend + use<'a, L> {
    let mut outgoing = Outgoing::default();
    let mut written = batch.write(link.frame(), packages, outgoing.buf());
    poll_fn(move |cx| {
        std::mem::replace(&mut written, Ok(()))?;
        link.poll_send(cx, &mut outgoing)
    })
}

/// The reason for the end of a stream that has failed.
pub(crate) fn lost(error: io::Error) -> CloseReason {
    CloseReason::lost(&error)
}
