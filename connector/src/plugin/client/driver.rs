//! The task of a plugin's connection.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::remix::{
    Arguments, Call, ListenerId, Message, Payload, PluginEvent as Event, Profile, Reply,
};
use connector_protocol::text::escaped;
use connector_protocol::{CloseReason, Limit};

use super::PluginClient;
use super::state::{Inner, Loaded};
use crate::dispatch::json_weight;
use crate::plugin::calls::{Calls, MethodResult, notify, stopping, too_many};
use crate::plugin::carrier::Carrier;
use crate::plugin::values::arguments::ArgumentReader;
use crate::plugin::warnings::{Warnings, warn_if};
use crate::plugin::{ClientConnector, MessageIo, PluginCall, PluginEvent, PluginMethods};
use crate::runtime::{Instant, isolate_future, timeout};
use crate::{MaybeSend, limits};

/// The question of an engine whether it may deactivate the plugin.
const CAN_DEACTIVATE: &str = "canDeactivate";
/// What panics and errors are logged of.
const ACTIVATED: &str = "a hook for the activation";
const DEACTIVATED: &str = "a hook for the deactivation";
const LISTENER: &str = "a listener";

/// Serves a client's connection to its end.
pub(super) fn drive<C: ClientConnector, M: PluginMethods>(
    client: PluginClient,
    connector: C,
    methods: Arc<M>,
    io: MessageIo,
) -> impl Future<Output = CloseReason> + MaybeSend + use<C, M> {
    let calls = Calls::new(io.held_limit());
    let listens_to = methods.listens_to();
    let perform = move |work| perform(methods.clone(), work);
    let listeners = HashMap::new();
    let driver = Driver {
        carrier: Carrier::new(connector, io),
        perform,
        calls,
        client,
        listens_to,
        listeners,
        stops: false,
        half_closed: false,
        warnings: Warnings::default(),
    };
    driver.run()
}

struct Driver<C, P, F> {
    carrier: Carrier<C>,
    /// Starts a piece of the plugin's work.
    perform: P,
    calls: Calls<Purpose, F>,
    client: PluginClient,
    listens_to: Vec<(String, String)>,
    /// The plugin's own listeners, by their positions in `listens_to`.
    listeners: HashMap<ListenerId, usize>,
    /// Running calls are still answered, then the connection ends.
    stops: bool,
    /// The engine sends nothing more, and may still read.
    half_closed: bool,
    warnings: Warnings,
}

/// A piece of a plugin's work.
enum Work {
    Call(usize, PluginCall),
    Event(usize, PluginEvent),
    MayDeactivate(Arguments, PluginClient),
    Activated(PluginClient),
    Deactivated(PluginClient),
}

/// What becomes of the result of a piece of work.
enum Purpose {
    Answer(Reply),
    /// An error is logged.
    Log(&'static str),
}

/// Does a piece of a plugin's work.
async fn perform<M: PluginMethods>(methods: Arc<M>, work: Work) -> MethodResult {
    match work {
        Work::Call(index, call) => methods.call(index, call).await,
        Work::Event(index, event) => methods.notified(index, event).await.map(|()| None),
        Work::Activated(client) => methods.activated(client).await.map(|()| None),
        Work::Deactivated(client) => methods.deactivated(client).await.map(|()| None),
        Work::MayDeactivate(payload, client) => {
            let from: Profile =
                ArgumentReader::new(CAN_DEACTIVATE, &payload, client.limits()).next(None)?;
            let may = methods.can_deactivate(&from).await;
            Ok(Some(Payload::of(&may)?))
        }
    }
}

/// A guard that ends the connection for its handles, also when the task is dropped. It is
/// dropped behind everything else.
struct EndGuard(Arc<Inner>);

impl Drop for EndGuard {
    fn drop(&mut self) {
        self.0.end(&CloseReason::Stopping);
        self.0.status.send_modify(|status| status.gone = true);
    }
}

impl<C, P, F> Driver<C, P, F>
where
    C: ClientConnector,
    P: Fn(Work) -> F,
    F: Future<Output = MethodResult>,
{
    async fn run(mut self) -> CloseReason {
        let end = EndGuard(self.client.inner.clone());
        let Err(mut reason) = self.serve().await;
        let limits = &end.0.limits;
        let start = Instant::now();
        self.half_closed = reason == CloseReason::PeerClosed && self.carrier.is_half_closed();
        if (reason == CloseReason::Stopping || self.half_closed)
            && !self.calls.is_empty()
            && let Some(ended) = timeout(limits.configured.drain, self.drain(&reason)).await
        {
            reason = ended;
        }
        if self.carrier.is_abandoned() {
            self.calls.clear();
        }
        tracing::debug!(reason = %escaped(&reason), "an engine's connection has ended");
        end.0.end(&reason);
        limits.count_end(&reason);
        let was_loaded = self.client.name().is_some();
        let Self { carrier, calls, .. } = &mut self;
        let goodbye = carrier.close(&reason);
        // Calls that run may end, within the limit.
        let rest = limits.configured.drain.saturating_sub(start.elapsed());
        let ((), drained) = tokio::join!(goodbye, timeout(rest, calls.finish()));
        if drained.is_none() {
            limits.report(Limit::Drain);
            calls.clear();
        }
        if was_loaded {
            let rest = limits.configured.drain.saturating_sub(start.elapsed());
            self.deactivated(rest).await;
        }
        reason
    }

    /// Runs the hook for the end, for at most this long.
    async fn deactivated(&mut self, rest: Duration) {
        let deactivated = (self.perform)(Work::Deactivated(self.client.clone()));
        match timeout(rest, isolate_future(DEACTIVATED, deactivated)).await {
            Some(Some(result)) => self.log(DEACTIVATED, result),
            // A panic is logged already.
            Some(None) => {}
            None => self.client.inner.limits.report(Limit::Drain),
        }
    }

    /// Answers the calls that run, and refuses further ones. Returns the reason of the
    /// end: `reason`, unless the connection ends before.
    async fn drain(&mut self, reason: &CloseReason) -> CloseReason {
        self.stops = true;
        let drained = poll_fn(|cx| match self.poll(cx) {
            Poll::Pending if self.calls.is_empty() => Poll::Ready(reason.clone()),
            ended => ended,
        });
        drained.await
    }

    /// Opens the connection and serves it to its end.
    async fn serve(&mut self) -> Result<Infallible, CloseReason> {
        let inner = self.client.inner.clone();
        let opened = poll_fn(|cx| {
            inner.shared.register(cx.waker());
            self.send_pending(None)?;
            self.carrier.poll_open(cx)
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
        self.calls.begin_turn();
        loop {
            match self.turn(cx) {
                Ok(true) => {}
                Ok(false) => return Poll::Pending,
                Err(reason) => return Poll::Ready(reason),
            }
        }
    }

    /// Runs one round: answers ended calls, sends messages, and handles one. Returns whether
    /// there is more to do at once. If not, everything waits, or the budget is spent: another
    /// round would begin the next one.
    fn turn(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        // Register before checking the state, or a change in between would not wake us.
        self.client.inner.shared.register(cx.waker());
        let held_back = self.answer_ended(cx)?;
        match self.carrier.poll_message(cx) {
            Poll::Ready(Ok(message)) => {
                self.handle(message);
                return Ok(true);
            }
            // That is known. What is queued was sent, and an engine that also stops reading
            // wakes the task.
            Poll::Ready(Err(CloseReason::PeerClosed)) if self.half_closed => {}
            Poll::Ready(Err(reason)) => return Err(reason),
            Poll::Pending => {}
        }
        Ok(self.carrier.go_on()? || held_back && !self.carrier.is_clogged())
    }

    /// Answers the calls that have ended, and sends the answers. Returns `true` if further
    /// ones have to wait until the engine has read some: each may be as long as it likes.
    fn answer_ended(&mut self, cx: &mut Context<'_>) -> Result<bool, CloseReason> {
        loop {
            let held_back = !self.calls.is_empty() && self.carrier.is_clogged();
            let ended = if held_back { Poll::Pending } else { self.calls.poll(cx) };
            let Poll::Ready((purpose, result)) = ended else {
                self.send_pending(None)?;
                return Ok(held_back);
            };
            let answer = match purpose {
                Purpose::Answer(reply) => Some((reply, result)),
                Purpose::Log(what) => {
                    self.log(what, result);
                    None
                }
            };
            self.send_pending(answer)?;
        }
    }

    /// Sends the messages of the handles and an answer, if there is room. Fails if a handle
    /// closed the connection, behind the last of them.
    fn send_pending(&mut self, answer: Option<(Reply, MethodResult)>) -> Result<(), CloseReason> {
        let close = {
            let state = &mut *self.client.inner.shared.lock();
            if let Some((reply, result)) = answer {
                state.respond(reply, result);
            }
            self.carrier.take(&mut state.out);
            state.close.clone()
        };
        self.carrier.send()?;
        match close {
            Some(reason)
                if self.carrier.is_empty() && !(self.stops && reason == CloseReason::Stopping) =>
            {
                Err(reason)
            }
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
            Event::Ignored => {}
            Event::Loaded { name, engine } => self.loaded(Loaded { name, engine }),
            Event::Call(call) => self.call(call),
            Event::MayDeactivate { payload, reply } => {
                let bytes = weight(&payload) + reply.size();
                self.answer(reply, bytes, Work::MayDeactivate(payload, self.client.clone()));
            }
            Event::Answered(answer) => inner.shared.lock().answer(answer),
            Event::Notified { payload, listeners, .. } => {
                self.notified(&payload, &listeners);
            }
        }
    }

    fn loaded(&mut self, loaded: Loaded) {
        tracing::debug!(plugin = %escaped(&loaded.name), "an engine has shaken hands");
        self.client.inner.status.send_modify(|status| status.loaded = Some(loaded));
        let mut replayed = Vec::new();
        self.client.inner.shared.update(|state| {
            for (index, (plugin, key)) in self.listens_to.iter().enumerate() {
                let subscription = state.session.on(plugin, key, &mut state.out);
                self.listeners.insert(subscription.listener, index);
                replayed.extend(subscription.replay.map(|value| (index, value)));
            }
        });
        // It cannot fail, since this is the first call of the connection.
        let _ = self.start(Purpose::Log(ACTIVATED), 0, Work::Activated(self.client.clone()));
        for (index, value) in replayed {
            self.event(index, value);
        }
    }

    /// Delivers an event to the callbacks of handles, and to the plugin's own listeners.
    fn notified(&mut self, payload: &Arguments, listeners: &[ListenerId]) {
        for listener in listeners {
            if let Some(index) = self.listeners.get(listener) {
                self.event(*index, payload.clone());
                continue;
            }
            let callback = self.client.inner.shared.lock().callback(*listener);
            if let Some(callback) = callback {
                notify(callback, payload.clone());
            }
        }
    }

    fn event(&mut self, index: usize, payload: Arguments) {
        if self.stops {
            return;
        }
        let (plugin, key) = self.listens_to[index].clone();
        let bytes = weight(&payload);
        let client = self.client.clone();
        let event = PluginEvent { plugin, key, payload, client };
        if self.start(Purpose::Log(LISTENER), bytes, Work::Event(index, event)).is_err() {
            let (plugin, key) = &self.listens_to[index];
            let is_due = self.warnings.is_due();
            warn_if!(is_due, plugin, key, "an event was dropped, since too many calls run");
        }
    }

    fn call(&mut self, call: Call) {
        let Call { method, index, payload, request_info, reply } = call;
        let bytes = method.len() + weight(&payload) + reply.size();
        let call = PluginCall { method, payload, request_info, client: self.client.clone() };
        self.answer(reply, bytes, Work::Call(index, call));
    }

    /// Does a piece of work that is answered.
    fn answer(&mut self, reply: Reply, bytes: usize, work: Work) {
        if self.stops {
            return self.respond(reply, Err(stopping()));
        }
        if let Err(Purpose::Answer(reply)) = self.start(Purpose::Answer(reply), bytes, work) {
            self.respond(reply, Err(too_many()));
        }
    }

    /// Starts a piece of work. Returns its purpose as the error if too much runs.
    fn start(&mut self, purpose: Purpose, bytes: usize, work: Work) -> Result<(), Purpose> {
        self.calls.start(&self.client.inner.limits, purpose, bytes, || (self.perform)(work))
    }

    /// Logs the error of a listener or a hook.
    fn log(&self, what: &str, result: MethodResult) {
        let Err(error) = result else { return };
        let is_due = self.warnings.is_due();
        warn_if!(is_due, what, error = %escaped(error), "an error that nobody gets");
    }

    fn respond(&self, reply: Reply, result: MethodResult) {
        self.client.inner.shared.lock().respond(reply, result);
    }
}

/// Returns what arguments count for while their call runs. Methods may read them as values.
fn weight(payload: &Arguments) -> usize {
    json_weight(payload.as_payload().as_str())
}
