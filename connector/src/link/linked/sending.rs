//! The sending half of an open link.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use connector_protocol::CloseReason;

use super::Half;
use crate::link::{AsyncSender, Buffer, Outgoing};

/// A half that sends one message after the other, and at last closes.
pub(super) struct Sending<B> {
    half: Pin<Box<dyn Half>>,
    desk: Arc<Desk<B>>,
    /// The size of the package that is being sent. It stays in the outgoing bytes until
    /// then, so that a peer that takes nothing is noticed.
    under_way: Option<usize>,
    closing: bool,
    ended: Option<CloseReason>,
}

/// Where the link leaves work for its half. The library's code does not run under the
/// lock.
struct Desk<B>(Mutex<Work<B>>);

enum Work<B> {
    Send(B),
    Close(CloseReason),
    /// The half is at it.
    Begun,
    Done,
    Ended(CloseReason),
}

impl<B: Buffer> Sending<B> {
    pub(super) fn new(sender: impl AsyncSender<Buffer = B>) -> Self {
        let desk = Arc::new(Desk(Mutex::new(Work::Done)));
        let half = Box::pin(work(sender, desk.clone()));
        Self { half, desk, under_way: None, closing: false, ended: None }
    }

    /// Sends the packages in `outgoing`.
    pub(super) fn poll_send(
        &mut self,
        cx: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Poll<Result<(), CloseReason>> {
        loop {
            ready!(self.poll_work(cx))?;
            if let Some(size) = self.under_way.take()
                // Unless it was dropped meanwhile, with all that was to be sent.
                && outgoing.package().is_some_and(|package| package.len() == size)
            {
                outgoing.package_sent();
            }
            let Some(package) = outgoing.package() else { return Poll::Ready(Ok(())) };
            let buffer = B::from_package(package).map_err(CloseReason::Malformed)?;
            self.under_way = Some(package.len());
            *self.desk.lock() = Work::Send(buffer);
        }
    }

    /// Announces the close, after the message that is being sent.
    pub(super) fn poll_close(&mut self, cx: &mut Context<'_>, reason: &CloseReason) -> Poll<()> {
        if !self.closing {
            if ready!(self.poll_work(cx)).is_err() {
                return Poll::Ready(());
            }
            self.closing = true;
            *self.desk.lock() = Work::Close(reason.clone());
        }
        self.poll_work(cx).map(|_| ())
    }

    /// Waits until the half has done its work.
    fn poll_work(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), CloseReason>> {
        if let Some(reason) = &self.ended {
            return Poll::Ready(Err(reason.clone()));
        }
        if matches!(*self.desk.lock(), Work::Done) {
            return Poll::Ready(Ok(()));
        }
        // If the library panics, its future must not be polled again.
        self.ended = Some(CloseReason::Panicked);
        // Whether it is done is on the desk.
        let _ = self.half.as_mut().poll(cx);
        self.ended = None;
        match &*self.desk.lock() {
            Work::Done => Poll::Ready(Ok(())),
            Work::Ended(reason) => {
                self.ended = Some(reason.clone());
                Poll::Ready(Err(reason.clone()))
            }
            Work::Send(_) | Work::Close(_) | Work::Begun => Poll::Pending,
        }
    }
}

impl<B> Desk<B> {
    fn lock(&self) -> MutexGuard<'_, Work<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for work. Whoever leaves some polls again.
    async fn next(&self) -> Work<B> {
        std::future::poll_fn(|_| {
            let mut work = self.lock();
            match *work {
                Work::Send(_) | Work::Close(_) => {
                    Poll::Ready(std::mem::replace(&mut *work, Work::Begun))
                }
                Work::Begun | Work::Done | Work::Ended(_) => Poll::Pending,
            }
        })
        .await
    }
}

async fn work<S: AsyncSender>(mut sender: S, desk: Arc<Desk<S::Buffer>>) {
    loop {
        let ended = match desk.next().await {
            Work::Send(buffer) => sender.send(buffer).await,
            Work::Close(reason) => {
                sender.close(reason).await;
                Err(CloseReason::Requested)
            }
            Work::Begun | Work::Done | Work::Ended(_) => Ok(()),
        };
        match ended {
            Ok(()) => *desk.lock() = Work::Done,
            Err(reason) => {
                *desk.lock() = Work::Ended(reason);
                return;
            }
        }
    }
}
