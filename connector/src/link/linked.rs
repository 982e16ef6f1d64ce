//! Runs an [`AsyncLink`] as a [`Link`].

mod receiving;
mod sending;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;
use connector_protocol::framing::{Envelope, Framing};

use self::receiving::Receiving;
use self::sending::Sending;
use super::{AsyncLink, AsyncSender, Batch, Boundaries, Inbox, Link, Opening, Outgoing, lost};
use crate::MaybeSend;
use crate::runtime::BoxFuture;

/// A [`Link`] over an [`AsyncLink`], whose documentation has an example. `Io` is what it
/// is made of when it is accepted, by the library's `From<Io>`.
///
/// It runs in the task that polls the link, and spawns nothing. It holds one message in
/// each direction, so that a peer that does not read or a server that does not read is
/// noticed as on any other link.
pub struct Linked<L: AsyncLink, Io = L> {
    stage: Stage<L>,
    batch: Batch,
    io: PhantomData<fn(Io)>,
}

enum Stage<L: AsyncLink> {
    New(L),
    Opening(BoxFuture<'static, Opened<L>>),
    Open(Sending<<L::Sender as AsyncSender>::Buffer>, Receiving),
    /// It did not open.
    Failed,
}

type Opened<L> = Result<(<L as AsyncLink>::Sender, <L as AsyncLink>::Receiver), CloseReason>;

/// A function that tells whether the peer has left.
trait Watch: Fn() -> bool + MaybeSend {}
impl<F: Fn() -> bool + MaybeSend> Watch for F {}

/// A future that runs one half.
trait Half: Future<Output = ()> + MaybeSend {}
impl<F: Future<Output = ()> + MaybeSend> Half for F {}

impl<L: AsyncLink, Io> Linked<L, Io> {
    /// Creates a link over `link`, which sends packages one by one.
    pub fn new(link: L) -> Self {
        Self { stage: Stage::New(link), batch: Batch::Each, io: PhantomData }
    }

    /// Sets how several packages are joined. Default: [`Batch::Each`].
    #[must_use]
    pub fn batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }
}

impl<L: AsyncLink + From<Io>, Io> From<Io> for Linked<L, Io> {
    fn from(io: Io) -> Self {
        Self::new(io.into())
    }
}

impl<L: AsyncLink, Io> fmt::Debug for Linked<L, Io> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Linked").field("batch", &self.batch).finish_non_exhaustive()
    }
}

impl<L: AsyncLink, Io> Link for Linked<L, Io> {
    fn poll_open(
        &mut self,
        cx: &mut Context<'_>,
        opening: &mut Opening<'_>,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            self.stage = match std::mem::replace(&mut self.stage, Stage::Failed) {
                Stage::New(link) => Stage::Opening(Box::pin(link.open(opening.limit()))),
                Stage::Opening(mut future) => match future.as_mut().poll(cx)? {
                    Poll::Ready((sender, receiver)) => {
                        Stage::Open(Sending::new(sender), Receiving::new(receiver))
                    }
                    Poll::Pending => {
                        self.stage = Stage::Opening(future);
                        return Poll::Pending;
                    }
                },
                open @ Stage::Open(..) => {
                    self.stage = open;
                    return Poll::Ready(Ok(()));
                }
                Stage::Failed => return Poll::Ready(Err(not_open())),
            }
        }
    }

    fn poll_recv(
        &mut self,
        cx: &mut Context<'_>,
        inbox: &mut Inbox,
    ) -> Poll<Result<(), CloseReason>> {
        let Stage::Open(_, receiving) = &mut self.stage else {
            return Poll::Ready(Err(not_open()));
        };
        let package = ready!(receiving.poll(cx))?;
        let (size, limit) = (package.len(), inbox.limit());
        if size > limit {
            return Poll::Ready(Err(CloseReason::TooLarge { size, limit }));
        }
        inbox.push(package);
        Poll::Ready(Ok(()))
    }

    fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        match &mut self.stage {
            Stage::Open(sending, _) => sending.poll_send(cx, outgoing),
            _ => Poll::Ready(Err(not_open())),
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        match &mut self.stage {
            Stage::Open(sending, _) => sending.poll_close(cx, reason),
            _ => Poll::Ready(()),
        }
    }

    fn peer_has_left(&mut self, _: &mut Context<'_>) -> bool {
        matches!(&self.stage, Stage::Open(_, receiving) if receiving.peer_has_left())
    }

    fn frame(&self) -> &'static dyn Envelope {
        Boundaries::INSTANCE
    }

    fn batch(&self) -> Batch {
        self.batch
    }
}

fn not_open() -> CloseReason {
    lost(io::Error::new(io::ErrorKind::NotConnected, "the link is not open"))
}
