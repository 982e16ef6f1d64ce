//! The task of an engine: it does what the machine asks for.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::remix::{
    Activity, EngineEvent, HostCall, Outcome, Profile, RemixError, Ticket,
};
use futures_util::future::{AbortHandle, Aborted, abortable};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::CancellationToken;

use super::core::{Activation, Core};
use crate::plugin::calls::notify;
use crate::plugin::{ConnectError, PluginStatus, RemotePlugin};
use crate::runtime::{BoxFuture, Sleep, poll_alarm, sleep};

/// The events that are handled before others get their turn.
const SHARE: usize = 256;

/// Runs an engine until its last handle is dropped.
pub(super) async fn run(core: Arc<Core>, stop: CancellationToken) {
    let mut driver = Driver {
        core,
        running: FuturesUnordered::new(),
        calls: HashMap::new(),
        activated: Vec::new(),
    };
    // The time is arbitrary: the timer is reset before it is polled.
    let mut timer = pin!(sleep(Duration::ZERO));
    let driven = poll_fn(|cx| driver.poll(cx, timer.as_mut()));
    tokio::select! {
        () = stop.cancelled() => {}
        () = driven => {}
    }
    // The plugins' handles go, and with them their connections.
    let plugins = driver.core.update(|state| std::mem::take(&mut state.plugins));
    drop(plugins);
}

struct Driver {
    core: Arc<Core>,
    running: FuturesUnordered<BoxFuture<'static, Done>>,
    /// The running calls, each of which may be dropped.
    calls: HashMap<Ticket, AbortHandle>,
    /// Plugins that are active. Who waits for that is told behind the event.
    activated: Vec<Arc<str>>,
}

/// Something that has ended.
enum Done {
    Call(Ticket, Result<Outcome, Aborted>),
    Allowed(Ticket, bool),
    Connected(Activated, Result<(), ConnectError>),
    Status(Activated, PluginStatus),
}

/// A plugin between its activation and its next deactivation.
struct Activated {
    name: Arc<str>,
    deactivations: u64,
}

impl Driver {
    fn poll(&mut self, cx: &mut Context<'_>, mut timer: Pin<&mut Sleep>) -> Poll<()> {
        // Register before checking the state, or a change in between would not wake us.
        self.core.register_waker(cx);
        for _ in 0..SHARE {
            let now = self.core.now();
            let event = self.core.state().session.poll_event();
            if let Some(event) = event {
                self.handle(event);
                continue;
            }
            for name in self.activated.drain(..) {
                self.core.state().set_active(&name);
            }
            if let Poll::Ready(Some(done)) = self.running.poll_next_unpin(cx) {
                self.done(done, now);
                continue;
            }
            let deadline = self.core.state().session.deadline();
            let deadline = deadline.and_then(|deadline| self.core.at(deadline));
            let Some(deadline) = deadline else { return Poll::Pending };
            if poll_alarm(timer.as_mut(), deadline, cx).is_pending() {
                return Poll::Pending;
            }
            let now = self.core.now();
            self.core.state().session.tick(now);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn handle(&mut self, event: EngineEvent) {
        match event {
            EngineEvent::MayActivate { ticket, from, target, method } => {
                self.ask(ticket, &from, &target, method);
            }
            EngineEvent::Activate(name) => self.connect(name),
            EngineEvent::Start { ticket, call } => self.start(ticket, call),
            EngineEvent::Drop { ticket, .. } => {
                if let Some(call) = self.calls.remove(&ticket) {
                    call.abort();
                }
            }
            EngineEvent::Answered(answer) => self.core.state().answer(answer),
            EngineEvent::Notify { listener, name, key, payload } => {
                let callbacks = self.core.state().deliver(&listener, &name, &key, &payload);
                callbacks.into_iter().for_each(|callback| notify(callback, payload.clone()));
            }
            // The machine has no other events.
            _ => {}
        }
    }

    /// Asks whether a plugin may activate another one.
    fn ask(&self, ticket: Ticket, from: &str, target: &str, method: String) {
        let (from, to) = {
            let state = self.core.state();
            let profile = |name: &str| state.session.profile(name).cloned();
            (profile(from).unwrap_or_else(|| Profile::new(from)), profile(target))
        };
        let Some(to) = to else { return };
        let core = self.core.clone();
        self.running.push(Box::pin(async move {
            let asked = core.permissions.can_activate(&from, &to, Some(&method));
            Done::Allowed(ticket, asked.await)
        }));
    }

    fn connect(&self, name: Arc<str>) {
        let (remote, deactivations) = {
            let state = self.core.state();
            let Some(hosted) = state.plugins.get(&name) else { return };
            (hosted.remote.clone(), hosted.deactivations)
        };
        let plugin = Activated { name, deactivations };
        self.running.push(Box::pin(async move {
            let connected = remote.connect().await;
            Done::Connected(plugin, connected)
        }));
    }

    fn start(&mut self, ticket: Ticket, call: HostCall) {
        let Some(remote) = self.remote(call.target()) else { return };
        let (call, abort) = abortable(async move { remote.outcome(call).await });
        self.calls.insert(ticket, abort);
        self.running.push(Box::pin(async move { Done::Call(ticket, call.await) }));
    }

    /// Waits until a plugin has another status.
    fn watch(&self, plugin: Activated, status: PluginStatus) {
        let Some(remote) = self.remote(&plugin.name) else { return };
        self.running.push(Box::pin(async move {
            let changed = remote.wait_for(|now| *now != status).await;
            Done::Status(plugin, changed)
        }));
    }

    fn done(&mut self, done: Done, now: Duration) {
        match done {
            Done::Call(ticket, outcome) => {
                self.calls.remove(&ticket);
                if let Ok(outcome) = outcome {
                    self.core.state().session.finish(ticket, outcome, now);
                }
            }
            Done::Allowed(ticket, allowed) => {
                self.core.state().session.allow(ticket, allowed, now);
            }
            Done::Connected(plugin, _) | Done::Status(plugin, _) if self.is_over(&plugin) => {}
            Done::Connected(plugin, Ok(())) => {
                self.activated(&plugin.name, now);
                self.watch(plugin, PluginStatus::Ready);
            }
            Done::Connected(Activated { name, .. }, Err(error)) => {
                let state = &mut *self.core.state();
                let failed =
                    RemixError::Remote(format!("Plugin {name} cannot be activated: {error}"));
                state.session.activation_failed(&name, &failed);
                if let Some(hosted) = state.plugins.get(&name) {
                    hosted.activation.send_replace(Activation::Failed(error));
                }
            }
            Done::Status(plugin, status) => self.changed(plugin, status, now),
        }
    }

    /// Returns `true` if a plugin was deactivated meanwhile.
    fn is_over(&self, plugin: &Activated) -> bool {
        let state = self.core.state();
        let hosted = state.plugins.get(&plugin.name);
        hosted.is_none_or(|hosted| hosted.deactivations != plugin.deactivations)
    }

    fn activated(&mut self, name: &Arc<str>, now: Duration) {
        let state = &mut *self.core.state();
        let was_lost = state.session.activity(name) == Some(Activity::Lost);
        state.session.activated(name, now);
        if !was_lost && let Some(profile) = state.session.profile(name).cloned() {
            state.tell("pluginActivated", &profile);
        }
        self.activated.push(name.clone());
    }

    /// Handles another status of an active plugin.
    fn changed(&mut self, plugin: Activated, status: PluginStatus, now: Duration) {
        let name = &plugin.name;
        match status {
            PluginStatus::Ready => self.activated(name, now),
            PluginStatus::Lost(_) | PluginStatus::Connecting => {
                self.core.state().session.lost(name, now);
            }
            // It is not connected again by itself.
            PluginStatus::Disconnected | PluginStatus::Ended(_) => {
                let state = &mut *self.core.state();
                let was_active = state.session.deactivate(name, now);
                return state.deactivated(name, was_active);
            }
        }
        self.watch(plugin, status);
    }

    fn remote(&self, name: &str) -> Option<RemotePlugin> {
        self.core.state().plugins.get(name).map(|hosted| hosted.remote.clone())
    }
}
