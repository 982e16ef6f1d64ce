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

use super::candidates::Candidates;
use super::handler::{HostHandler, HostRequest, target};
use super::state::Inner;
use super::subscriptions::Span;
use super::{ConnectError, PluginStatus};
use crate::plugin::PluginConnector;
use crate::plugin::calls::{Calls, MethodResult, RunningCall, notify, too_many};
use crate::plugin::carrier::Carrier;
use crate::plugin::connection_limits::ConnectionLimits;
use crate::runtime::{Instant, Judgement, Sleep, isolate, sleep};

/// What panics are logged of.
pub(super) const CONNECTOR: &str = "a plugin connector";

/// The connection to a hosted plugin, which its task owns.
pub(super) struct HostConnection<C: PluginConnector, H> {
    pub(super) connector: C,
    /// The link of the current connection, from the dial to its end.
    pub(super) carrier: Option<Carrier<C::Link>>,
    /// Peers that may be the plugin, if that connects by itself.
    pub(super) candidates: Candidates<C::Link>,
    pub(super) inner: Arc<Inner>,
    name: String,
    handler: Arc<H>,
    /// The limits of the current connection.
    pub(super) limits: ConnectionLimits,
    /// The plugin's calls to other plugins.
    pub(super) calls: Calls<(u64, HostReply)>,
    requests: HashMap<u64, Request>,
    last_request: u64,
    /// The result of the handshake, until it is taken.
    pub(super) opened: Option<Result<(), ConnectError>>,
    judgement: Judgement,
    /// Somebody waits until the plugin's calls are answered.
    is_awaited: bool,
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
            carrier: None,
            candidates: Candidates::default(),
            inner,
            handler: Arc::new(handler),
            limits: ConnectionLimits::new(limits),
            calls: Calls::new(None),
            requests: HashMap::new(),
            last_request: 0,
            opened: None,
            judgement: Judgement::default(),
            is_awaited: false,
        }
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
        let Some(mut carrier) = self.carrier.take() else { return };
        carrier.close(reason).await;
        isolate("a link that was dropped", || drop(carrier));
    }

    /// Returns whether to connect again after the connection has ended for this reason.
    pub(super) fn reconnects_after(&self, reason: &CloseReason) -> bool {
        let link = self.carrier.as_ref().map(Carrier::link);
        link.is_none_or(|link| {
            let reconnects = isolate(CONNECTOR, || self.connector.reconnects_after(link, reason));
            reconnects.unwrap_or_default()
        })
    }

    /// Serves the open connection until `done` returns a value, or to its end.
    pub(super) async fn run<T>(
        &mut self,
        mut done: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<T, CloseReason> {
        // The time is arbitrary: the timer is reset before it is polled.
        let mut timer = pin!(sleep(Duration::ZERO));
        poll_fn(|cx| {
            self.calls.begin_turn();
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

    /// Runs one round: answers ended calls, sends messages, and handles one, or looks at the
    /// clock. Returns whether there is more to do at once. If not, everything waits, or the
    /// budget is spent: another round would begin the next one.
    fn turn(&mut self, cx: &mut Context<'_>, timer: Pin<&mut Sleep>) -> Result<bool, CloseReason> {
        // Register before checking the state, or a change in between would not wake us.
        self.inner.shared.register(cx.waker());
        let held_back = self.answer_ended(cx)?;
        let Some(carrier) = &mut self.carrier else { return Err(CloseReason::PeerClosed) };
        if let Poll::Ready(message) = carrier.poll_message(cx) {
            self.get_message(message?);
            return Ok(true);
        }
        // Behind what has arrived: it may be the answer.
        let is_due = self
            .deadline()
            .is_some_and(|deadline| self.judgement.poll(timer, deadline, cx).is_ready());
        if is_due {
            self.tick();
        }
        let Some(carrier) = &self.carrier else { return Err(CloseReason::PeerClosed) };
        if self.is_awaited && self.calls.is_empty() && carrier.is_empty() {
            self.tell_finished();
        }
        let goes_on = carrier.go_on()? || is_due;
        Ok(goes_on || held_back && !carrier.is_clogged())
    }

    /// Answers the calls that have ended, and sends the answers. Returns `true` if further
    /// ones have to wait until the plugin has read some: each may be as long as it likes.
    fn answer_ended(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        loop {
            let is_clogged = || self.carrier.as_ref().is_some_and(Carrier::is_clogged);
            let held_back = !self.calls.is_empty() && is_clogged();
            let ended = if held_back { Poll::Pending } else { self.calls.poll(cx) };
            let Poll::Ready(((request, reply), result)) = ended else {
                self.send_pending(None)?;
                return Ok(held_back);
            };
            self.requests.remove(&request);
            self.send_pending(Some((reply, result)))?;
        }
    }

    /// Tells those who wait for it that the plugin's calls are answered.
    fn tell_finished(&self) {
        let waiting = std::mem::take(&mut self.inner.shared.lock().finishing);
        for finished in waiting {
            // Nobody may wait any more.
            let _ = finished.send(());
        }
    }

    /// Sends the messages of the handles and an answer, if there is room.
    fn send_pending(
        &mut self,
        answer: Option<(HostReply, MethodResult)>,
    ) -> Result<(), CloseReason> {
        let Some(carrier) = &mut self.carrier else { return Err(CloseReason::PeerClosed) };
        {
            let state = &mut *self.inner.shared.lock();
            if let Some((reply, result)) = answer {
                state.respond(reply, result);
            }
            carrier.take(&mut state.out);
            self.is_awaited = !state.finishing.is_empty();
        }
        carrier.send()
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
    pub(super) fn get_message(&mut self, message: Message) {
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
        isolate("a handler", || self.handler.reloaded(&self.name));
        self.calls.clear();
        self.requests.clear();
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
        isolate("a handler", || self.handler.canceled(&self.name, path, method));
        for request in self.requests.values() {
            let is_meant = target(&request.path) == target(path)
                && method.is_none_or(|method| method == request.method);
            if is_meant {
                request.abort.abort();
            }
        }
    }

    fn respond(&self, reply: HostReply, result: MethodResult) {
        self.inner.shared.lock().respond(reply, result);
    }
}
