//! The task of a plugin's connection.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::remix::{Call, Message, PluginEvent, Reply};
use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit, Limits};

use super::PluginClient;
use super::state::{Inner, Loaded};
use crate::plugin::calls::{Calls, MethodResult, RunningCall, notify, stopping, too_many};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::{ClientConnector, MessageIo, PluginCall, PluginMethods};
use crate::runtime::{Instant, timeout};
use crate::{MaybeSend, limits};

/// Creates a connection: its handle, and the future that serves it to its end.
pub(in crate::plugin) fn drive<C: ClientConnector, M: PluginMethods>(
    connector: C,
    methods: Arc<M>,
    io: MessageIo,
    limits: &Limits,
) -> (PluginClient, impl Future<Output = CloseReason> + MaybeSend + use<C, M>) {
    let calls = match io.held_limit() {
        Some(limit) => Calls::new().counted(limit),
        None => Calls::new(),
    };
    let inner = Inner::new(methods.methods(), ConnectionLimits::new(limits));
    let client = PluginClient { inner: Arc::new(inner) };
    let driver = Driver { connector, methods, io, calls, client: client.clone(), stops: false };
    (client, driver.run())
}

struct Driver<C, M> {
    connector: C,
    methods: Arc<M>,
    io: MessageIo,
    /// The running calls. Those without a reply are hooks.
    calls: Calls<Option<Reply>>,
    client: PluginClient,
    /// Running calls are still answered, then the connection ends.
    stops: bool,
}

/// A guard that ends the connection for its handles, also when the task is dropped.
struct EndGuard(Arc<Inner>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        self.0.end(&CloseReason::Stopping);
    }
}

impl<C: ClientConnector, M: PluginMethods> Driver<C, M> {
    async fn run(mut self) -> CloseReason {
        let end = EndGuard(self.client.inner.clone());
        let Err(mut reason) = self.serve().await;
        let limits = &end.0.limits;
        let start = Instant::now();
        if reason == CloseReason::Stopping
            && !self.calls.is_empty()
            && let Some(ended) = timeout(limits.configured.drain, self.drain()).await
        {
            reason = ended;
        }
        tracing::debug!(reason = %escaped(&reason), "an engine's connection has ended");
        end.0.end(&reason);
        limits.count_end(&reason);
        let Self { connector, io, calls, .. } = &mut self;
        let goodbye = io.close(|cx, io| connector.poll_close_link(cx, &reason, io));
        // Calls that run may end, within the limit.
        let rest = limits.configured.drain.saturating_sub(start.elapsed());
        let ((), drained) = tokio::join!(goodbye, timeout(rest, calls.finish()));
        if drained.is_none() {
            limits.report(Limit::Drain);
            calls.clear();
        }
        reason
    }

    /// Answers the calls that run, and refuses further ones. Returns the reason of the
    /// end: that of the stop, unless the connection ends before.
    async fn drain(&mut self) -> CloseReason {
        self.stops = true;
        let drained = poll_fn(|cx| match self.poll(cx) {
            Poll::Pending if self.calls.is_empty() => Poll::Ready(CloseReason::Stopping),
            ended => ended,
        });
        drained.await
    }

    /// Opens the connection and serves it to its end.
    async fn serve(&mut self) -> Result<Infallible, CloseReason> {
        let inner = self.client.inner.clone();
        let opened = poll_fn(|cx| {
            inner.shared.register(cx.waker());
            self.send_pending()?;
            self.connector.poll_open_link(cx, &mut self.io)
        });
        limits::with_handshake_deadline(
            &inner.limits.configured,
            |limit| inner.limits.report_once(limit),
            opened,
        )
        .await?;
        self.client.inner.shared.update(|state| state.session.start(&mut state.out));
        Err(poll_fn(|cx| self.poll(cx)).await)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        loop {
            // Register before checking the state, or a change in between would not wake us.
            self.client.inner.shared.register(cx.waker());
            while let Poll::Ready((reply, result)) = self.calls.poll(cx) {
                self.respond(reply, result);
            }
            if let Err(reason) = self.send_pending() {
                return Poll::Ready(reason);
            }
            match self.connector.poll_message(cx, &mut self.io) {
                Poll::Ready(Ok(message)) => self.handle(message),
                Poll::Ready(Err(reason)) => return Poll::Ready(reason),
                // Its budget may be spent. To ask again would be to begin another.
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Sends the messages of the handles. Fails if a handle closed the connection.
    fn send_pending(&mut self) -> Result<(), CloseReason> {
        let (messages, close) = {
            let state = &mut *self.client.inner.shared.lock();
            (std::mem::take(&mut state.out), state.close.clone())
        };
        for message in messages {
            self.connector.send_message(message, &mut self.io)?;
        }
        match close {
            Some(reason) if !(self.stops && reason == CloseReason::Stopping) => Err(reason),
            _ => Ok(()),
        }
    }

    fn handle(&mut self, message: Message) {
        let inner = &self.client.inner;
        let event = {
            let state = &mut *inner.shared.lock();
            state.session.handle(message, &mut state.out)
        };
        match event {
            PluginEvent::Ignored => {}
            PluginEvent::Loaded { name, engine } => self.loaded(Loaded { name, engine }),
            PluginEvent::Call(call) => self.start(call),
            PluginEvent::Answered(answer) => inner.shared.lock().answer(answer),
            PluginEvent::Notified { payload, listeners, .. } => {
                let callbacks = inner.shared.lock().callbacks(&listeners);
                callbacks.into_iter().for_each(|callback| notify(callback, payload.clone()));
            }
        }
    }

    fn loaded(&mut self, loaded: Loaded) {
        tracing::debug!(plugin = loaded.name, "an engine has shaken hands");
        self.client.inner.status.send_modify(|status| status.loaded = Some(loaded));
        let methods = self.methods.clone();
        let client = self.client.clone();
        let activated = move || -> RunningCall {
            Box::pin(async move {
                methods.activated(client).await;
                Ok(None)
            })
        };
        // It cannot fail, since this is the first call of the connection.
        let _ = self.calls.start(&self.client.inner.limits, None, 0, activated);
    }

    fn start(&mut self, call: Call) {
        let Call { method, payload, request_info, reply } = call;
        if self.stops {
            return self.respond(Some(reply), Err(stopping()));
        }
        let bytes = method.len() + payload.as_payload().as_str().len() + reply.size();
        let call = PluginCall { method, payload, request_info, client: self.client.clone() };
        let methods = self.methods.clone();
        let running = move || -> RunningCall { Box::pin(async move { methods.call(call).await }) };
        let limits = &self.client.inner.limits;
        if let Err(reply) = self.calls.start(limits, Some(reply), bytes, running) {
            self.respond(reply, Err(too_many()));
        }
    }

    fn respond(&self, reply: Option<Reply>, result: MethodResult) {
        if let Some(reply) = reply {
            let state = &mut *self.client.inner.shared.lock();
            let result = result.map_err(|error| error.into_text());
            state.session.respond(reply, result, &mut state.out);
        }
    }
}
