//! Messages that wait for a running call.

use std::collections::VecDeque;

use connector_protocol::message::RequestId;

use crate::routing::Target;

/// A message that waits for a running call.
pub(super) struct WaitingCall<'a> {
    pub(super) target: &'a Target,
    pub(super) id: Option<RequestId>,
    pub(super) body: Vec<u8>,
}

/// Messages that wait for a running call, in order. Most sessions never have any, so the
/// queue is allocated by the first one.
#[derive(Default)]
pub(super) struct Waiting<'a>(Option<Box<Queue<'a>>>);

#[derive(Default)]
struct Queue<'a> {
    calls: VecDeque<WaitingCall<'a>>,
}

impl<'a> Waiting<'a> {
    pub(super) fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |queue| queue.calls.len())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn push(&mut self, call: WaitingCall<'a>) {
        self.0.get_or_insert_default().calls.push_back(call);
    }

    pub(super) fn pop(&mut self) -> Option<WaitingCall<'a>> {
        self.0.as_mut()?.calls.pop_front()
    }
}
