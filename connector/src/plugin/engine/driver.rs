//! The task of an engine: it does what the machine asks for.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use connector_protocol::CloseReason;
use connector_protocol::remix::{EngineEvent, Profile, RemixError, Ticket};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio_util::sync::CancellationToken;

use super::activation::Activation;
use super::core::{Core, Era, State};
use super::person::permitted;
use crate::plugin::{ConnectError, PluginStatus};
use crate::runtime::{BoxFuture, Judgement, Sleep, isolate_future, sleep};

/// The tasks that are done before others get their turn.
const SHARE: usize = 256;

/// Runs an engine until its last handle is dropped.
pub(super) async fn run(core: Arc<Core>, stop: CancellationToken) {
    let judgement = Judgement::default();
    let mut driver = Driver { core, running: FuturesUnordered::new(), judgement };
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
    judgement: Judgement,
}

/// Something that has ended.
enum Done {
    Allowed(Ticket, bool),
    Connected(Activated, Result<(), ConnectError>),
}

/// A plugin between its activation and its next deactivation.
struct Activated {
    name: Arc<str>,
    era: Era,
}

impl Driver {
    fn poll(&mut self, cx: &mut Context<'_>, mut timer: Pin<&mut Sleep>) -> Poll<()> {
        // Register before checking the state, or a change in between would not wake us.
        self.core.register_waker(cx);
        for _ in 0..SHARE {
            let task = self.core.state().tasks.pop_front();
            if let Some(task) = task {
                self.begin(task);
                continue;
            }
            if let Poll::Ready(Some(done)) = self.running.poll_next_unpin(cx) {
                self.done(done);
                continue;
            }
            let deadline = {
                let state = &mut *self.core.state();
                state.alarm = state.session.deadline();
                state.alarm.and_then(|deadline| self.core.at(deadline))
            };
            let Some(deadline) = deadline else { return Poll::Pending };
            if self.judgement.poll(timer.as_mut(), deadline, cx).is_pending() {
                return Poll::Pending;
            }
            let now = self.core.now();
            self.core.update(|state| state.session.tick(now));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Begins what the machine has asked for.
    fn begin(&mut self, task: EngineEvent) {
        match task {
            EngineEvent::MayActivate { ticket, from, target, method } => {
                self.ask(ticket, &from, &target, method);
            }
            EngineEvent::Activate(name) => self.connect(name),
            // All others were done at once.
            _ => {}
        }
    }

    /// Asks whether a plugin may activate another one.
    fn ask(&self, ticket: Ticket, from: &str, target: &str, method: String) {
        let (from, to) = {
            let state = self.core.state();
            let profile = |name: &str| state.session.profile(name).cloned();
            (profile(from).unwrap_or_else(|| Arc::new(Profile::new(from))), profile(target))
        };
        let Some(to) = to else { return };
        let core = self.core.clone();
        let consent = core.consent(target);
        self.running.push(Box::pin(async move {
            let method = Some(method.as_str());
            let asked = async {
                core.permissions.can_activate(&from, &to, method).await
                    && match consent {
                        Some(consent) => consent.to_activation(&from, method).await,
                        None => true,
                    }
            };
            let asked = permitted(&core, |_| vec![ticket], Box::pin(asked));
            // Nobody has allowed it who panics instead.
            let allowed = isolate_future("a permission", asked).await.unwrap_or(false);
            Done::Allowed(ticket, allowed)
        }));
    }

    fn connect(&self, name: Arc<str>) {
        let (remote, era, profile) = {
            let state = self.core.state();
            let Some(hosted) = state.plugins.get(&name) else { return };
            let Some(profile) = state.session.profile(&name) else { return };
            (hosted.remote.clone(), hosted.era, profile.clone())
        };
        let plugin = Activated { name, era };
        let core = self.core.clone();
        self.running.push(Box::pin(async move {
            let connected = async {
                core.show(&profile).await?;
                let connected = {
                    let state = core.state();
                    if plugin.is_over(&state) {
                        return Err(ConnectError::Stopped);
                    }
                    // Under the lock, or it could come behind the next deactivation.
                    remote.send_connect()
                };
                connected.await
            };
            let connected = connected.await;
            Done::Connected(plugin, connected)
        }));
    }

    fn done(&mut self, done: Done) {
        let now = self.core.now();
        match done {
            Done::Allowed(ticket, allowed) => {
                self.core.update(|state| state.session.allow(ticket, allowed, now));
            }
            Done::Connected(plugin, _) if plugin.is_over(&self.core.state()) => {}
            Done::Connected(plugin, Ok(())) => self.activated(&plugin.name, now),
            Done::Connected(Activated { name, .. }, Err(error)) => {
                let failed =
                    RemixError::Remote(format!("Plugin {name} cannot be activated: {error}"));
                self.core.update(|state| {
                    state.session.activation_failed(&name, &failed);
                    if let Some(profile) = state.session.profile(&name).cloned() {
                        state.hide(&profile, now);
                    }
                    if let Some(hosted) = state.plugins.get(&name) {
                        hosted.activation.send_replace(Activation::Failed(error));
                    }
                });
            }
        }
    }

    fn activated(&self, name: &Arc<str>, now: Duration) {
        self.core.update(|state| {
            state.session.activated(name, now);
            if let Some(profile) = state.session.profile(name).cloned() {
                state.subscribe(&profile);
                state.tell("pluginActivated", &profile);
            }
        });
        // Behind the event, so that who has waited has heard it.
        self.core.update(|state| {
            state.set_active(name);
            let status = state.plugins.get(name).map(|hosted| hosted.remote.status());
            // The end of a connection that was not known yet.
            match status {
                None | Some(PluginStatus::Ready) => {}
                Some(PluginStatus::Connecting) => {
                    let lost = PluginStatus::Lost(CloseReason::PeerClosed);
                    state.connection_changed(name, lost, now);
                    state.connection_changed(name, PluginStatus::Connecting, now);
                }
                Some(ended) => state.connection_changed(name, ended, now),
            }
        });
    }
}

impl Activated {
    /// Returns `true` if the plugin was deactivated meanwhile.
    fn is_over(&self, state: &State) -> bool {
        let hosted = state.plugins.get(&self.name);
        hosted.is_none_or(|hosted| hosted.era != self.era)
    }
}
