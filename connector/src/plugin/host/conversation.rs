//! One connection to a plugin after the other, each from the dial to its end.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use connector_protocol::remix::{HostEvent, HostReply, Message, RemixError};
use connector_protocol::{CloseReason, Limits};
use futures_util::FutureExt;
use futures_util::future::{AbortHandle, abortable};
use tokio::time::{Sleep, sleep, timeout};

use super::handler::{HostHandler, HostRequest, target};
use super::state::{Inner, Span};
use super::{ConnectError, PluginStatus};
use crate::limits;
use crate::limits::Bounds;
use crate::plugin::calls::{Calls, MethodResult, isolate, notify, too_many};
use crate::plugin::{CLOSING, PluginConnector, Transit};

/// What the task of a hosted plugin owns.
pub(super) struct Conversation<C, H> {
    pub(super) connector: C,
    pub(super) inner: Arc<Inner>,
    name: String,
    handler: Arc<H>,
    /// What the last connection might cost, as the next one may.
    bounds: Bounds,
    transit: Transit,
    /// The plugin's calls to others.
    calls: Calls<(u64, HostReply)>,
    requests: HashMap<u64, Request>,
    last_request: u64,
    /// How the handshake ended.
    opened: Option<Result<(), ConnectError>>,
}

/// A call of the plugin to another one, as long as it runs.
struct Request {
    path: String,
    method: String,
    abort: AbortHandle,
}

impl<C, H> Drop for Conversation<C, H> {
    /// The task may be dropped at any time, and others wait for it.
    fn drop(&mut self) {
        self.inner.lost();
        self.inner.status.send_replace(PluginStatus::Disconnected);
    }
}

impl<C: PluginConnector, H: HostHandler> Conversation<C, H> {
    pub(super) fn new(connector: C, handler: H, inner: Arc<Inner>, limits: &Limits) -> Self {
        Self {
            name: connector.profile().name.clone(),
            connector,
            inner,
            handler: Arc::new(handler),
            bounds: Bounds::new(limits),
            transit: Transit::new(limits),
            calls: Calls::new(),
            requests: HashMap::new(),
            last_request: 0,
            opened: None,
        }
    }

    /// Connects and shakes hands, under the deadline for both.
    pub(super) async fn open(&mut self) -> Result<(), ConnectError> {
        let url = self.connector.profile().url.clone().ok_or(ConnectError::NoUrl)?;
        // Of the connection that is opened; the steps borrow all else.
        let bounds = Bounds::new(&self.bounds.limits);
        let late = |limit| bounds.passed_once(limit);
        let steps = async { Ok(self.connect(&url).await) };
        let opened = limits::in_time(&bounds.limits, late, steps).await;
        self.bounds = bounds;
        opened.unwrap_or_else(|reason| Err(ConnectError::Lost(reason)))
    }

    async fn connect(&mut self, url: &str) -> Result<(), ConnectError> {
        self.opened = None;
        self.transit = Transit::new(&self.bounds.limits);
        let connected = self.connector.connect(url, &mut self.transit).await;
        connected.map_err(ConnectError::Lost)?;
        self.inner.shared.update(|state| state.session.start(&mut state.out));
        let ended = self.run(|this| this.opened.take()).await;
        ended.unwrap_or_else(|reason| Err(ConnectError::Lost(reason)))
    }

    /// Serves the open connection to its end.
    pub(super) async fn serve(&mut self) -> CloseReason {
        let Err(reason) = self.run::<Infallible>(|_| None).await;
        reason
    }

    /// Tells everybody that the connection is gone, and drops what it asked
    /// for.
    pub(super) fn lost(&mut self) {
        self.inner.lost();
        self.calls.clear();
        self.requests.clear();
    }

    /// Counts that the connection has ended, if that was at a limit.
    pub(super) fn ended(&self, reason: &CloseReason) {
        self.bounds.ended(reason);
    }

    /// Ends the connection, if there is one.
    pub(super) async fn goodbye(&mut self, reason: &CloseReason) {
        let Self { connector, transit, .. } = self;
        let goodbye = poll_fn(|cx| connector.poll_disconnect(cx, reason, transit));
        // An end that cannot be told any more is no error.
        let _ = timeout(CLOSING, goodbye).await;
    }

    /// Serves the open connection until `done` or its end.
    async fn run<T>(
        &mut self,
        mut done: impl FnMut(&mut Self) -> Option<T>,
    ) -> Result<T, CloseReason> {
        // It is set before it is waited for.
        let mut timer = pin!(sleep(CLOSING));
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

    /// One round: what is to be sent, ended calls, time, one message. Whether
    /// there may be more to do at once.
    fn turn(
        &mut self,
        cx: &mut Context<'_>,
        mut timer: Pin<&mut Sleep>,
    ) -> Result<bool, CloseReason> {
        // Before looking at what there is to do: what comes later wakes.
        self.inner.shared.register(cx.waker());
        let (messages, deadline) = {
            let state = &mut *self.inner.shared.lock();
            (std::mem::take(&mut state.out), state.session.deadline())
        };
        for message in messages {
            self.connector.send(message, &mut self.transit)?;
        }
        let mut busy = false;
        if let Poll::Ready(((request, reply), result)) = self.calls.poll(cx) {
            self.requests.remove(&request);
            self.respond(reply, result);
            busy = true;
        }
        if let Some(deadline) = deadline {
            let deadline = self.inner.at(deadline);
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            if timer.poll(cx).is_ready() {
                self.tick();
                busy = true;
            }
        }
        if let Poll::Ready(message) = self.connector.poll_message(cx, &mut self.transit) {
            self.get_message(message?);
            busy = true;
        }
        Ok(busy)
    }

    fn tick(&self) {
        let now = self.inner.now();
        let state = &mut *self.inner.shared.lock();
        if let Some(expired) = state.session.tick(now, &mut state.out) {
            state.answer(expired);
        }
    }

    /// Takes a message of the plugin.
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
                isolate(|| handler.methods_learnt(plugin, &methods));
                self.opened = Some(Ok(()));
            }
            HostEvent::HandshakeRefused(text) => {
                self.opened = Some(Err(ConnectError::Refused(text)));
            }
            HostEvent::Answered(answer) => inner.shared.lock().answer(answer),
            HostEvent::Request { path, method, payload, reply } => {
                let request = HostRequest { from: plugin.clone(), path, method, payload };
                self.start(request, reply);
            }
            HostEvent::On { name, key } => self.subscribe(name, key, Span::On),
            HostEvent::Once { name, key } => self.subscribe(name, key, Span::Once),
            HostEvent::Off { name, key } => {
                inner.shared.lock().unsubscribe(&name, &key);
                isolate(|| handler.unsubscribed(plugin, &name, &key));
            }
            HostEvent::Emit { key, payload } => {
                let callbacks = inner.shared.lock().callbacks(&key);
                callbacks.iter().for_each(|callback| notify(callback, payload.clone()));
                isolate(|| handler.emitted(plugin, &key, &payload));
            }
            HostEvent::Cancel { path, method } => self.cancel(&path, method.as_deref()),
        }
    }

    /// Subscribes the plugin, and gives it the value that is remembered.
    fn subscribe(&self, name: String, key: String, span: Span) {
        self.inner.shared.lock().subscribe(name.clone(), key.clone(), span);
        let replay = isolate(|| self.handler.subscribed(&self.name, &name, &key)).flatten();
        if let Some(value) = replay {
            self.inner.shared.lock().notify(&name, &key, value);
        }
    }

    fn start(&mut self, request: HostRequest, reply: HostReply) {
        let path = request.path.clone();
        let method = request.method.clone();
        let canceled = RemixError::Canceled { method: method.clone(), from: self.name.clone() };
        let handler = self.handler.clone();
        let (call, abort) = abortable(async move { handler.call(request).await });
        let running =
            move || call.map(|result| result.unwrap_or_else(|_| Err(canceled.into()))).boxed();
        self.last_request += 1;
        match self.calls.start(&self.bounds, (self.last_request, reply), running) {
            Ok(()) => {
                self.requests.insert(self.last_request, Request { path, method, abort });
            }
            Err((_, reply)) => self.respond(reply, Err(too_many())),
        }
    }

    /// Drops the plugin's calls to the plugin at `path`, of one method or all.
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
