//! What an engine does with what a plugin wants.

use connector_protocol::remix::{Arguments, RemixError};

use crate::plugin::calls::MethodResult;
use crate::{MaybeSend, MaybeSync};

/// What an engine does with what a plugin wants from others.
///
/// A closure that answers calls is one; `()` is an engine without any other
/// plugin.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle what a plugin wants from its engine",
    note = "`()` refuses, `async |call: HostRequest| ..` answers, a type of your own implements `HostHandler`"
)]
pub trait HostHandler: MaybeSend + MaybeSync + 'static {
    /// The plugin calls another one. Calls overlap; one that the plugin cancels
    /// is dropped.
    fn call(&self, call: HostRequest) -> impl Future<Output = MethodResult> + MaybeSend;

    /// The plugin emits an event. Runs in the connection's task, so it must not
    /// block.
    fn emitted(&self, plugin: &str, key: &str, payload: &Arguments) {
        let _ = (plugin, key, payload);
    }

    /// The plugin listens to an event of the plugin `name`; the result is the
    /// event's last value, if it is remembered.
    fn subscribed(&self, plugin: &str, name: &str, key: &str) -> Option<Arguments> {
        let _ = (plugin, name, key);
        None
    }

    /// The plugin listens no more.
    fn unsubscribed(&self, plugin: &str, name: &str, key: &str) {
        let _ = (plugin, name, key);
    }

    /// The plugin has said what may be called, for the first time or anew.
    fn methods_learnt(&self, plugin: &str, methods: &[String]) {
        let _ = (plugin, methods);
    }
}

/// A call from a plugin to another one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostRequest {
    /// The calling plugin.
    pub from: String,
    /// The called plugin's name, then its services, divided by dots.
    pub path: String,
    /// The method.
    pub method: String,
    /// The arguments.
    pub payload: Arguments,
}

impl HostRequest {
    /// The called plugin's name.
    pub fn target(&self) -> &str {
        target(&self.path)
    }
}

/// The name in front of a path's services.
pub(super) fn target(path: &str) -> &str {
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
