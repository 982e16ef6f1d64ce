//! The engine's side of a connection to one plugin: the handle that programs
//! and engines hold.

mod conversation;
mod driver;
mod handler;
mod state;

use std::fmt;
use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::remix::{Arguments, HostCall, HostSession, RemixError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{mpsc, oneshot};

pub use handler::{HostHandler, HostRequest};
pub use state::PluginStatus;

use self::conversation::Conversation;
use self::driver::{Order, run};
use self::state::Inner;
use super::outcome::read;
use super::{CallError, PluginConnector, PluginOptions};
use crate::{MaybeSend, MaybeSync, runtime};

/// A plugin that an engine hosts elsewhere. Clones are the same plugin; with
/// the last one its connection goes.
///
/// Calls run one after the other, as engines promise to plugins. A connection
/// that is lost is opened again, as often as it takes; calls that it carried
/// fail at once.
#[derive(Clone)]
pub struct RemotePlugin {
    name: Arc<str>,
    caller: Arc<str>,
    inner: Arc<Inner>,
    orders: mpsc::UnboundedSender<Order>,
}

impl RemotePlugin {
    /// The plugin of this connector, not yet connected. What it wants from
    /// others goes to `handler`.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn new(
        connector: impl PluginConnector,
        handler: impl HostHandler,
        options: PluginOptions,
    ) -> Self {
        let profile = connector.profile();
        let mut session = HostSession::new(profile).queue_timeout(options.queue_timeout);
        if let Some(engine) = &options.engine {
            session = session.engine(engine);
        }
        let name = profile.name.as_str().into();
        let caller = options.caller.as_str().into();
        let inner = Arc::new(Inner::new(session));
        let (orders, incoming) = mpsc::unbounded_channel();
        let conversation = Conversation::new(connector, handler, inner.clone(), &options.limits);
        runtime::spawn(run(conversation, incoming, options));
        Self { name, caller, inner, orders }
    }

    /// The plugin's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Connects to the plugin at its profile's url, and waits until it has
    /// shaken hands; at once if it has already.
    ///
    /// # Errors
    /// [`ConnectError`]. A first connection that fails is not tried again.
    pub async fn connect(&self) -> Result<(), ConnectError> {
        self.order(Order::Connect).await.unwrap_or(Err(ConnectError::Stopped))
    }

    /// Ends the connection for good, and forgets what the plugin listened to.
    pub async fn disconnect(&self) {
        // Without a task there is no connection.
        let _ = self.order(Order::Disconnect).await;
    }

    /// How the connection stands.
    pub fn status(&self) -> PluginStatus {
        self.inner.status.borrow().clone()
    }

    /// Waits until the connection stands like this.
    pub async fn until(&self, wanted: impl FnMut(&PluginStatus) -> bool) -> PluginStatus {
        let mut status = self.inner.status.subscribe();
        let reached = status.wait_for(wanted).await;
        // The sender lives in `self`, so there is a status.
        reached.map_or(PluginStatus::Disconnected, |status| status.clone())
    }

    /// What may be called, as far as known.
    pub fn methods(&self) -> Vec<String> {
        self.inner.shared.lock().session.methods().to_vec()
    }

    /// Calls a method, after all earlier calls. `args` is a tuple, an array or
    /// a list.
    ///
    /// # Errors
    /// [`CallError`]: what the plugin says, or that it cannot be reached, took
    /// too long, or does not have the method.
    ///
    /// # Cancel safety
    /// A call that is dropped goes on without anybody waiting for it; see
    /// [`RemotePlugin::cancel`].
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        args: impl Serialize,
    ) -> Result<T, CallError> {
        let call = HostCall {
            from: self.caller.to_string(),
            path: self.name.to_string(),
            method: method.to_owned(),
            payload: Arguments::of(&args)?,
        };
        self.call_for(call).await
    }

    /// Calls a method for the plugin that `call` says, by its path.
    ///
    /// # Errors
    /// As [`RemotePlugin::call`].
    pub async fn call_for<T: DeserializeOwned>(&self, call: HostCall) -> Result<T, CallError> {
        let answer = self.inner.call(call)?;
        let lost = |_| Err(RemixError::Lost(self.name.to_string()));
        read(answer.await.unwrap_or_else(lost))
    }

    /// Cancels the calls of the plugin `from`, of one method or of all. Those
    /// of [`RemotePlugin::call`] are from [`PluginOptions::caller`].
    pub fn cancel(&self, from: &str, method: Option<&str>) {
        self.inner.cancel(from, method);
    }

    /// Listens to an event of the plugin. The callback runs in the
    /// connection's task, so it must not block.
    pub fn on(&self, key: &str, callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static) {
        self.inner.shared.lock().listen(key, Arc::new(callback));
    }

    /// Removes all listeners of an event.
    pub fn off(&self, key: &str) {
        self.inner.shared.lock().unlisten(key);
    }

    /// Delivers an event of the plugin `name`, if this one listens to it; the
    /// result says whether it does.
    ///
    /// # Errors
    /// [`CallError::Arguments`] for values that cannot be JSON.
    pub fn notify(&self, name: &str, key: &str, args: impl Serialize) -> Result<bool, CallError> {
        let payload = Arguments::of(&args)?;
        Ok(self.inner.shared.update(|state| state.notify(name, key, payload)))
    }

    async fn order<T>(&self, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Option<T> {
        let (done, answer) = oneshot::channel();
        self.orders.send(order(done)).ok()?;
        answer.await.ok()
    }
}

impl fmt::Debug for RemotePlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = &*self.inner.status.borrow();
        f.debug_struct("RemotePlugin").field("name", &self.name).field("status", status).finish()
    }
}

/// Why a plugin is not connected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The profile has no `url`.
    #[error("the plugin's profile has no url")]
    NoUrl,
    /// There is no connection, or it ended during the handshake.
    #[error("no connection to the plugin: {0}")]
    Lost(CloseReason),
    /// The plugin answered the handshake with an error.
    #[error("the plugin refused the handshake: {0}")]
    Refused(String),
    /// Somebody disconnected the plugin meanwhile.
    #[error("the plugin was disconnected")]
    Stopped,
}
