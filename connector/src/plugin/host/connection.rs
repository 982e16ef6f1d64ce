//! The connections to a plugin, one after the other, each from the dial to its end.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::remix::{Answer, HostEvent, HostReply, Message, RemixError, Ticket};
use connector_protocol::{CloseReason, Limits};
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, abortable};

use super::handler::{HostHandler, HostRequest, target};
use super::state::Inner;
use super::subscriptions::Span;
use super::{ConnectError, PluginStatus};
use crate::limits;
use crate::plugin::calls::{Calls, MethodResult, RunningCall, notify, too_many};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::plugin::{MessageIo, MessageLink, PluginConnector};
use crate::runtime::{Instant, Sleep, isolate, poll_alarm, sleep};

/// The connection to a hosted plugin, which its task owns.
pub(super) struct HostConnection<C: PluginConnector, H> {
    pub(super) connector: C,
    /// The link of the current connection, from the dial to its end.
    link: Option<C::Link>,
    pub(super) inner: Arc<Inner>,
    name: String,
    handler: Arc<H>,
    /// The limits of the current connection.
    limits: ConnectionLimits,
    io: MessageIo,
    /// The plugin's calls to other plugins.
    calls: Calls<(u64, HostReply)>,
    requests: HashMap<u64, Request>,
    last_request: u64,
    /// The result of the handshake, until it is taken.
    opened: Option<Result<(), ConnectError>>,
}

/// A running call of the plugin to another one.
struct Request {
    path: String,
    method: String,
    abort: AbortHandle,
}

impl<C: PluginConnector, H> Drop for HostConnection<C, H> {
    /// Ends the calls, since the task may be dropped at any time while others wait.
    fn drop(&mut self) {
        self.inner.disconnected(PluginStatus::Disconnected);
    }
}

impl<C: PluginConnector, H: HostHandler> HostConnection<C, H> {
    pub(super) fn new(connector: C, handler: H, inner: Arc<Inner>, limits: &Limits) -> Self {
        Self {
            name: connector.profile().name.clone(),
            connector,
            link: None,
            inner,
            handler: Arc::new(handler),
            limits: ConnectionLimits::new(limits),
            io: MessageIo::new(limits),
            calls: Calls::new(),
            requests: HashMap::new(),
            last_request: 0,
            opened: None,
        }
    }

    /// Connects and shakes hands, under the deadline for both.
    pub(super) async fn open(&mut self) -> Result<(), ConnectError> {
        let options = self.inner.shared.lock().options.clone();
        let url = options.url(self.connector.profile());
        // The new connection's limits are a variable, since the steps borrow `self`.
        let limits = ConnectionLimits::new(&options.limits);
        let report = |limit| limits.report_once(limit);
        self.io = MessageIo::new(&options.limits).heartbeat(options.heartbeat);
        let steps = async { Ok(self.connect(&url).await) };
        let opened = limits::with_handshake_deadline(&limits.configured, report, steps).await;
        self.limits = limits;
        opened.unwrap_or_else(|reason| Err(ConnectError::Lost(reason)))
    }

    async fn connect(&mut self, url: &str) -> Result<(), ConnectError> {
        self.opened = None;
        let link = self.link.insert(self.connector.connect(url).await?);
        poll_fn(|cx| link.poll_open_link(cx, &mut self.io)).await?;
        self.inner.shared.update(|state| state.session.start(&mut state.out));
        let ended = self.run(|this| this.opened.take()).await;
        ended.unwrap_or_else(|reason| Err(ConnectError::Lost(reason)))
    }

    /// Serves the open connection to its end.
    pub(super) async fn serve(&mut self) -> CloseReason {
        let Err(reason) = self.run::<Infallible>(|_| None).await;
        reason
    }

    /// Changes the status, then fails the calls to the plugin, and drops its calls to
    /// others.
    pub(super) fn disconnected(&mut self, status: PluginStatus) {
        self.inner.disconnected(status);
        self.calls.clear();
        self.requests.clear();
    }

    /// Counts the limit that ended the connection, if one did.
    pub(super) fn count_end(&self, reason: &CloseReason) {
        self.limits.count_end(reason);
    }

    /// Closes the connection, if there is one, and drops it.
    pub(super) async fn close(&mut self, reason: &CloseReason) {
        // It is dropped here, also if a silent peer does not let it close in time.
        let Some(mut link) = self.link.take() else { return };
        self.io.close(|cx, io| link.poll_close_link(cx, reason, io)).await;
    }

    /// Returns whether to connect again after the connection has ended for this reason.
    pub(super) fn reconnects_after(&self, reason: &CloseReason) -> bool {
        let link = self.link.as_ref();
        link.is_none_or(|link| self.connector.reconnects_after(link, reason))
    }

    /// Serves the open connection until `done` returns a value, or to its end.
    async fn run<T>(
        &mut self,
        mut done: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<T, CloseReason> {
        // The time is arbitrary: the timer is reset before it is polled.
        let mut timer = pin!(sleep(Duration::ZERO));
        poll_fn(|cx| {
            loop {
                if let Some(result) = done(self) {
                    return Poll::Ready(Ok(result));
                }
                match self.turn(cx, timer.as_mut()) {
                    Ok(true) => {}
                    Ok(false) => return Poll::Pending,
                    Err(reason) => return Poll::Ready(Err(reason)),
                }
            }
        })
        .await
    }

    /// Runs one round: answers ended calls, checks the deadline, sends messages, and
    /// handles one. Returns whether there was one. If not, everything waits, or the budget
    /// is spent: another round would begin the next one.
    fn turn(
        &mut self,
        cx: &mut Context<'_>,
        mut timer: Pin<&mut Sleep>,
    ) -> Result<bool, CloseReason> {
        // Register before checking the state, or a change in between would not wake us.
        self.inner.shared.register(cx.waker());
        while let Poll::Ready(((request, reply), result)) = self.calls.poll(cx) {
            self.requests.remove(&request);
            self.respond(reply, result);
        }
        while let Some(deadline) = self.deadline() {
            if poll_alarm(timer.as_mut(), deadline, cx).is_pending() {
                break;
            }
            self.tick();
        }
        let Some(link) = &mut self.link else { return Err(CloseReason::PeerClosed) };
        let messages = std::mem::take(&mut self.inner.shared.lock().out);
        for message in messages {
            link.send_message(message, &mut self.io)?;
        }
        let Poll::Ready(message) = link.poll_message(cx, &mut self.io) else {
            return Ok(false);
        };
        self.get_message(message?);
        Ok(true)
    }

    fn deadline(&self) -> Option<Instant> {
        let deadline = self.inner.shared.lock().session.deadline();
        deadline.and_then(|deadline| self.inner.at(deadline))
    }

    fn tick(&self) {
        let now = self.inner.now();
        let expired = {
            let state = &mut *self.inner.shared.lock();
            state.session.tick(now, &mut state.out)
        };
        self.inner.answer(expired);
    }

    /// Handles a message of the plugin.
    fn get_message(&mut self, message: Message) {
        let Self { inner, handler, name: plugin, .. } = &*self;
        let now = inner.now();
        let event = {
            let state = &mut *inner.shared.lock();
            state.session.handle(message, now, &mut state.out)
        };
        match event {
            HostEvent::Ignored => {}
            HostEvent::MethodsChanged(methods) => {
                isolate("a handler", || handler.methods_changed(plugin, &methods));
                self.opened = Some(Ok(()));
            }
            HostEvent::Reloaded(failed) => self.reloaded(failed),
            HostEvent::HandshakeRefused(text) => {
                self.opened = Some(Err(ConnectError::Refused(text)));
            }
            HostEvent::Answered(answer) => inner.answer([answer]),
            HostEvent::Request { path, method, payload, reply } => {
                let request = HostRequest { from: plugin.clone(), path, method, payload };
                self.start(request, reply);
            }
            HostEvent::On { name, key } => self.subscribe(name, key, Span::On),
            HostEvent::Once { name, key } => self.subscribe(name, key, Span::Once),
            HostEvent::Off { name, key } => {
                inner.shared.lock().subscriptions.remove(&name, &key);
                isolate("a handler", || handler.unsubscribed(plugin, &name, &key));
            }
            HostEvent::Emit { key, payload } => {
                let callbacks = inner.shared.lock().listeners.deliver(&key);
                callbacks.into_iter().for_each(|callback| notify(callback, payload.clone()));
                isolate("a handler", || handler.emitted(plugin, &key, &payload));
            }
            HostEvent::Cancel { path, method } => self.cancel(&path, method.as_deref()),
        }
    }

    /// Ends what the plugin had begun before it was loaded again.
    fn reloaded(&mut self, failed: Vec<Answer<Ticket>>) {
        self.inner.shared.lock().subscriptions.clear();
        self.calls.clear();
        self.requests.clear();
        isolate("a handler", || self.handler.reloaded(&self.name));
        self.inner.answer(failed);
    }

    /// Subscribes the plugin, and sends it the value that the handler remembers.
    fn subscribe(&self, name: String, key: String, span: Span) {
        let subscribed = self.inner.shared.lock().subscribe((&name, &key), span, &self.limits);
        if !subscribed {
            return;
        }
        let replay =
            isolate("a handler", || self.handler.subscribed(&self.name, &name, &key)).flatten();
        if let Some(value) = replay {
            self.inner.shared.lock().notify(&name, &key, value);
        }
    }

    fn start(&mut self, request: HostRequest, reply: HostReply) {
        let payload = request.payload.as_payload().as_str();
        let bytes = request.path.len() + request.method.len() + payload.len() + reply.size();
        let path = request.path.clone();
        let method = request.method.clone();
        let canceled = RemixError::Canceled { method: method.clone(), from: self.name.clone() };
        let handler = self.handler.clone();
        let (call, abort) = abortable(async move { handler.call(request).await });
        let running = move || -> RunningCall {
            Box::pin(call.map(|result| result.unwrap_or_else(|_| Err(canceled.into()))))
        };
        self.last_request += 1;
        let reply = (self.last_request, reply);
        match self.calls.start(&self.limits, reply, bytes, running) {
            Ok(()) => {
                self.requests.insert(self.last_request, Request { path, method, abort });
            }
            Err((_, reply)) => self.respond(reply, Err(too_many())),
        }
    }

    /// Aborts the plugin's calls to the plugin at `path`, of one method or of all.
    fn cancel(&self, path: &str, method: Option<&str>) {
        for request in self.requests.values() {
            let is_meant = target(&request.path) == target(path)
                && method.is_none_or(|method| method == request.method);
            if is_meant {
                request.abort.abort();
            }
        }
    }

    fn respond(&self, reply: HostReply, result: MethodResult) {
        let state = &mut *self.inner.shared.lock();
        let result = result.map_err(|error| error.into_text());
        state.session.respond(reply, result, &mut state.out);
    }
}
