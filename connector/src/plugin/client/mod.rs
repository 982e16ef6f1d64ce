//! The plugin's side of a connection: the handle for programs.

mod driver;
mod state;

use std::fmt;
use std::sync::Arc;

use connector_protocol::CloseReason;
use connector_protocol::remix::{Arguments, ListenerId, RemixError};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) use driver::drive;
use state::Inner;
pub use state::Loaded;

use super::calls::drop_listeners;
use super::outcome::read;
use super::{CallError, ClientConnector, ClientOptions, MessageIo, PluginMethods};
use crate::plugin::connection_limits::ConnectionLimits;
use crate::{MaybeSend, MaybeSync, runtime};

/// Connects a plugin with these methods to an engine, and spawns a task that serves it
/// until the connection ends: Remix's `createConnectorClient`.
///
/// # Panics
/// Panics outside of a tokio runtime.
pub fn create_connector_client(
    connector: impl ClientConnector,
    methods: impl PluginMethods,
    options: ClientOptions,
) -> PluginClient {
    let transit = MessageIo::new(&options.limits);
    let (client, driver) = drive(connector, Arc::new(methods), transit, &options.limits);
    runtime::spawn(async move {
        driver.await;
    });
    client
}

/// A handle of a plugin's connection to one engine. Clones are the same connection.
/// Dropping them does not end it.
#[derive(Clone)]
pub struct PluginClient {
    inner: Arc<Inner>,
}

impl PluginClient {
    /// Waits for the engine's first handshake. From then on the plugin may call and
    /// emit.
    ///
    /// # Errors
    /// Returns [`RemixError::Lost`] if the connection has ended.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn onload(&self) -> Result<Loaded, RemixError> {
        let mut status = self.inner.status.subscribe();
        let known = status.wait_for(|status| status.loaded.is_some() || status.closed.is_some());
        match known.await.as_deref() {
            Ok(state::Status { loaded: Some(loaded), closed: None }) => Ok(loaded.clone()),
            _ => Err(RemixError::Lost("the engine".to_owned())),
        }
    }

    /// Returns the plugin's name in the engine, after the first handshake.
    pub fn name(&self) -> Option<String> {
        self.inner.status.borrow().loaded.as_ref().map(|loaded| loaded.name.clone())
    }

    /// Calls a method of another plugin. `path` is the plugin's name, followed by the
    /// names of services, separated by dots. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// Returns [`CallError`] before the handshake, after the end of the connection, and
    /// if the engine or the other plugin answers with an error.
    ///
    /// # Cancel safety
    /// If the future is dropped, the call goes on and its result is dropped. See
    /// [`PluginClient::cancel`].
    pub async fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        method: &str,
        args: impl Serialize,
    ) -> Result<T, CallError> {
        let payload = Arguments::of(&args)?;
        let answer = self.inner.call(path, method, payload)?;
        read(answer.await)
    }

    /// Cancels this plugin's calls of `method`, or of all methods, at `path`. They fail
    /// with the engine's error.
    pub fn cancel(&self, path: &str, method: Option<&str>) {
        self.inner.shared.update(|state| state.session.cancel(path, method, &mut state.out));
    }

    /// Emits an event of this plugin. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// Returns [`CallError`] before the handshake, after the end of the connection, and
    /// for arguments that cannot be JSON.
    pub fn emit(&self, key: &str, args: impl Serialize) -> Result<(), CallError> {
        let payload = Arguments::of(&args)?;
        let emit =
            self.inner.shared.update(|state| state.session.emit(key, payload, &mut state.out));
        Ok(emit?)
    }

    /// Adds a listener of an event of the plugin `name`. It gets a value that the engine
    /// remembers at once. The callback runs in the connection's task, so it must not
    /// block.
    pub fn on(
        &self,
        name: &str,
        key: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> ListenerId {
        self.inner.listen(name, key, Arc::new(callback), false)
    }

    /// Adds a listener of the next event of the plugin `name`. The callback must not
    /// block.
    pub fn once(
        &self,
        name: &str,
        key: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> ListenerId {
        self.inner.listen(name, key, Arc::new(callback), true)
    }

    /// Removes all listeners of an event.
    pub fn off(&self, name: &str, key: &str) {
        let removed: Vec<_> = self.inner.shared.update(|state| {
            let ids = state.session.off(name, key, &mut state.out);
            ids.iter().filter_map(|id| state.listeners.remove(id)).collect()
        });
        drop_listeners(removed);
    }

    /// Removes one listener.
    pub fn unlisten(&self, listener: ListenerId) {
        let removed = self.inner.shared.update(|state| {
            state.session.unlisten(listener, &mut state.out);
            state.listeners.remove(&listener)
        });
        drop_listeners(removed);
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.close_for(CloseReason::Requested);
    }

    #[cfg(test)]
    pub(super) fn pending_calls(&self) -> usize {
        self.inner.shared.lock().calls.len()
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.inner.limits
    }

    pub(super) fn close_for(&self, reason: CloseReason) {
        self.inner.shared.update(|state| {
            state.close.get_or_insert(reason);
        });
    }

    /// Waits for the end of the connection, and returns its reason.
    ///
    /// # Cancel safety
    /// Dropping the future only ends the wait.
    pub async fn closed(&self) -> CloseReason {
        let mut status = self.inner.status.subscribe();
        let closed = status.wait_for(|status| status.closed.is_some()).await;
        let reason = closed.ok().and_then(|status| status.closed.clone());
        // `self` owns the sender, so the channel is open.
        reason.unwrap_or(CloseReason::Requested)
    }
}

impl fmt::Debug for PluginClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PluginClient").field(&*self.inner.status.borrow()).finish()
    }
}
