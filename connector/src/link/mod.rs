//! Links, which carry whole packages between two ends.
//!
//! | your type | implement | as a field of the socket |
//! |---|---|---|
//! | `AsyncRead + AsyncWrite` | nothing: it is a [`ByteStream`] | `#[socket(io)]`, with a `framing` |
//! | a library with `async fn recv` and `send` | [`AsyncLink`] | `#[socket(link)] link: Linked<..>` |
//! | a library that calls back | [`AsyncLink`], whose receiver is a [`Fed`] | the same |
//! | a library that polls, or a link that opens in steps | [`Link`] | `#[socket(link)]` |
//!
//! A link holds no packages. It puts those that arrive into the driver's [`Inbox`] and
//! sends those that wait in its [`Outgoing`], which are framed by [`Link::frame`] and
//! joined by [`Link::batch`]. Before that, [`Link::poll_open`] gets an [`Opening`].
//!
//! `#[derive(Socket)]` makes a [`Socket`](crate::Socket) of a link and a
//! [`Peer`](crate::Peer).

mod async_link;
mod batch;
mod buffer;
mod byte_stream;
mod decoding;
mod feed;
mod inbox;
mod linked;
mod moves;
mod opening;
mod outgoing;
mod packages;
#[cfg(not(target_family = "wasm"))]
mod portion;
mod read_buffer;
#[cfg(any(feature = "deflate", feature = "mqtt"))]
mod sealed;
#[cfg(test)]
mod tests;

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use connector_protocol::CloseReason;
use connector_protocol::framing::Envelope;

pub use async_link::{AsyncLink, AsyncReceiver, AsyncSender};
pub use batch::Batch;
pub use buffer::Buffer;
pub use byte_stream::ByteStream;
#[cfg(all(target_os = "linux", feature = "shared-memory"))]
pub(crate) use byte_stream::end_of;
pub(crate) use feed::queue;
pub use feed::{Fed, Feed, FeedError, FeedLimits};
pub use inbox::Inbox;
pub use linked::Linked;
pub(crate) use moves::Moves;
#[cfg(feature = "sio")]
pub(crate) use opening::Heartbeat;
pub use opening::Opening;
pub use outgoing::{Boundaries, Outgoing};
#[cfg(not(target_family = "wasm"))]
pub(crate) use portion::Portion;
#[cfg(any(feature = "deflate", feature = "mqtt"))]
pub(crate) use sealed::{Seal, Sealed};

use crate::MaybeSend;

/// A carrier of whole packages between two ends.
///
/// Links poll, so that they are usable behind `dyn`, can read while a write is
/// blocked, and put no `Send` bound on futures. For a library that is async only,
/// implement [`AsyncLink`]; for a byte stream, use the derive's `framing`.
///
/// ```
/// use std::task::{Context, Poll, ready};
///
/// use connector::CloseReason;
/// use connector::link::{Boundaries, Inbox, Link, Outgoing};
/// use connector::protocol::framing::{Envelope, Framing};
/// use tokio::sync::mpsc;
///
/// /// A link between two tasks.
/// struct Queue {
///     incoming: mpsc::UnboundedReceiver<Vec<u8>>,
///     outgoing: mpsc::UnboundedSender<Vec<u8>>,
/// }
///
/// impl Link for Queue {
///     fn poll_recv(
///         &mut self,
///         cx: &mut Context<'_>,
///         inbox: &mut Inbox,
///     ) -> Poll<Result<(), CloseReason>> {
///         let package = ready!(self.incoming.poll_recv(cx)).ok_or(CloseReason::PeerClosed)?;
///         if package.len() > inbox.limit() {
///             let size = package.len();
///             let limit = inbox.limit();
///             return Poll::Ready(Err(CloseReason::TooLarge { size, limit }));
///         }
///         inbox.push(package);
///         Poll::Ready(Ok(()))
///     }
///
///     fn poll_send(
///         &mut self,
///         _: &mut Context<'_>,
///         outgoing: &mut Outgoing,
///     ) -> Poll<Result<(), CloseReason>> {
///         while let Some(package) = outgoing.package() {
///             let sent = self.outgoing.send(package.to_vec());
///             sent.map_err(|_| CloseReason::PeerClosed)?;
///             outgoing.package_sent();
///         }
///         Poll::Ready(Ok(()))
///     }
///
///     fn poll_close(&mut self, _: &mut Context<'_>, _: &CloseReason) -> Poll<()> {
///         self.incoming.close();
///         Poll::Ready(())
///     }
///
///     fn frame(&self) -> &'static dyn Envelope {
///         Boundaries::INSTANCE
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), CloseReason> {
/// let (outgoing, incoming) = mpsc::unbounded_channel();
/// // Both ends in one: it receives the packages it sends.
/// let mut queue = Queue { incoming, outgoing };
/// queue.send(b"hello").await?;
/// assert_eq!(queue.recv(&mut Inbox::new(1024)).await?, b"hello");
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `Link`",
    note = "a byte stream needs `#[socket(framing = ..)]` and `#[socket(io)]` instead of `link`",
    note = "a library with `async fn recv` and `send` goes behind `AsyncLink`, as the field `Linked<{Self}>`"
)]
pub trait Link: MaybeSend {
    /// Opens the link, so that packages can flow: openers, an upgrade, sniffing.
    /// Default: ready at once.
    ///
    /// Runs in the connection's task, under the handshake deadline. Bytes read beyond
    /// the opening stay in the inbox, and [`Opening::peer`] may be corrected. A link
    /// over a byte stream begins with [`ByteStream::poll_open`].
    ///
    /// # Errors
    /// Returns the reason for which the link did not open. It is then closed with
    /// [`Link::poll_close`], after the replies in the inbox were sent.
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        let _ = (cx, opening);
        Poll::Ready(Ok(()))
    }

    /// Reads once and puts all whole packages into `inbox`. Ready when there may be
    /// some.
    ///
    /// # Errors
    /// Returns [`CloseReason::PeerClosed`] or [`CloseReason::PeerClosedWith`] at the regular
    /// end, otherwise the reason of the failure. Packages that arrived before it are in
    /// `inbox`.
    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>>;

    /// Sends the packages in `outgoing`. Ready when all of them are handed over.
    ///
    /// While a server's connection is idle, another task may call this to send pushes,
    /// on its own thread: never two at once, and with the connection's waker unless the
    /// connection is about to call it itself.
    ///
    /// # Errors
    /// Returns [`CloseReason::Lost`] if the transport failed.
    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>>;

    /// Announces the close to the peer in the way of this transport. Failing to
    /// announce it is not an error. A link may be closed before it is open.
    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()>;

    /// Returns the frame of an open link's packages. [`Link::poll_send`] gets them
    /// framed.
    fn frame(&self) -> &'static dyn Envelope;

    /// Returns `true` if the transport knows that the peer has left, even though what it sent
    /// before is not read. A connection that reads nothing, since too much of what has
    /// arrived waits, asks once a second; it then reads what is left, up to the end. The
    /// waker of `cx` may be kept, and wakes the connection for nothing then.
    /// Default: `false`, and such a peer is noticed when it is read again.
    fn peer_has_left(&mut self, cx: &mut Context<'_>) -> bool {
        let _ = cx;
        false
    }

    /// Adds a ping to the replies in `inbox`, which the peer's transport answers by itself,
    /// as a WebSocket does, and returns `true`. Any byte that then arrives shows that a silent
    /// peer is still there. Default: `false`, since most transports have none.
    fn ping(&mut self, inbox: &mut Inbox) -> bool {
        let _ = inbox;
        false
    }

    /// Adds what shows the peer that this side lives to the replies in `inbox`, or sends it,
    /// while the peer is not read, since too much of what has arrived waits: an answer to the
    /// pings that may lie there, or a ping that is due. A connection calls this about once a
    /// second then. Default: nothing, since most transports have none.
    fn beat(&mut self, inbox: &mut Inbox) {
        let _ = inbox;
    }

    /// Returns `true` if the peer has ended the connection so that it needs no further one,
    /// as it does by a WebSocket's close code 1000. An engine does not connect to such a
    /// plugin again. Default: `false`.
    fn peer_has_finished(&self) -> bool {
        false
    }

    /// Returns how much memory it keeps of what has arrived or is to leave, in bytes, besides what
    /// lies in the inbox, is noted by [`Inbox::set_begun`], or waits in the outgoing bytes. It
    /// counts for [`Limits::call_bytes_in_all`](crate::Limits::call_bytes_in_all), and is asked
    /// whenever the link was polled. Default: 0.
    fn held(&self) -> usize {
        0
    }

    /// Returns how several packages are joined. Default: [`Batch::Each`].
    fn batch(&self) -> Batch {
        Batch::Each
    }

    /// Opens the link, see [`Link::poll_open`].
    ///
    /// # Errors
    /// Returns the reason for which the link did not open.
    ///
    /// # Cancel safety
    /// Cancel safe: the next call continues where this one stopped.
    fn open(
        &mut self,
        opening: &mut Opening<'_>,
    ) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend
    where
        Self: Sized,
    {
        poll_fn(move |cx| self.poll_open(cx, opening))
    }

    /// Waits for the next package and copies it. Drivers use [`Link::poll_recv`]
    /// instead, and read packages in place.
    ///
    /// # Errors
    /// Returns [`CloseReason::PeerClosed`] at the regular end, otherwise the reason of
    /// the failure.
    ///
    /// # Cancel safety
    /// Cancel safe: bytes that have arrived stay in `inbox`.
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
    /// Returns [`CloseReason::TooLarge`] if the frame cannot express its length, and
    /// [`CloseReason::Lost`] if the transport failed.
    ///
    /// # Cancel safety
    /// Not cancel safe: part of the package may have been sent, and the link is then
    /// unusable.
    fn send(&mut self, package: &[u8]) -> impl Future<Output = Result<(), CloseReason>> + MaybeSend
    where
        Self: Sized,
    {
        send_joined(self, Batch::Each, &[package])
    }

    /// Sends several packages, joined according to [`Link::batch`].
    ///
    /// # Errors
    /// Those of [`Link::send`].
    ///
    /// # Cancel safety
    /// That of [`Link::send`]: not cancel safe.
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
    ///
    /// # Cancel safety
    /// Cancel safe: the next call continues where this one stopped.
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
