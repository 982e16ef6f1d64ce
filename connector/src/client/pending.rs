//! The requests that wait for their answers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::message::{MAX_ID, RequestId};
use foldhash::fast::RandomState;

use super::RequestError;
use crate::body::BodyError;

/// The requests that wait for their answers, by id.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    slots: HashMap<RequestId, Slot, RandomState>,
    /// The latest id.
    last: u32,
    ended: Option<End>,
}

/// The end of a connection.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) reason: CloseReason,
    /// Whether the client connects again.
    pub(super) is_last: bool,
}

impl From<End> for RequestError {
    fn from(end: End) -> Self {
        if end.is_last { Self::Closed(end.reason) } else { Self::Lost(end.reason) }
    }
}

/// The body of an answer, or the server's error, or what is wrong with the answer.
type Answer = Result<Bytes, BodyError>;

#[derive(Debug)]
enum Slot {
    Waiting(Option<Waker>),
    Answered(Answer),
}

/// A request, and the future of its answer. Dropping it frees the id, and a later answer
/// is ignored.
#[derive(Debug)]
pub(super) struct Call {
    pending: Arc<Pending>,
    id: RequestId,
}

impl Pending {
    /// Adds a request, with an id that is not in use. `None` if the connection has ended.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Call> {
        let mut table = self.lock();
        if table.ended.is_some() {
            return None;
        }
        loop {
            table.last = table.last % MAX_ID + 1;
            let Some(id) = RequestId::new(table.last) else { continue };
            if let Entry::Vacant(slot) = table.slots.entry(id) {
                slot.insert(Slot::Waiting(None));
                return Some(Call { pending: self.clone(), id });
            }
        }
    }

    /// Delivers an answer. Its body is copied only if its request still waits.
    pub(super) fn answer(&self, id: RequestId, answer: Result<&[u8], BodyError>) {
        let mut table = self.lock();
        let Some(slot @ Slot::Waiting(_)) = table.slots.get_mut(&id) else {
            drop(table);
            return tracing::trace!(id = id.get(), "an answer without a waiting request");
        };
        let answered = Slot::Answered(answer.map(Bytes::copy_from_slice));
        let waiting = std::mem::replace(slot, answered);
        drop(table);
        if let Slot::Waiting(Some(waker)) = waiting {
            waker.wake();
        }
    }

    /// Ends all requests without an answer. Answers that have arrived are still returned.
    pub(super) fn end(&self, end: End) {
        let mut table = self.lock();
        table.ended.get_or_insert(end);
        let unanswered = table.slots.extract_if(|_, slot| matches!(slot, Slot::Waiting(_)));
        let unanswered: Vec<_> = unanswered.map(|(_, slot)| slot).collect();
        drop(table);
        for slot in unanswered {
            if let Slot::Waiting(Some(waker)) = slot {
                waker.wake();
            }
        }
    }

    /// Returns the reason of the connection's end.
    pub(super) fn end_reason(&self) -> Option<CloseReason> {
        self.lock().ended.as_ref().map(|end| end.reason.clone())
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.lock().slots.len()
    }

    #[cfg(test)]
    pub(super) fn set_last(&self, id: u32) {
        self.lock().last = id;
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    pub(super) fn id(&self) -> RequestId {
        self.id
    }
}

impl Future for Call {
    type Output = Result<Bytes, RequestError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut table = self.pending.lock();
        match table.slots.get_mut(&self.id) {
            Some(Slot::Answered(answer)) => {
                let answer = std::mem::replace(answer, Ok(Bytes::new()));
                Poll::Ready(answer.map_err(RequestError::from))
            }
            Some(Slot::Waiting(waker)) => {
                match waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    None => *waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
            // Only `end` removes the slot of a request that still waits.
            None => {
                let end = table.ended.clone();
                let end = end.unwrap_or(End { reason: CloseReason::Requested, is_last: true });
                Poll::Ready(Err(end.into()))
            }
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.pending.lock().slots.remove(&self.id);
    }
}
