//! The handles that call other plugins, as one thing for the clients of `#[remote_plugin]`.

use std::fmt;
use std::sync::Arc;

use connector_protocol::remix::{Arguments, HostCall, Outcome};

use super::host::target;
use super::{Engine, PluginClient, RemotePlugin};
use crate::{Limits, MaybeSend, MaybeSync};

/// A handle by which a program calls plugins and listens to their events: a
/// [`PluginClient`] in a plugin, an [`Engine`] around all of its plugins, and a
/// [`RemotePlugin`] for its own plugin, whatever that one's name is.
///
/// The clients of [`remote_plugin`](macro@super::remote_plugin) stand on it. Implement it to
/// try code that has such a client without an engine.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `PluginCaller`, so it cannot call plugins",
    note = "a `PluginClient`, an `Engine` and a `RemotePlugin` can"
)]
pub trait PluginCaller: Clone + MaybeSend + MaybeSync + 'static {
    /// Calls a method of the plugin at `path`: its name, followed by the names of services,
    /// separated by dots.
    ///
    /// # Errors
    /// Returns the error for which there is no result.
    ///
    /// # Cancel safety
    /// If the future is dropped, the outcome is ignored.
    fn call_plugin(
        &self,
        path: &str,
        method: &str,
        arguments: Arguments,
    ) -> impl Future<Output = Outcome> + MaybeSend;

    /// Adds a listener of an event of the plugin at `path`. The callback must not block. It
    /// is dropped when no further event can come.
    fn listen_to_plugin(
        &self,
        path: &str,
        event: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> EventListener;

    /// Returns the most values that a result or an event of the plugin at `path` may have.
    /// Default: that of [`Limits`].
    fn values_of(&self, path: &str) -> usize {
        let _ = path;
        Limits::default().values
    }
}

impl PluginCaller for PluginClient {
    async fn call_plugin(&self, path: &str, method: &str, arguments: Arguments) -> Outcome {
        self.outcome(path, method, arguments).await
    }

    fn listen_to_plugin(
        &self,
        path: &str,
        event: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> EventListener {
        let listener = self.on(target(path), event, callback);
        let client = self.clone();
        EventListener::new(move || client.unlisten(listener))
    }

    fn values_of(&self, _: &str) -> usize {
        self.limits().enforced.values
    }
}

impl PluginCaller for Engine {
    async fn call_plugin(&self, path: &str, method: &str, arguments: Arguments) -> Outcome {
        self.outcome(path, method, arguments).await
    }

    fn listen_to_plugin(
        &self,
        path: &str,
        event: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> EventListener {
        self.listen(target(path), event, Arc::new(callback))
    }

    fn values_of(&self, path: &str) -> usize {
        self.values(target(path))
    }
}

impl PluginCaller for RemotePlugin {
    async fn call_plugin(&self, path: &str, method: &str, arguments: Arguments) -> Outcome {
        // The plugin is known already. Only its services are looked for.
        let services = path.split_once('.').map(|(_, services)| services);
        let path = match services {
            Some(services) => format!("{}.{services}", self.name()),
            None => self.name().to_owned(),
        };
        self.outcome(HostCall::new(self.caller(), path, method, arguments)).await
    }

    fn listen_to_plugin(
        &self,
        _: &str,
        event: &str,
        callback: impl Fn(Arguments) + MaybeSend + MaybeSync + 'static,
    ) -> EventListener {
        self.listen(event, Arc::new(callback))
    }

    fn values_of(&self, _: &str) -> usize {
        self.values()
    }
}

/// A listener of an event, which listens on when this handle is dropped.
pub struct EventListener(Box<dyn Remove>);

impl EventListener {
    /// Creates the handle of a listener that `remove` removes.
    pub fn new(remove: impl FnOnce() + MaybeSend + MaybeSync + 'static) -> Self {
        Self(Box::new(remove))
    }

    /// Removes the listener. It may still be called by an event that is being delivered.
    pub fn remove(self) {
        self.0.remove();
    }
}

impl fmt::Debug for EventListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventListener").finish_non_exhaustive()
    }
}

trait Remove: MaybeSend + MaybeSync {
    fn remove(self: Box<Self>);
}

impl<F: FnOnce() + MaybeSend + MaybeSync> Remove for F {
    fn remove(self: Box<Self>) {
        self();
    }
}
