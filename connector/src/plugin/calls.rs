//! The running calls of one connection.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use connector_protocol::Limit;
use connector_protocol::remix::{Arguments, Payload};
use pin_project_lite::pin_project;

use super::{Callback, PluginError};
use crate::dispatch::{Concurrent, Turn};
use crate::limits::{HeldInAll, HeldLimit, HeldPart};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::runtime::{BoxFuture, isolate, yield_now};

/// The result of a method: its value as JSON, `None` for a method without one, or an error.
pub type MethodResult = Result<Option<Payload>, PluginError>;

/// The future of a call whose type is erased, from its start to its result.
pub(super) type RunningCall = BoxFuture<'static, MethodResult>;

/// The most slots that are kept for further calls.
const IDLE: usize = 8;

/// Calls that run concurrently in the task of their connection, each with the reply
/// that answers it. A slow call does not delay others.
///
/// A call runs in a slot, which the next one takes over, so a call that returns at once
/// allocates nothing. In one poll of the connection's task they all have a turn of some time
/// together, so that many calls, or calls that wake themselves, do not keep other connections
/// waiting.
pub(super) struct Calls<R, F = RunningCall> {
    /// Calls that were not polled yet, in their order.
    started: VecDeque<BoxSlot<R, F>>,
    waiting: Concurrent<Waiting<R, F>>,
    turn: Arc<Turn>,
    /// The next poll begins a turn.
    begins: bool,
    /// In this turn the calls that wait go on before others start: every second one, so that
    /// neither keep the others out.
    waiting_first: bool,
    idle: Vec<BoxSlot<R, F>>,
    /// The bytes of the messages that they answer, which count for all engines of a plugin.
    held: HeldPart<Arc<HeldInAll>>,
}

pin_project! {
    /// The place of a call.
    struct Slot<R, F> {
        #[pin]
        call: Option<F>,
        reply: Option<R>,
        bytes: usize,
    }
}

type BoxSlot<R, F> = Pin<Box<Slot<R, F>>>;

/// A call that was not ready at once. It returns its slot with its result.
struct Waiting<R, F>(Option<BoxSlot<R, F>>);

impl<R, F: Future<Output = MethodResult>> Calls<R, F> {
    /// Creates an empty set, whose bytes count for a limit of all connections if there is one.
    pub(super) fn new(limit: Option<&HeldLimit>) -> Self {
        let turn = Arc::new(Turn::new());
        Self {
            started: VecDeque::new(),
            waiting: Concurrent::sharing(turn.clone()),
            turn,
            begins: false,
            waiting_first: false,
            idle: Vec::new(),
            held: limit.map_or_else(|| HeldPart::new(Arc::default()), HeldLimit::part),
        }
    }

    /// Starts a call of a message of so many bytes. Returns `reply` as the error if too
    /// many calls run already, in number or in bytes.
    pub(super) fn start(
        &mut self,
        limits: &ConnectionLimits,
        reply: R,
        bytes: usize,
        call: impl FnOnce() -> F,
    ) -> Result<(), R> {
        let before = self.held.bytes();
        let held = before.saturating_add(bytes);
        // A single message may be longer.
        let is_over = |limit| before > 0 && held > limit;
        if self.len() >= limits.enforced.concurrent {
            return Err(reply);
        }
        if is_over(limits.configured.call_bytes) {
            limits.report(Limit::CallBytes);
            if is_over(limits.enforced.call_bytes) {
                return Err(reply);
            }
        }
        if before > 0 && self.held.in_all() >= limits.enforced.call_bytes_in_all {
            return Err(reply);
        }
        if self.held.set(held, limits.configured.call_bytes_in_all) {
            limits.report(Limit::CallBytesInAll);
        }
        let mut slot = self.idle.pop().unwrap_or_else(|| {
            let slot = Slot { call: None, reply: None, bytes: 0 };
            Box::pin(slot)
        });
        slot.as_mut().fill(isolate("a method", call), reply, bytes);
        self.started.push_back(slot);
        if self.len() == limits.configured.concurrent {
            limits.report(Limit::Concurrent);
        }
        Ok(())
    }

    /// Begins the turn of the calls in a poll of the connection's task, with the first one
    /// that goes on.
    pub(super) fn begin_turn(&mut self) {
        self.begins = true;
    }

    /// Runs the calls until one ends. Pending also if there are none, and when their turn is
    /// over: then the task is woken for the next one.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(R, MethodResult)> {
        if self.is_empty() {
            return Poll::Pending;
        }
        if std::mem::take(&mut self.begins) {
            self.turn.begin(true);
            self.waiting_first = !self.waiting_first;
        }
        let ended = if self.waiting_first {
            self.poll_waiting(cx).or_else(|| self.poll_started(cx))
        } else {
            self.poll_started(cx).or_else(|| self.poll_waiting(cx))
        };
        ended.map_or(Poll::Pending, Poll::Ready)
    }

    fn poll_started(&mut self, cx: &mut Context<'_>) -> Option<(R, MethodResult)> {
        while let Some(mut slot) = self.started.pop_front() {
            if self.turn.is_over() {
                self.started.push_front(slot);
                yield_now(cx);
                return None;
            }
            let polled = slot.as_mut().poll(cx);
            self.turn.look();
            match polled {
                Poll::Ready(result) => {
                    if let Some(ended) = self.ended(slot, result) {
                        return Some(ended);
                    }
                }
                Poll::Pending => self.waiting.push(Waiting(Some(slot))),
            }
        }
        None
    }

    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Option<(R, MethodResult)> {
        while let Poll::Ready(Some((slot, result))) = self.waiting.poll_next(cx) {
            self.turn.look();
            if let Some(ended) = self.ended(slot, result) {
                return Some(ended);
            }
        }
        None
    }

    /// Takes the reply out of the slot of a call that has ended.
    fn ended(
        &mut self,
        mut slot: BoxSlot<R, F>,
        result: MethodResult,
    ) -> Option<(R, MethodResult)> {
        let (reply, bytes) = slot.as_mut().clear();
        self.held.set(self.held.bytes().saturating_sub(bytes), usize::MAX);
        if self.idle.len() < IDLE {
            self.idle.push(slot);
        }
        Some((reply?, result))
    }

    fn len(&self) -> usize {
        self.started.len() + self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs all calls to their ends and drops their results.
    pub(super) async fn finish(&mut self) {
        poll_fn(|cx| {
            self.begin_turn();
            while self.poll(cx).is_ready() {}
            if self.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Drops all calls. What panics in them meanwhile ends nothing else.
    pub(super) fn clear(&mut self) {
        drop_each("a call that was dropped", std::mem::take(&mut self.started));
        drop_each("a call that was dropped", self.waiting.take());
        self.held.set(0, usize::MAX);
    }
}

impl<R, F: Future<Output = MethodResult>> Slot<R, F> {
    /// Takes a call in, or `None` in place of one that panicked when it was made.
    fn fill(self: Pin<&mut Self>, call: Option<F>, reply: R, bytes: usize) {
        let mut slot = self.project();
        slot.call.set(call);
        *slot.reply = Some(reply);
        *slot.bytes = bytes;
    }

    /// Runs the call, and drops it at its end.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<MethodResult> {
        let mut slot = self.project();
        let Some(call) = slot.call.as_mut().as_pin_mut() else {
            return Poll::Ready(Err(panicked()));
        };
        let result = match isolate("a method", || call.poll(cx)) {
            Some(polled) => ready!(polled),
            None => Err(panicked()),
        };
        isolate("a method's values", || slot.call.set(None));
        Poll::Ready(result)
    }

    fn clear(self: Pin<&mut Self>) -> (Option<R>, usize) {
        let slot = self.project();
        (slot.reply.take(), std::mem::take(slot.bytes))
    }
}

impl<R, F: Future<Output = MethodResult>> Future for Waiting<R, F> {
    type Output = (BoxSlot<R, F>, MethodResult);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(mut slot) = self.0.take() else { return Poll::Pending };
        match slot.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready((slot, result)),
            Poll::Pending => {
                self.0 = Some(slot);
                Poll::Pending
            }
        }
    }
}

/// The answer to a call while too many run.
pub(super) fn too_many() -> PluginError {
    PluginError::new("Too many calls run at once")
}

/// The answer to a call while the plugin stops.
pub(super) fn stopping() -> PluginError {
    PluginError::new("The plugin is stopping")
}

/// Delivers an event. If the listener panics, others still get the event.
pub(super) fn notify(callback: Callback, payload: Arguments) {
    isolate("a listener", move || callback.call(payload));
}

/// Drops listeners that were removed. Not under a lock, since what a callback owns may run
/// any code when it is dropped.
pub(super) fn drop_listeners<T>(listeners: impl IntoIterator<Item = T>) {
    drop_each("a listener that was dropped", listeners);
}

/// Drops values one by one: two that panic would end the process otherwise.
fn drop_each<T>(what: &str, values: impl IntoIterator<Item = T>) {
    for value in values {
        isolate(what, || drop(value));
    }
}

fn panicked() -> PluginError {
    PluginError::new("The method panicked")
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{Ready, ready};
    use std::rc::Rc;
    use std::time::Duration;

    use connector_protocol::Limits;
    use futures_util::task::noop_waker;

    use super::*;
    use crate::runtime::Instant;

    /// Starts a call, and returns the place where it runs.
    fn start<F: Future<Output = MethodResult>>(
        calls: &mut Calls<u8, F>,
        call: impl FnOnce() -> F,
    ) -> *const Slot<u8, F> {
        let limits = ConnectionLimits::new(&Limits::default());
        calls.start(&limits, 1, 10, call).unwrap();
        &raw const **calls.started.back().unwrap()
    }

    #[test]
    fn a_call_that_returns_at_once_leaves_its_slot_to_the_next() {
        let waker = noop_waker();
        let cx = &mut Context::from_waker(&waker);
        let mut calls: Calls<u8, Ready<MethodResult>> = Calls::new(None);
        let first = start(&mut calls, || ready(Ok(None)));
        for _ in 0..3 {
            assert_eq!(calls.poll(cx), Poll::Ready((1, Ok(None))));
            assert_eq!((calls.held.bytes(), calls.poll(cx)), (0, Poll::Pending));
            assert_eq!(start(&mut calls, || ready(Ok(None))), first);
        }
    }

    /// A call that takes the time of a turn whenever it goes on, and counts that.
    fn busy(count: Rc<Cell<u32>>) -> impl Future<Output = MethodResult> + Unpin {
        poll_fn(move |cx| {
            count.set(count.get() + 1);
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(1) {
                std::hint::spin_loop();
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
    }

    #[test]
    fn calls_share_the_time_of_a_poll() {
        let waker = noop_waker();
        let cx = &mut Context::from_waker(&waker);
        let mut calls = Calls::new(None);
        let counts = [(); 8].map(|()| Rc::<Cell<u32>>::default());
        for count in &counts {
            start(&mut calls, || busy(count.clone()));
        }
        for turn in 1..=64 {
            calls.begin_turn();
            assert!(calls.poll(cx).is_pending());
            let went_on: u32 = counts.iter().map(|count| count.get()).sum();
            assert_eq!(went_on, turn, "one is enough for a turn");
            // Those that have begun do not keep the others waiting for ever.
            if turn == 16 {
                assert!(counts.iter().all(|count| count.get() > 0), "{counts:?}");
            }
        }
        assert!(counts.iter().all(|count| count.get() > 2), "{counts:?}");
    }

    #[test]
    fn a_call_that_cannot_be_made_is_answered() {
        let waker = noop_waker();
        let cx = &mut Context::from_waker(&waker);
        let mut calls: Calls<u8, Ready<MethodResult>> = Calls::new(None);
        start(&mut calls, || panic!("as wanted"));
        assert_eq!(calls.poll(cx), Poll::Ready((1, Err(panicked()))));
    }
}
