//! Calls of methods, from their start to their answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use connector_protocol::message::RequestId;

use super::calls::Calls;
use super::guard::CallGuard;
use super::held;
use super::running::{Running, Work};
use crate::body::Lent;
use crate::handler::{RawBody, Respond};
use crate::link::Outgoing;
use crate::routing::{Answer, Target};

impl<'a> Calls<'a> {
    /// Calls a method. Returns the call if it is not answered at once.
    #[inline(always)]
    pub(super) fn start(
        &mut self,
        target: &'a Target,
        id: Option<RequestId>,
        body: &[u8],
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        self.cx.id = id;
        self.cx.target = Some(target);
        if self.prepares {
            return self.start_prepared(target, body, task, outgoing);
        }
        self.call(target, body, task, outgoing)
    }

    /// Calls a method by a body as its handler reads it.
    #[inline(always)]
    pub(super) fn call(
        &mut self,
        target: &'a Target,
        body: &[u8],
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        let lent = Lent::new(body);
        let body = lent.body();
        if let Some(plain) = &target.direct {
            let mut respond = Respond::new(&self.cx, outgoing);
            plain.call_plain(target.index, &self.cx, body, &mut respond);
            if lent.keeps_nothing() {
                // There is nothing to drop, which would be a call to find out.
                std::mem::forget(lent);
            }
            return None;
        }
        if target.guarded {
            return self.start_guarded(target, body, task, outgoing);
        }
        let handler = target.handler;
        if self.slots.len() <= handler {
            self.make_places();
        }
        let place = &mut self.slots[handler];
        let slot = match place {
            Some(slot) => slot,
            None => place.insert(self.dispatcher.table.slot(handler)),
        };
        match slot.as_mut().call(target.index, &self.cx, body, task, outgoing) {
            Poll::Ready(()) => None,
            Poll::Pending => {
                let work = Work::Slot(place.take()?);
                let bytes = weight(body);
                Some(Running { target, id: self.cx.id, bytes, work: Some(work), guard: None })
            }
        }
    }

    /// Makes a place for each handler's slot, which the first call needs.
    #[cold]
    fn make_places(&mut self) {
        self.slots.resize_with(self.dispatcher.table.handlers(), || None);
    }

    /// Calls a method that has a filter, a timeout or a key, and polls it once.
    #[cold]
    fn start_guarded(
        &mut self,
        target: &'a Target,
        body: RawBody<'_>,
        task: &mut Context<'_>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        let Self { dispatcher, cx, .. } = *self;
        let mut guard = Box::new(CallGuard::new(dispatcher, target, cx, body));
        let work = if target.plain {
            if guard.poll(None, task).is_ready() {
                let respond = Respond::new(&self.cx, outgoing);
                guard.answer(respond, |respond| {
                    dispatcher.table.call_plain(target, &cx, body, respond);
                    Answer::Last
                });
                return None;
            }
            Work::Plain(body.bytes().into())
        } else {
            if self.slots.len() <= target.handler {
                self.make_places();
            }
            let slot = self.slots[target.handler].take();
            let mut slot = slot.unwrap_or_else(|| dispatcher.table.slot(target.handler));
            slot.as_mut().start(target.index, &cx, body);
            Work::Slot(slot)
        };
        let id = cx.id;
        let mut running = Running { target, id, bytes: 0, work: Some(work), guard: Some(guard) };
        match Pin::new(&mut running).poll(task) {
            Poll::Ready(returned) => {
                let more = self.answer(returned, outgoing);
                if more.is_some() {
                    task.waker().wake_by_ref();
                }
                more
            }
            Poll::Pending => {
                running.bytes = weight(body);
                Some(running)
            }
        }
    }

    /// Answers a call that was kept. Returns the call if it has more to come.
    pub(super) fn answer_kept(
        &mut self,
        returned: Running<'a>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        let bytes = returned.bytes as usize;
        let more = self.answer(returned, outgoing);
        if more.is_none() {
            self.held.remove(bytes);
        }
        more
    }

    /// Answers a call that has an answer. Returns the call if it has more to come.
    fn answer(
        &mut self,
        mut returned: Running<'a>,
        outgoing: &mut Outgoing,
    ) -> Option<Running<'a>> {
        let Running { target, id, bytes, .. } = returned;
        let mut guard = returned.guard.take();
        self.cx.id = id;
        self.cx.target = Some(target);
        let respond = Respond::new(&self.cx, outgoing);
        match returned.work.take()? {
            Work::Slot(mut slot) => {
                let answer =
                    answer(guard.as_deref_mut(), respond, |respond| slot.as_mut().answer(respond));
                if answer == Answer::More {
                    let work = Some(Work::Slot(slot));
                    return Some(Running { target, id, bytes, work, guard });
                }
                self.slots[target.handler].get_or_insert(slot);
            }
            Work::Plain(body) => {
                let lent = Lent::new(&body);
                answer(guard.as_deref_mut(), respond, |respond| {
                    let table = &self.dispatcher.table;
                    table.call_plain(target, &self.cx, lent.body(), respond);
                    Answer::Last
                });
            }
        }
        None
    }
}

/// Returns what a body counts for, see [`Running::bytes`].
#[cold]
fn weight(body: RawBody<'_>) -> u32 {
    u32::try_from(held::weight(body)).unwrap_or(u32::MAX)
}

/// Answers by `write`, through the call's guard if it has one.
fn answer(
    guard: Option<&mut CallGuard<'_>>,
    mut respond: Respond<'_>,
    write: impl FnOnce(&mut Respond<'_>) -> Answer,
) -> Answer {
    match guard {
        Some(guard) => guard.answer(respond, write),
        None => write(&mut respond),
    }
}
