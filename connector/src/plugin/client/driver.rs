//! The task of a plugin's connection.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::remix::{Call, Message, PluginEvent, Reply};
use connector_protocol::{CloseReason, Limit, Limits};

use super::PluginClient;
use super::state::{Inner, Loaded};
use crate::plugin::bounds::Bounds;
use crate::plugin::calls::{Calls, MethodResult, RunningCall, notify, too_many};
use crate::plugin::{CLOSING, ClientConnector, PluginCall, PluginMethods, Transit};
use crate::runtime::timeout;
use crate::{MaybeSend, limits};

/// A new connection: its handle, and the future that serves it to its end.
pub(in crate::plugin) fn drive<C: ClientConnector, M: PluginMethods>(
    connector: C,
    methods: Arc<M>,
    transit: Transit,
    limits: &Limits,
) -> (PluginClient, impl Future<Output = CloseReason> + MaybeSend + use<C, M>) {
    let inner = Inner::new(methods.methods(), Bounds::new(limits));
    let client = PluginClient { inner: Arc::new(inner) };
    let driver =
        Driver { connector, methods, transit, calls: Calls::new(), client: client.clone() };
    (client, driver.run())
}

struct Driver<C, M> {
    connector: C,
    methods: Arc<M>,
    transit: Transit,
    /// Those without a reply are the hooks.
    calls: Calls<Option<Reply>>,
    client: PluginClient,
}

/// Tells the handles that the connection has ended, also when its task is
/// dropped.
struct End(Arc<Inner>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.ended(&CloseReason::Stopping);
    }
}

impl<C: ClientConnector, M: PluginMethods> Driver<C, M> {
    async fn run(mut self) -> CloseReason {
        let end = End(self.client.inner.clone());
        let Err(reason) = self.converse().await;
        tracing::debug!(%reason, "an engine's connection has ended");
        end.0.ended(&reason);
        let bounds = &end.0.bounds;
        bounds.ended(&reason);
        let Self { connector, transit, calls, .. } = &mut self;
        let goodbye = poll_fn(|cx| connector.poll_close(cx, &reason, transit));
        // An end that cannot be told any more is no error. What has begun is
        // not broken off.
        let drained = timeout(bounds.limits.drain, calls.finish());
        let (_, drained) = tokio::join!(timeout(CLOSING, goodbye), drained);
        if drained.is_none() {
            bounds.reached(Limit::Drain);
        }
        reason
    }

    /// From the opening to the end.
    async fn converse(&mut self) -> Result<Infallible, CloseReason> {
        let inner = self.client.inner.clone();
        let opened = poll_fn(|cx| {
            inner.shared.register(cx.waker());
            self.follow_orders()?;
            self.connector.poll_open(cx, &mut self.transit)
        });
        limits::in_time(&inner.bounds.limits, |limit| inner.bounds.passed_once(limit), opened)
            .await?;
        self.client.inner.shared.update(|state| state.session.start(&mut state.out));
        Err(poll_fn(|cx| self.poll(cx)).await)
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<CloseReason> {
        loop {
            // Before looking at what there is to do: what comes later wakes.
            self.client.inner.shared.register(cx.waker());
            if let Err(reason) = self.follow_orders() {
                return Poll::Ready(reason);
            }
            let mut idle = true;
            if let Poll::Ready((reply, result)) = self.calls.poll(cx) {
                self.respond(reply, result);
                idle = false;
            }
            match self.connector.poll_message(cx, &mut self.transit) {
                Poll::Ready(Ok(message)) => self.handle(message),
                Poll::Ready(Err(reason)) => return Poll::Ready(reason),
                Poll::Pending if idle => return Poll::Pending,
                Poll::Pending => {}
            }
        }
    }

    /// Sends what the handles want to be sent, then looks whether they want the
    /// end.
    fn follow_orders(&mut self) -> Result<(), CloseReason> {
        let (messages, close) = {
            let state = &mut *self.client.inner.shared.lock();
            (std::mem::take(&mut state.out), state.close.clone())
        };
        for message in messages {
            self.connector.send(message, &mut self.transit)?;
        }
        close.map_or(Ok(()), Err)
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
                callbacks.iter().for_each(|callback| notify(callback, payload.clone()));
            }
        }
    }

    fn loaded(&mut self, loaded: Loaded) {
        tracing::debug!(plugin = loaded.name, "an engine has shaken hands");
        self.client.inner.status.send_modify(|status| status.loaded = Some(loaded));
        let (methods, client) = (self.methods.clone(), self.client.clone());
        let activated = move || -> RunningCall {
            Box::pin(async move {
                methods.activated(client).await;
                Ok(None)
            })
        };
        // The first call of a connection is never one too many.
        let _ = self.calls.start(&self.client.inner.bounds, None, activated);
    }

    fn start(&mut self, call: Call) {
        let Call { method, payload, request_info, reply } = call;
        let call = PluginCall { method, payload, request_info, client: self.client.clone() };
        let methods = self.methods.clone();
        let running = move || -> RunningCall { Box::pin(async move { methods.call(call).await }) };
        if let Err(reply) = self.calls.start(&self.client.inner.bounds, Some(reply), running) {
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
