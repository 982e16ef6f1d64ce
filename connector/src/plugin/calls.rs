//! The calls that run for one peer.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use connector_protocol::Limit;
use connector_protocol::remix::{Arguments, Payload};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};

use super::bounds::Bounds;
use super::{Callback, PluginError};
use crate::MaybeSend;
use crate::runtime::BoxFuture;

/// How a method ends: with its result, if it has one, or with a text.
pub type MethodResult = Result<Option<Payload>, PluginError>;

/// A call, from its start to its answer.
pub(super) type RunningCall = BoxFuture<'static, MethodResult>;

/// Calls that run side by side in the task of their connection, each with the
/// right to answer it. A slow one holds up no other.
pub(super) struct Calls<R> {
    running: FuturesUnordered<BoxFuture<'static, (R, MethodResult)>>,
}

impl<R: MaybeSend + 'static> Calls<R> {
    pub(super) fn new() -> Self {
        Self { running: FuturesUnordered::new() }
    }

    /// Runs a call; the result gives `reply` back if too many run already.
    pub(super) fn start(
        &self,
        bounds: &Bounds,
        reply: R,
        call: impl FnOnce() -> RunningCall,
    ) -> Result<(), R> {
        if self.running.len() >= bounds.enforced.concurrent {
            return Err(reply);
        }
        let call = catch_unwind(AssertUnwindSafe(call));
        self.running.push(Box::pin(async move {
            let result = match call {
                Ok(call) => AssertUnwindSafe(call).catch_unwind().await,
                Err(panic) => Err(panic),
            };
            (reply, result.unwrap_or_else(|panic| Err(panicked(&*panic))))
        }));
        if self.running.len() == bounds.limits.concurrent {
            bounds.reached(Limit::Concurrent);
        }
        Ok(())
    }

    /// Runs the calls until one has ended. Pending as well while none runs.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(R, MethodResult)> {
        match self.running.poll_next_unpin(cx) {
            Poll::Ready(Some(ended)) => Poll::Ready(ended),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    /// Runs all calls to their ends. Nobody waits for the answers any more.
    pub(super) async fn finish(&mut self) {
        while self.running.next().await.is_some() {}
    }

    pub(super) fn clear(&mut self) {
        self.running.clear();
    }
}

/// What is answered when too many calls run.
pub(super) fn too_many() -> PluginError {
    PluginError::new("Too many calls run at once")
}

/// Delivers an event. A listener that panics does not keep it from others.
pub(super) fn notify(callback: &Callback, payload: Arguments) {
    isolate(|| callback.call(payload));
}

/// Runs what is the user's. If it panics there is no result, and the
/// connection goes on.
pub(super) fn isolate<T>(run: impl FnOnce() -> T) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(run));
    result.inspect_err(|panic| drop(panicked(&**panic))).ok()
}

fn panicked(panic: &(dyn Any + Send)) -> PluginError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or_default(), "a method or a listener panicked");
    PluginError::new("The method panicked")
}
