//! The guard of a call: its key, its filters and its timeout.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::Dispatcher;
use super::keyed::{Key, Ticket};
use crate::handler::{
    Asking, Cx, HandlerError, Order, Outcome, RawBody, Respond, RouteSpec, SharedFilter,
};
use crate::routing::{Answer, Slot, Target};
use crate::runtime::{Instant, Sleep, isolate, sleep};

/// The guard of a call whose route has filters, a timeout or a key. Other calls have none.
pub(super) struct CallGuard<'a> {
    cx: Cx<'a>,
    spec: &'a RouteSpec,
    /// Held until the call is answered.
    ticket: Option<Ticket<'a>>,
    filters: &'a [SharedFilter],
    /// The number of filters that have let the call through, which run after it too.
    passed: usize,
    asking: Option<Asking<'a>>,
    /// The time at which its turn in the key's order came.
    began: Option<Instant>,
    /// Made only if the call does not return at once.
    timer: Option<Pin<Box<Sleep>>>,
    /// The error that is answered in place of the call's answer.
    refused: Option<HandlerError>,
}

impl<'a> CallGuard<'a> {
    pub(super) fn new(
        dispatcher: &'a Dispatcher,
        target: &Target,
        cx: Cx<'a>,
        body: RawBody<'_>,
    ) -> Self {
        let mut guard = Self::without_key(dispatcher, target, cx);
        if let Some(Order::Keyed(field)) = guard.spec.order {
            // A body without one is answered with the error of reading it.
            let value =
                dispatcher.keyed.hash_key(|key| dispatcher.table.key(target, &cx, body, key)).ok();
            let handler = target.handler;
            guard.ticket = value.map(|value| dispatcher.keyed.take(Key { handler, field, value }));
        }
        guard
    }

    /// The guard of a message that is answered with an error, if its filters let it through.
    pub(super) fn failing(
        dispatcher: &'a Dispatcher,
        target: &Target,
        cx: Cx<'a>,
        error: HandlerError,
    ) -> Self {
        let mut guard = Self::without_key(dispatcher, target, cx);
        guard.refused = Some(error);
        guard
    }

    fn without_key(dispatcher: &'a Dispatcher, target: &Target, cx: Cx<'a>) -> Self {
        Self {
            cx,
            spec: dispatcher.table.spec(target),
            ticket: None,
            filters: dispatcher.table.filters(target),
            passed: 0,
            asking: None,
            began: None,
            timer: None,
            refused: None,
        }
    }

    /// Polls the filters, then the call in `slot`. Ready once there is an answer. Without a
    /// slot it is ready once a plain method may run.
    pub(super) fn poll(
        &mut self,
        mut slot: Option<Pin<&mut (dyn Slot<'a> + 'a)>>,
        task: &mut Context<'_>,
    ) -> Poll<()> {
        if let Some(ticket) = &mut self.ticket {
            ready!(ticket.poll(task));
        }
        self.began.get_or_insert_with(Instant::now);
        let running = slot.as_mut().map(|slot| slot.as_mut());
        let refused = match self.run(running, task) {
            Poll::Ready(result) => result.err(),
            Poll::Pending => Some(ready!(self.poll_timer(task))),
        };
        if refused.is_some() {
            if let Some(slot) = slot {
                slot.cancel();
            }
            self.asking = None;
            self.refused = refused;
        }
        Poll::Ready(())
    }

    /// Answers by `write`, or with the error if the call was refused. After the last answer
    /// the filters run again. Dropping the guard then lets the next call of its key run.
    pub(super) fn answer(
        &mut self,
        respond: Respond<'_>,
        write: impl FnOnce(&mut Respond<'_>) -> Answer,
    ) -> Answer {
        let mut failed = None;
        let mut respond = if self.passed > 0 { respond.recording(&mut failed) } else { respond };
        let answer = match self.refused.take() {
            Some(error) => {
                respond.reply(error);
                Answer::Last
            }
            None => write(&mut respond),
        };
        if answer == Answer::Last {
            self.end(failed.as_ref());
        }
        answer
    }

    fn run(
        &mut self,
        slot: Option<Pin<&mut (dyn Slot<'a> + 'a)>>,
        task: &mut Context<'_>,
    ) -> Poll<Result<(), HandlerError>> {
        while let Some(filter) = self.filters.get(self.passed) {
            let asking = self.asking.get_or_insert_with(|| filter.before(self.cx, self.spec));
            ready!(asking.as_mut().poll(task))?;
            self.asking = None;
            self.passed += 1;
        }
        slot.map_or(Poll::Ready(()), |slot| slot.poll(task)).map(Ok)
    }

    /// Ready with an error once the call has taken longer than its timeout.
    fn poll_timer(&mut self, task: &mut Context<'_>) -> Poll<HandlerError> {
        // Each time, since filters are few, and a call is polled rarely.
        let of_filters = self.filters.iter().filter_map(|filter| filter.timeout(self.spec));
        let Some(limit) = of_filters.chain(self.spec.timeout).min() else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(timer.as_mut().poll(task));
        tracing::debug!(route = self.spec.route, ?limit, "a call took too long");
        Poll::Ready(HandlerError::timed_out(limit))
    }

    fn end(&mut self, error: Option<&HandlerError>) {
        let passed = std::mem::take(&mut self.passed);
        let elapsed = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        for filter in self.filters[..passed].iter().rev() {
            // A call that panics drops this, and a second panic would abort the process.
            isolate("a filter", || filter.after(&self.cx, self.spec, &Outcome { error, elapsed }));
        }
    }
}

impl Drop for CallGuard<'_> {
    fn drop(&mut self) {
        if self.passed > 0 {
            self.end(Some(&HandlerError::failed()));
        }
    }
}
