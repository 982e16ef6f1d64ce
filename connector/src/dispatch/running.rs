//! A call that has not returned yet.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::message::RequestId;

use super::guard::CallGuard;
use crate::routing::{BoxSlot, Target};
use crate::runtime::isolate;

/// A call that has not returned yet. As a future it resolves to itself once there is an
/// answer.
pub(super) struct Running<'a> {
    pub(super) target: &'a Target,
    pub(super) id: Option<RequestId>,
    /// What its message's body counts for.
    pub(super) bytes: u32,
    /// `None` after the future has resolved.
    pub(super) work: Option<Work<'a>>,
    /// For routes with a filter, a timeout or a key.
    pub(super) guard: Option<Box<CallGuard<'a>>>,
}

/// The work of a call.
pub(super) enum Work<'a> {
    /// An `async` method, in the slot of its handler.
    Slot(BoxSlot<'a>),
    /// The body of a plain method that waits for its guard.
    Plain(Box<[u8]>),
}

impl Drop for Running<'_> {
    /// Drops a call that does not return. The values of several may panic, and two panics at
    /// once would end the process.
    fn drop(&mut self) {
        if let Some(work) = self.work.take() {
            isolate("a handler", || drop(work));
        }
        if let Some(guard) = self.guard.take() {
            isolate("a filter", || drop(guard));
        }
    }
}

impl Future for Running<'_> {
    type Output = Self;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self> {
        let Self { target, id, bytes, work, guard } = &mut *self;
        match (&mut *work, &mut *guard) {
            (Some(Work::Slot(slot)), None) => ready!(slot.as_mut().poll(cx)),
            (Some(Work::Slot(slot)), Some(guard)) => ready!(guard.poll(Some(slot.as_mut()), cx)),
            (Some(Work::Plain(_)), Some(guard)) => ready!(guard.poll(None, cx)),
            (Some(Work::Plain(_)), None) | (None, _) => {}
        }
        let work = work.take();
        let guard = guard.take();
        Poll::Ready(Running { target, id: *id, bytes: *bytes, work, guard })
    }
}
