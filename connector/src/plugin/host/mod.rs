//! The engine's side of a connection to one plugin: the handle for programs and engines.

mod candidates;
mod connection;
mod driver;
mod handler;
mod opening;
mod state;
mod subscriptions;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use connector_protocol::CloseReason;
use connector_protocol::remix::{Arguments, HostCall, HostSession, Outcome, RemixError, Ticket};
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

pub(super) use handler::target;
pub use handler::{HostHandler, HostRequest};
pub(super) use state::Around;
pub use state::PluginStatus;
pub(super) use subscriptions::Span;

use self::connection::HostConnection;
use self::driver::{Command, run};
use self::state::Inner;
use super::connection_limits::ConnectionLimits;
use super::values::reading::read_result;
use super::{CallError, Callback, EventListener, IntoArguments, PluginConnector, PluginOptions};
use crate::connector::DialError;
use crate::{MaybeSend, MaybeSync, runtime};

/// A handle of a remote plugin that an engine hosts. Clones are the same plugin. Dropping
/// the last one ends the connection.
///
/// Calls to the plugin run one after the other, as plugins expect of engines. When the
/// connection ends, its calls fail at once, and it is opened again until that succeeds.
///
/// ```
/// # #[cfg(not(target_family = "wasm"))]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use connector::plugin::{self, Methods, PluginCall, PluginOptions, RemotePlugin};
/// use connector::plugin::{WebSocketPlugin, WebSocketPluginConnector};
/// use connector::protocol::remix::Profile;
///
/// let methods = Methods::new().method("add", |call: PluginCall| async move {
///     let (a, b): (i64, i64) = call.args()?;
///     Ok(a + b)
/// });
/// let mut port = WebSocketPlugin::bind("127.0.0.1:0");
/// let address = port.start().await?.ok_or("the plugin has no address")?;
/// tokio::spawn(plugin::serve(methods, port));
///
/// let profile = Profile::new("calculator").url(format!("ws://{address}"));
/// let connector = WebSocketPluginConnector::new(profile);
/// let calculator = RemotePlugin::new(connector, (), PluginOptions::new());
/// calculator.connect().await?;
/// let sum: i64 = calculator.call("add", (3, 4)).await?;
/// assert_eq!(sum, 7);
/// calculator.disconnect().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RemotePlugin {
    name: Arc<str>,
    caller: Arc<str>,
    inner: Arc<Inner>,
    commands: mpsc::UnboundedSender<Command>,
}

impl RemotePlugin {
    /// Creates the handle of the connector's plugin, not yet connected, and spawns its
    /// task. `handler` gets the plugin's calls to others, subscriptions and events.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn new(
        connector: impl PluginConnector,
        handler: impl HostHandler,
        options: PluginOptions,
    ) -> Self {
        let session = HostSession::new(connector.profile());
        Self::run(connector, handler, session, options, None)
    }

    /// Creates the handle of a plugin for the engine around it, which checks its calls and
    /// lets them wait.
    pub(super) fn within(
        engine: impl HostHandler + Around + Clone,
        connector: impl PluginConnector,
        options: PluginOptions,
    ) -> Self {
        let session = HostSession::new(connector.profile()).unchecked();
        Self::run(connector, engine.clone(), session, options, Some(Box::new(engine)))
    }

    fn run(
        connector: impl PluginConnector,
        handler: impl HostHandler,
        session: HostSession,
        options: PluginOptions,
        around: Option<Box<dyn Around>>,
    ) -> Self {
        let name = session.name().into();
        let caller = options.caller.as_str().into();
        let limits = options.limits.clone();
        let inner = Arc::new(Inner::new(session, options.clone(), around));
        inner.set_options(options);
        let (commands, incoming) = mpsc::unbounded_channel();
        let conversation = HostConnection::new(connector, handler, inner.clone(), &limits);
        runtime::spawn(run(conversation, incoming));
        Self { name, caller, inner, commands }
    }

    /// Returns the plugin that calls are from.
    pub(super) fn caller(&self) -> &str {
        &self.caller
    }

    /// Returns the plugin's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Connects to the plugin at the URL of its profile, and waits for the handshake.
    /// Does nothing if it is connected already.
    ///
    /// # Errors
    /// Returns [`ConnectError`] if the first connection fails, which is not repeated.
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, connecting goes on.
    pub async fn connect(&self) -> Result<(), ConnectError> {
        self.send_connect().await
    }

    /// Connects like [`RemotePlugin::connect`]. The command is sent at once.
    pub(super) fn send_connect(
        &self,
    ) -> impl Future<Output = Result<(), ConnectError>> + MaybeSend + use<> {
        let connected = self.command(Command::Connect);
        async move { connected.await.unwrap_or(Err(ConnectError::Stopped)) }
    }

    /// Closes the connection without opening it again, and removes the plugin's
    /// subscriptions.
    ///
    /// # Cancel safety
    /// If the future is dropped after its first poll, disconnecting goes on.
    pub async fn disconnect(&self) {
        self.send_disconnect().await;
    }

    /// Disconnects like [`RemotePlugin::disconnect`]. The command is sent at once.
    pub(super) fn send_disconnect(&self) -> impl Future<Output = ()> + MaybeSend + use<> {
        let disconnected = self.command(Command::Disconnect);
        async move {
            // Without a task there is no connection.
            let _ = disconnected.await;
        }
    }

    /// Waits until the calls that the plugin has made are answered, if it is connected.
    pub(super) async fn finish(&self) {
        let (finished, answered) = oneshot::channel();
        self.inner.shared.update(|state| state.finishing.push(finished));
        // From its end on a connection keeps nobody waiting.
        if self.status() == PluginStatus::Ready {
            let _ = answered.await;
        }
    }

    /// Returns the status of the connection.
    pub fn status(&self) -> PluginStatus {
        self.inner.status.borrow().clone()
    }

    /// Waits until the status matches `wanted`, and returns it.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn wait_for(&self, wanted: impl FnMut(&PluginStatus) -> bool) -> PluginStatus {
        let mut status = self.inner.status.subscribe();
        let matching = status.wait_for(wanted).await;
        // `self` owns the sender, so the channel is open.
        matching.map_or(PluginStatus::Disconnected, |status| status.clone())
    }

    /// Returns the methods that may be called: those of the profile, until a handshake
    /// was answered with a list.
    pub fn methods(&self) -> Vec<String> {
        self.inner.shared.lock().session.methods().to_vec()
    }

    /// Calls a method, after all earlier calls. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// Returns [`CallError`] if the plugin answers with an error, is not connected, takes
    /// too long, or does not have the method, and if too many calls of the same caller wait
    /// for it: more than [`Limits::waiting`](crate::Limits::waiting), or more than
    /// [`Limits::call_bytes`](crate::Limits::call_bytes).
    ///
    /// # Cancel safety
    /// If the future is dropped, the call does not start any more, or its answer is ignored.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        args: impl IntoArguments,
    ) -> Result<T, CallError> {
        let payload = args.into_arguments()?;
        self.call_for(HostCall::new(&*self.caller, &*self.name, method, payload)).await
    }

    /// Calls a method on behalf of another plugin, [`HostCall::from`].
    ///
    /// # Errors
    /// The same as those of [`RemotePlugin::call`].
    ///
    /// # Cancel safety
    /// If the future is dropped, the call does not start any more, or its answer is ignored.
    pub async fn call_for<T: DeserializeOwned>(&self, call: HostCall) -> Result<T, CallError> {
        let values = self.values();
        read_result(self.outcome(call).await, values)
    }

    /// Returns the most values that results may have.
    pub(in crate::plugin) fn values(&self) -> usize {
        self.inner.values.load(Ordering::Relaxed)
    }

    /// Calls a method, and returns the outcome as it is.
    pub(super) async fn outcome(&self, call: HostCall) -> Outcome {
        self.inner.call(call)?.await
    }

    /// Returns the number of calls that run or wait.
    pub fn queued(&self) -> usize {
        self.inner.shared.lock().session.queued()
    }

    /// Changes the options: those of calls at once, the others from the next connection on.
    /// [`PluginOptions::caller`] stays.
    pub fn set_options(&self, options: PluginOptions) {
        self.inner.set_options(options);
    }

    /// Makes a call for the engine around the plugin, which has given it this ticket.
    pub(super) fn start(&self, call: HostCall, ticket: Ticket) -> Result<Ticket, RemixError> {
        self.inner.start(call, ticket)
    }

    /// Ends a call that [`RemotePlugin::start`] has made.
    pub(super) fn give_up(&self, call: Ticket) {
        self.inner.give_up(call);
    }

    /// Cancels the calls of the plugin `from`, of one method or of all. The calls of
    /// [`RemotePlugin::call`] are from [`PluginOptions::caller`].
    pub fn cancel(&self, from: &str, method: Option<&str>) {
        self.inner.cancel(from, method);
    }

    /// Adds a listener of an event of the plugin. The callback runs in the connection's
    /// task, so it must not block.
    pub fn on(&self, key: &str, callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static) {
        self.inner.shared.lock().listeners.add(key.to_owned(), Arc::new(callback), false);
    }

    /// Removes all listeners of an event.
    pub fn off(&self, key: &str) {
        self.inner.unlisten(&key.to_owned(), None);
    }

    /// Adds a listener like [`RemotePlugin::on`], which can be removed again.
    pub(super) fn listen(&self, key: &str, callback: Callback) -> EventListener {
        let key = key.to_owned();
        let id = self.inner.shared.lock().listeners.add(key.clone(), callback, false);
        let inner = Arc::downgrade(&self.inner);
        EventListener::new(move || {
            if let Some(inner) = inner.upgrade() {
                inner.unlisten(&key, Some(id));
            }
        })
    }

    /// Delivers an event of the plugin `name`, if this plugin is subscribed to it.
    /// Returns whether it is.
    ///
    /// # Errors
    /// Returns [`CallError::Arguments`] for values that cannot be JSON.
    pub fn notify(
        &self,
        name: &str,
        key: &str,
        args: impl IntoArguments,
    ) -> Result<bool, CallError> {
        Ok(self.deliver(name, key, args.into_arguments()?).is_some())
    }

    /// Delivers an event as [`RemotePlugin::notify`] does. Returns the subscription to it.
    pub(super) fn deliver(&self, name: &str, key: &str, payload: Arguments) -> Option<Span> {
        self.inner.shared.update(|state| state.notify(name, key, payload))
    }

    /// Subscribes the plugin to an event, as if it had asked for that.
    pub(super) fn subscribe(&self, name: &str, key: &str) -> bool {
        let state = &mut *self.inner.shared.lock();
        let limits = ConnectionLimits::new(&state.options.limits);
        state.subscribe((name, key), Span::On, &limits)
    }

    /// Takes a subscription back that the engine refuses.
    pub(super) fn refuse_subscription(&self, name: &str, key: &str) {
        self.inner.shared.lock().refuse_subscription(name, key);
    }

    /// Returns `true` if the plugin is subscribed to an event.
    pub(super) fn is_subscribed(&self, name: &str, key: &str) -> bool {
        self.inner.shared.lock().subscriptions.has(name, key)
    }

    /// Sends a command at once, whose end the receiver waits for.
    fn command<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> oneshot::Receiver<T> {
        let (done, answer) = oneshot::channel();
        // Without a task the sender is dropped, which the receiver notices.
        let _ = self.commands.send(command(done));
        answer
    }
}

impl fmt::Debug for RemotePlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = &*self.inner.status.borrow();
        f.debug_struct("RemotePlugin").field("name", &self.name).field("status", status).finish()
    }
}

/// The error of connecting to a plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL cannot be used, which connecting again does not change.
    #[error("the plugin's URL cannot be used: {0}")]
    Url(String),
    /// The profile has no URL.
    #[error("the plugin's profile has no `url`: set it with `Profile::url`")]
    NoUrl,
    /// The connection could not be opened, or ended during the handshake.
    #[error("the connection to the plugin failed: {0}")]
    Lost(#[from] CloseReason),
    /// The plugin answered the handshake with an error.
    #[error("the plugin refused the handshake: {0}")]
    Refused(String),
    /// The host plugin of the profile's `location` does not show it.
    #[error("plugin {host} does not show it: {error}")]
    View {
        /// The host plugin.
        host: String,
        /// Its error.
        error: String,
    },
    /// The plugin was disconnected meanwhile.
    #[error("the plugin was disconnected")]
    Stopped,
}

/// Tells a URL that cannot be used from a plugin that cannot be reached.
impl From<DialError> for ConnectError {
    fn from(error: DialError) -> Self {
        match (error.to_reason(), &error) {
            (Some(reason), _) => Self::Lost(reason),
            (None, DialError::Url { url, .. }) if url.is_empty() => Self::NoUrl,
            (None, error) => Self::Url(error.to_string()),
        }
    }
}
