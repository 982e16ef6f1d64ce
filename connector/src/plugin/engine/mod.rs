//! Engines: many plugins that call one another.

mod activation;
mod core;
mod driver;
mod error;
mod link;
mod manager;
mod permissions;
mod person;
mod stop;
mod views;
mod weak;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::remix::{Arguments, HostCall, Outcome, Profile, QueueOptions};
use serde::de::DeserializeOwned;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use error::EngineError;
pub use permissions::Permissions;
pub use person::PersonGuard;
pub use weak::WeakEngine;

use self::core::Core;
use self::manager::{MANAGER, Manager, manager_profile};
use super::values::reading::read_result;
use super::{
    CallError, Callback, EventListener, IntoArguments, LocalPlugin, PluginConnector, PluginOptions,
    PluginStatus,
};
use crate::{MaybeSend, MaybeSync, runtime};

/// An engine: plugins that call one another's methods and listen to one another's events,
/// inside and outside of its program alike. Clones are the same engine. Dropping the last one
/// ends all connections.
///
/// Calls to a plugin run one after the other, as plugins expect of Remix's engine, or as many
/// at once as [`Engine::set_queue`] allows. A call to a plugin that is not active activates
/// it, if the [`Permissions`] allow that. Every engine has the plugin `manager`, with Remix's
/// six methods and four events.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use connector::plugin::{Engine, LocalPlugin, Methods, PluginCall};
/// use connector::protocol::remix::Profile;
///
/// let methods = Methods::new().method("add", |call: PluginCall| async move {
///     let (a, b): (i64, i64) = call.args()?;
///     call.client().emit("added", (a + b,))?;
///     Ok(a + b)
/// });
/// let engine = Engine::new();
/// engine.register(LocalPlugin::new(Profile::new("calculator"), methods))?;
/// engine.on("calculator", "added", |sum| println!("added {}", sum.as_payload()));
///
/// let sum: i64 = engine.call("calculator", "add", (3, 4)).await?;
/// assert_eq!(sum, 7);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Engine {
    core: Arc<Core>,
    stop: Arc<DropGuard>,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new()
    }
}

impl Engine {
    /// Creates an engine without other plugins than the manager, and spawns its task. Its
    /// plugins may do what Remix's engine allows by default.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn new() -> Self {
        Self::with_permissions(())
    }

    /// Creates an engine like [`Engine::new`], with permissions of its own.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn with_permissions(permissions: impl Permissions) -> Self {
        Self::new_cyclic(|_| permissions)
    }

    /// Creates an engine whose permissions have a handle of it, for example to ask a person
    /// by one of its plugins. The handle can be upgraded from the return on.
    ///
    /// ```
    /// use connector::plugin::{Engine, Permissions, Profile, WeakEngine};
    ///
    /// struct Dialog(WeakEngine);
    ///
    /// impl Permissions for Dialog {
    ///     async fn can_call(&self, from: &Profile, _: &Profile, method: &str, _: Option<&str>) -> bool {
    ///         let Some(engine) = self.0.upgrade() else { return false };
    ///         engine.call("dialog", "confirm", (&from.name, method)).await.unwrap_or(false)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let engine = Engine::new_cyclic(|engine| Dialog(engine.clone()));
    /// # drop(engine);
    /// # }
    /// ```
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn new_cyclic<P: Permissions>(permissions: impl FnOnce(&WeakEngine) -> P) -> Self {
        let token = CancellationToken::new();
        let stop = Arc::new(token.clone().drop_guard());
        let core = Arc::new_cyclic(|core| {
            let engine = WeakEngine { core: core.clone(), stop: Arc::downgrade(&stop) };
            Core::new(Box::new(permissions(&engine)))
        });
        let driven = driver::run(core.clone(), token);
        runtime::spawn(driven);
        let engine = Self { core, stop };
        let manager = LocalPlugin::new(manager_profile(), Manager::new(&engine.core));
        // The first plugin has a name that no other has yet.
        let _ = engine.register(manager);
        // The manager never waits for itself, as it would for plugins that it activates, and
        // its calls last as long as an activation, or as the permissions ask a person.
        let queue = QueueOptions::default().at_once(usize::MAX).timeout(Duration::MAX);
        engine.set_queue(MANAGER, queue);
        engine.core.update(|state| state.session.activate(MANAGER));
        engine
    }

    /// Adds a plugin, with default options. It is not active.
    ///
    /// # Errors
    /// Returns [`EngineError`] if another plugin has its name, or the name is empty or has a
    /// dot.
    pub fn register(&self, connector: impl PluginConnector) -> Result<(), EngineError> {
        self.register_with(connector, PluginOptions::new())
    }

    /// Adds a plugin. It is not active. The calls of [`PluginOptions`] become the plugin's
    /// queue.
    ///
    /// # Errors
    /// Returns the same errors as [`Engine::register`].
    pub fn register_with(
        &self,
        connector: impl PluginConnector,
        options: PluginOptions,
    ) -> Result<(), EngineError> {
        self.core.register(connector, options)
    }

    /// Deactivates a plugin and removes it. Returns its profile.
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, the plugin is deactivated, and may not
    /// be removed.
    pub async fn remove(&self, name: &str) -> Option<Profile> {
        self.core.deactivate(name).await;
        self.core.remove(name)
    }

    /// Returns `true` if there is a plugin of this name.
    pub fn is_registered(&self, name: &str) -> bool {
        self.core.state().session.profile(name).is_some()
    }

    /// Returns `true` if a plugin is active. While its connection is lost and opened again,
    /// it is active too.
    pub fn is_active(&self, name: &str) -> bool {
        self.core.is_active(name)
    }

    /// Returns a plugin's profile, with the methods that it announced.
    pub fn profile(&self, name: &str) -> Option<Profile> {
        self.core.state().session.profile(name).map(|profile| Profile::clone(profile))
    }

    /// Returns the profiles of all plugins, in the order of their names.
    pub fn profiles(&self) -> Vec<Profile> {
        self.core.state().session.profiles().cloned().collect()
    }

    /// Returns the number of a plugin's calls that run or wait.
    pub fn queued(&self, name: &str) -> usize {
        self.core.state().session.queued(name)
    }

    /// Sets how the calls of a plugin run. Those that run are not changed.
    pub fn set_queue(&self, name: &str, options: QueueOptions) {
        self.core.set_queue(name, options);
    }

    /// Changes the options of a plugin, as Remix's `setOptions` does: those of its queue at
    /// once, the others from the next connection on. Calls that run are not changed.
    pub fn set_options(&self, name: &str, options: PluginOptions) {
        self.core.set_options(name, options);
    }

    /// Returns the status of a plugin: [`PluginStatus::Ready`] if it can be called. One that
    /// was lost, or given up, has the reason, with the exit code or the signal of a child
    /// process. A plugin that is not registered is [`PluginStatus::Disconnected`].
    ///
    /// ```
    /// use connector::CloseReason;
    /// use connector::plugin::{Engine, PluginStatus};
    ///
    /// async fn watch(engine: &Engine) {
    ///     let is_over = |status: &PluginStatus| matches!(status, PluginStatus::Ended(_));
    ///     if let PluginStatus::Ended(CloseReason::Exited(exit)) = engine.wait_for("git", is_over).await
    ///     {
    ///         println!("git has exited with {:?}", exit.code);
    ///     }
    /// }
    /// ```
    pub fn status(&self, name: &str) -> PluginStatus {
        self.core.status(name)
    }

    /// Waits until the status of a plugin matches `wanted`, and returns it. For a plugin that
    /// is not registered, or is removed meanwhile, it is [`PluginStatus::Disconnected`].
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn wait_for(
        &self,
        name: &str,
        wanted: impl FnMut(&PluginStatus) -> bool,
    ) -> PluginStatus {
        self.core.wait_for(name, wanted).await
    }

    /// Activates a plugin, and waits until it can be called. If its connection was lost, it
    /// waits for the next attempt to open it again.
    ///
    /// # Errors
    /// Returns [`EngineError`] if there is no such plugin, or it cannot be connected.
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, the activation goes on.
    pub async fn activate(&self, name: &str) -> Result<(), EngineError> {
        self.core.activate(name).await
    }

    /// Deactivates a plugin: its calls fail, its subscriptions end, and its connection is
    /// closed. Returns `false` if it was not active.
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, the connection may be closed later.
    pub async fn deactivate(&self, name: &str) -> bool {
        self.core.deactivate(name).await
    }

    /// Calls a plugin's method as the manager. `path` is the plugin's name, followed by the
    /// names of services, separated by dots. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// Returns [`CallError`] if the call is refused, or answered with an error.
    ///
    /// # Cancel safety
    /// If the future is dropped, the call does not start any more, or its answer is ignored.
    pub async fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        method: &str,
        args: impl IntoArguments,
    ) -> Result<T, CallError> {
        let payload = args.into_arguments()?;
        self.call_for(HostCall::new(MANAGER, path, method, payload)).await
    }

    /// Calls a method on behalf of a plugin, [`HostCall::from`]. Once that is deactivated, the call
    /// fails with [`RemixError::Canceled`].
    ///
    /// [`RemixError::Canceled`]: connector_protocol::remix::RemixError::Canceled
    ///
    /// # Errors
    /// Returns the same errors as [`Engine::call`].
    ///
    /// # Cancel safety
    /// If the future is dropped, the call does not start any more, or its answer is ignored.
    pub async fn call_for<T: DeserializeOwned>(&self, call: HostCall) -> Result<T, CallError> {
        let values = self.values(call.target());
        read_result(self.core.call(call).await, values)
    }

    /// Cancels the manager's calls of `method`, or of all methods, at `path`. They fail.
    ///
    /// # Errors
    /// Returns [`EngineError`] if there is no such plugin or method, or the plugin is not
    /// active.
    pub fn cancel(&self, path: &str, method: Option<&str>) -> Result<(), EngineError> {
        let now = self.core.now();
        let canceled = self.core.update(|state| state.session.cancel(MANAGER, path, method, now));
        Ok(canceled?)
    }

    /// Adds a listener of an event of the plugin `name`. It gets the last value at once, if
    /// the engine remembers one. The callback runs in the task that emits the event, so it
    /// must not block.
    pub fn on(
        &self,
        name: &str,
        key: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) {
        self.core.listen(name, key, Arc::new(callback), false);
    }

    /// Adds a listener of the next event of the plugin `name`, or of the last value.
    pub fn once(
        &self,
        name: &str,
        key: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) {
        self.core.listen(name, key, Arc::new(callback), true);
    }

    /// Removes all listeners of an event that were added here.
    pub fn off(&self, name: &str, key: &str) {
        self.core.unlisten(name, key, None);
    }

    /// Adds a listener like [`Engine::on`], which can be removed again.
    pub(super) fn listen(&self, name: &str, key: &str, callback: Callback) -> EventListener {
        let id = self.core.listen(name, key, callback, false);
        let core = Arc::downgrade(&self.core);
        let (name, key) = (name.to_owned(), key.to_owned());
        EventListener::new(move || {
            if let Some(core) = core.upgrade() {
                core.unlisten(&name, &key, id);
            }
        })
    }

    /// Returns the most values that the results of a plugin may have.
    pub(super) fn values(&self, plugin: &str) -> usize {
        self.core.values_of(plugin)
    }

    /// Calls a method like [`Engine::call`], and returns the outcome as it is.
    pub(super) async fn outcome(&self, path: &str, method: &str, args: Arguments) -> Outcome {
        self.core.call(HostCall::new(MANAGER, path, method, args)).await
    }

    /// Emits an event of the manager. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// Returns [`CallError::Arguments`] for values that cannot be JSON.
    pub fn emit(&self, key: &str, args: impl IntoArguments) -> Result<(), CallError> {
        let payload = args.into_arguments()?;
        self.core.update(|state| state.session.emit(MANAGER, key, &payload));
        Ok(())
    }

    /// Stops the clocks of the calls that a plugin runs, and of those that wait for them,
    /// until the guard is dropped: the plugin waits for a person, who may take longer than
    /// any timeout. While [`Permissions`] are asked, this happens by itself. A plugin within
    /// the program does it by a [`WeakEngine`].
    pub fn wait_for_person(&self, name: &str) -> PersonGuard {
        PersonGuard::new(&self.core, |session| session.running(name))
    }

    /// Returns the time since the engine was created, by which its clocks run.
    pub fn uptime(&self) -> Duration {
        self.core.now()
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.core.state();
        let plugins: Vec<_> = state.session.profiles().map(|profile| &profile.name).collect();
        f.debug_struct("Engine").field("plugins", &plugins).finish_non_exhaustive()
    }
}
