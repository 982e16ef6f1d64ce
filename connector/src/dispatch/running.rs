//! A call that has not returned yet.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use connector_protocol::message::RequestId;

use super::guard::CallGuard;
use crate::routing::{BoxSlot, Target};

/// A call that has not returned yet. As a future it gives itself back once there
/// is something to answer.
pub(super) struct Running<'a> {
    pub(super) target: &'a Target,
    pub(super) id: Option<RequestId>,
    /// None once it was given back.
    pub(super) work: Option<Work<'a>>,
    /// For routes with a filter, a timeout or a key.
    pub(super) guard: Option<Box<CallGuard<'a>>>,
}

/// The call itself.
pub(super) enum Work<'a> {
    /// One that may wait, in the slot of its handler.
    Slot(BoxSlot<'a>),
    /// The body of one that never waits but for its guard.
    Plain(Box<[u8]>),
}

impl<'a> Running<'a> {
    pub(super) fn new(
        target: &'a Target,
        id: Option<RequestId>,
        work: Work<'a>,
        guard: Option<Box<CallGuard<'a>>>,
    ) -> Self {
        Self { target, id, work: Some(work), guard }
    }
}

impl Future for Running<'_> {
    type Output = Self;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self> {
        let Self { target, id, work, guard } = &mut *self;
        match (&mut *work, &mut *guard) {
            (Some(Work::Slot(slot)), None) => ready!(slot.as_mut().poll(cx)),
            (Some(Work::Slot(slot)), Some(guard)) => ready!(guard.poll(Some(slot.as_mut()), cx)),
            (Some(Work::Plain(_)), Some(guard)) => ready!(guard.poll(None, cx)),
            (Some(Work::Plain(_)), None) | (None, _) => {}
        }
        let (work, guard) = (work.take(), guard.take());
        Poll::Ready(Running { target, id: *id, work, guard })
    }
}
