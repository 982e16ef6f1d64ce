//! The plugin's side of a connection: the handle that programs hold.

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

use super::bounds::Bounds;
use super::outcome::read;
use super::{CallError, ClientConnector, ClientOptions, PluginMethods, Transit};
use crate::{MaybeSend, MaybeSync, runtime};

/// Connects a plugin with these methods to an engine, and serves it in a task
/// of its own until the connection ends: Remix's `createConnectorClient`.
///
/// # Panics
/// Outside of a tokio runtime.
pub fn create_connector_client(
    connector: impl ClientConnector,
    methods: impl PluginMethods,
    options: ClientOptions,
) -> PluginClient {
    let transit = Transit::new(&options.limits);
    let (client, driver) = drive(connector, Arc::new(methods), transit, &options.limits);
    runtime::spawn(async move {
        driver.await;
    });
    client
}

/// A plugin's connection to one engine. Clones are the same connection, and
/// dropping them does not end it.
#[derive(Clone)]
pub struct PluginClient {
    inner: Arc<Inner>,
}

impl PluginClient {
    /// Waits for the engine's first handshake, from which on the plugin may
    /// call and emit.
    ///
    /// # Errors
    /// [`RemixError::Lost`] if the connection has ended.
    pub async fn onload(&self) -> Result<Loaded, RemixError> {
        let mut status = self.inner.status.subscribe();
        let known = status.wait_for(|status| status.loaded.is_some() || status.closed.is_some());
        match known.await.as_deref() {
            Ok(state::Status { loaded: Some(loaded), closed: None }) => Ok(loaded.clone()),
            _ => Err(RemixError::Lost("the engine".to_owned())),
        }
    }

    /// The name that the engine knows the plugin by, once it is loaded.
    pub fn name(&self) -> Option<String> {
        self.inner.status.borrow().loaded.as_ref().map(|loaded| loaded.name.clone())
    }

    /// Calls a method of another plugin, at the path of its name and services
    /// divided by dots. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// [`CallError`]: before the handshake, after the end, and whatever the
    /// engine and the other plugin say.
    ///
    /// # Cancel safety
    /// A call that is dropped goes on without anybody waiting for it; see
    /// [`PluginClient::cancel`].
    pub async fn call<T: DeserializeOwned>(
        &self,
        path: &str,
        method: &str,
        args: impl Serialize,
    ) -> Result<T, CallError> {
        let payload = Arguments::of(&args)?;
        let answer = self.inner.call(path, method, payload)?;
        let lost = |_| Err(RemixError::Lost("the engine".to_owned()));
        read(answer.await.unwrap_or_else(lost))
    }

    /// Cancels this plugin's calls of `method`, or all calls, at `path`. They
    /// end with the engine's word for it.
    pub fn cancel(&self, path: &str, method: Option<&str>) {
        self.inner.shared.update(|state| state.session.cancel(path, method, &mut state.out));
    }

    /// Emits an event of this plugin. `args` is a tuple, an array or a list.
    ///
    /// # Errors
    /// [`CallError`] before the handshake and after the end, and for arguments
    /// that cannot be JSON.
    pub fn emit(&self, key: &str, args: impl Serialize) -> Result<(), CallError> {
        let payload = Arguments::of(&args)?;
        let emit =
            self.inner.shared.update(|state| state.session.emit(key, payload, &mut state.out));
        Ok(emit?)
    }

    /// Listens to an event of the plugin `name`. A value that the engine
    /// remembers comes at once. The callback runs in the connection's task, so
    /// it must not block.
    pub fn on(
        &self,
        name: &str,
        key: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> ListenerId {
        self.inner.listen(name, key, Arc::new(callback), false)
    }

    /// Listens to an event of the plugin `name` once.
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
        self.inner.shared.update(|state| {
            for listener in state.session.off(name, key, &mut state.out) {
                state.listeners.remove(&listener);
            }
        });
    }

    /// Removes one listener.
    pub fn unlisten(&self, listener: ListenerId) {
        self.inner.shared.update(|state| {
            state.session.unlisten(listener, &mut state.out);
            state.listeners.remove(&listener);
        });
    }

    /// Ends the connection.
    pub fn close(&self) {
        self.close_for(CloseReason::Requested);
    }

    pub(super) fn bounds(&self) -> &Bounds {
        &self.inner.bounds
    }

    pub(super) fn close_for(&self, reason: CloseReason) {
        self.inner.shared.update(|state| {
            state.close.get_or_insert(reason);
        });
    }

    /// Waits for the end of the connection.
    pub async fn closed(&self) -> CloseReason {
        let mut status = self.inner.status.subscribe();
        let closed = status.wait_for(|status| status.closed.is_some()).await;
        let reason = closed.ok().and_then(|status| status.closed.clone());
        // The sender lives in `self`, so there is a status.
        reason.unwrap_or(CloseReason::Requested)
    }
}

impl fmt::Debug for PluginClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PluginClient").field(&*self.inner.status.borrow()).finish()
    }
}
