//! The requests that wait for their answers.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use connector_protocol::CloseReason;
use connector_protocol::message::{MAX_ID, RequestId};
use foldhash::fast::RandomState;

use crate::body::BodyError;

/// The requests that wait for their answers, by id.
#[derive(Debug, Default)]
pub(super) struct Pending(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    slots: HashMap<RequestId, Slot, RandomState>,
    /// The latest id.
    last: u32,
    ended: Option<CloseReason>,
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
pub(super) struct Call<'a> {
    pending: &'a Pending,
    id: RequestId,
}

impl Pending {
    /// Adds a request, with an id that is not in use.
    pub(super) fn begin(&self) -> Result<Call<'_>, CloseReason> {
        let mut table = self.lock();
        if let Some(reason) = &table.ended {
            return Err(reason.clone());
        }
        loop {
            table.last = table.last % MAX_ID + 1;
            let Some(id) = RequestId::new(table.last) else { continue };
            if let Entry::Vacant(slot) = table.slots.entry(id) {
                slot.insert(Slot::Waiting(None));
                return Ok(Call { pending: self, id });
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
    pub(super) fn end(&self, reason: &CloseReason) {
        let mut table = self.lock();
        table.ended.get_or_insert_with(|| reason.clone());
        let unanswered = table.slots.extract_if(|_, slot| matches!(slot, Slot::Waiting(_)));
        let unanswered: Vec<_> = unanswered.map(|(_, slot)| slot).collect();
        drop(table);
        for slot in unanswered {
            if let Slot::Waiting(Some(waker)) = slot {
                waker.wake();
            }
        }
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

impl Call<'_> {
    pub(super) fn id(&self) -> RequestId {
        self.id
    }
}

impl Future for Call<'_> {
    type Output = Result<Answer, CloseReason>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut table = self.pending.lock();
        match table.slots.get_mut(&self.id) {
            Some(Slot::Answered(answer)) => {
                Poll::Ready(Ok(std::mem::replace(answer, Ok(Bytes::new()))))
            }
            Some(Slot::Waiting(waker)) => {
                match waker {
                    Some(waker) => waker.clone_from(cx.waker()),
                    None => *waker = Some(cx.waker().clone()),
                }
                Poll::Pending
            }
            // Only `end` removes the slot of a request that still waits.
            None => Poll::Ready(Err(table.ended.clone().unwrap_or(CloseReason::Requested))),
        }
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.pending.lock().slots.remove(&self.id);
    }
}
