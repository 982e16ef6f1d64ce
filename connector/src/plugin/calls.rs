//! The running calls of one connection.

use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::Limit;
use connector_protocol::remix::{Arguments, Payload};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::{Callback, PluginError};
use crate::MaybeSend;
use crate::limits::{HeldInAll, HeldLimit, HeldPart};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::runtime::{BoxFuture, isolate, isolate_future};

/// The result of a method: its value as JSON, `None` for a method without one, or an error.
pub type MethodResult = Result<Option<Payload>, PluginError>;

/// The future of a call, from its start to its result.
pub(super) type RunningCall = BoxFuture<'static, MethodResult>;

/// Calls that run concurrently in the task of their connection, each with the reply
/// that answers it. A slow call does not delay others.
pub(super) struct Calls<R> {
    running: FuturesUnordered<BoxFuture<'static, Ended<R>>>,
    /// The bytes of the messages that they answer, which count for all engines of a plugin.
    held: HeldPart<Arc<HeldInAll>>,
}

/// A call that has ended.
struct Ended<R> {
    reply: R,
    bytes: usize,
    result: MethodResult,
}

impl<R: MaybeSend + 'static> Calls<R> {
    pub(super) fn new() -> Self {
        Self { running: FuturesUnordered::new(), held: HeldPart::new(Arc::default()) }
    }

    /// Counts the bytes for a limit of all connections.
    pub(super) fn counted(mut self, limit: &HeldLimit) -> Self {
        self.held = limit.part();
        self
    }

    /// Starts a call of a message of so many bytes. Returns `reply` as the error if too
    /// many calls run already, in number or in bytes.
    pub(super) fn start(
        &mut self,
        limits: &ConnectionLimits,
        reply: R,
        bytes: usize,
        call: impl FnOnce() -> RunningCall,
    ) -> Result<(), R> {
        let before = self.held.bytes();
        let held = before.saturating_add(bytes);
        // A single message may be longer.
        let is_over = |limit| before > 0 && held > limit;
        if self.running.len() >= limits.enforced.concurrent {
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
        let call = isolate("a method", call);
        self.running.push(Box::pin(async move {
            let mut result = None;
            if let Some(mut call) = call {
                result = isolate_future("a method", &mut call).await;
                isolate("a method's values", || drop(call));
            }
            let result = result.unwrap_or_else(|| Err(panicked()));
            Ended { reply, bytes, result }
        }));
        if self.running.len() == limits.configured.concurrent {
            limits.report(Limit::Concurrent);
        }
        Ok(())
    }

    /// Runs the calls until one ends. Pending also if there are none.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(R, MethodResult)> {
        match self.running.poll_next_unpin(cx) {
            Poll::Ready(Some(Ended { reply, bytes, result })) => {
                self.held.set(self.held.bytes().saturating_sub(bytes), usize::MAX);
                Poll::Ready((reply, result))
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Runs all calls to their ends and drops their results.
    pub(super) async fn finish(&mut self) {
        while self.running.next().await.is_some() {}
        self.held.set(0, usize::MAX);
    }

    /// Drops all calls. What panics in them meanwhile ends nothing else.
    pub(super) fn clear(&mut self) {
        drop_each("a call that was dropped", std::mem::take(&mut self.running));
        self.held.set(0, usize::MAX);
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
