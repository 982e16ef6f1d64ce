//! The engine's handler of a plugin's requests.

use connector_protocol::remix::{Arguments, RemixError};

use crate::plugin::calls::MethodResult;
use crate::{MaybeSend, MaybeSync};

/// The engine's handler of a plugin's calls to other plugins, its subscriptions and its
/// events.
///
/// An async closure that answers calls is a handler. `()` is the handler of an engine
/// without other plugins: it refuses all calls.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not implement `HostHandler`, so it cannot handle a plugin's calls and events",
    note = "pass `()` to refuse all calls, or `async |call: HostRequest| ..` to answer them, or implement `HostHandler`"
)]
pub trait HostHandler: MaybeSend + MaybeSync + 'static {
    /// Handles the plugin's call to another one. Several calls may run at once.
    ///
    /// # Errors
    /// Returns the error for the plugin: its text is sent as the answer.
    ///
    /// # Cancel safety
    /// The future is dropped if the plugin cancels the call, and if the connection
    /// ends.
    fn call(&self, call: HostRequest) -> impl Future<Output = MethodResult> + MaybeSend;

    /// Handles that the plugin cancels its calls to the plugin at `path`, of one method or of
    /// all, before their futures are dropped. It must not block. Default: does nothing.
    fn canceled(&self, plugin: &str, path: &str, method: Option<&str>) {
        let _ = (plugin, path, method);
    }

    /// Handles an event that the plugin emits. It runs in the connection's task, so it
    /// must not block. Default: does nothing.
    fn emitted(&self, plugin: &str, key: &str, payload: &Arguments) {
        let _ = (plugin, key, payload);
    }

    /// Handles a subscription of the plugin to an event of the plugin `name`. Returns the
    /// event's last value, if the engine remembers it. It must not block. Default:
    /// `None`.
    fn subscribed(&self, plugin: &str, name: &str, key: &str) -> Option<Arguments> {
        let _ = (plugin, name, key);
        None
    }

    /// Handles the end of a subscription. It must not block. Default: does nothing.
    fn unsubscribed(&self, plugin: &str, name: &str, key: &str) {
        let _ = (plugin, name, key);
    }

    /// Handles that the plugin has begun anew on its connection, like a page that is loaded
    /// again. Its subscriptions have ended, and its calls end then. It must not block. Default: does
    /// nothing.
    fn reloaded(&self, plugin: &str) {
        let _ = plugin;
    }

    /// Handles the plugin's list of methods, after the first handshake and when it
    /// changes. It must not block. Default: does nothing.
    fn methods_changed(&self, plugin: &str, methods: &[String]) {
        let _ = (plugin, methods);
    }
}

/// A call from a plugin to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostRequest {
    /// The calling plugin.
    pub from: String,
    /// The called plugin's name, then its services, separated by dots.
    pub path: String,
    /// The method.
    pub method: String,
    /// The arguments.
    pub payload: Arguments,
}

impl HostRequest {
    /// Returns the called plugin's name.
    pub fn target(&self) -> &str {
        target(&self.path)
    }
}

/// Returns the name in front of a path's services.
pub(in crate::plugin) fn target(path: &str) -> &str {
    path.split_once('.').map_or(path, |(target, _)| target)
}

impl HostHandler for () {
    async fn call(&self, call: HostRequest) -> MethodResult {
        let target = call.target().to_owned();
        Err(RemixError::NotRegistered { target, caller: call.from }.into())
    }
}

impl<F, Fut> HostHandler for F
where
    F: Fn(HostRequest) -> Fut + MaybeSend + MaybeSync + 'static,
    Fut: Future<Output = MethodResult> + MaybeSend,
{
    fn call(&self, call: HostRequest) -> impl Future<Output = MethodResult> + MaybeSend {
        self(call)
    }
}
