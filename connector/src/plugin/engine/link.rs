//! A plugin's connection as seen by its engine.

use std::sync::{Arc, Weak};

use connector_protocol::remix::{Arguments, HostCall, Outcome, Ticket};

use super::core::Core;
use crate::limits::HeldInAll;
use crate::plugin::calls::MethodResult;
use crate::plugin::host::Around;
use crate::plugin::{HostHandler, HostRequest, PluginError, PluginStatus};

/// The handler of a plugin's connection: it hands everything to the engine.
#[derive(Clone)]
pub(super) struct EngineLink(Weak<Core>);

impl EngineLink {
    pub(super) fn new(core: &Arc<Core>) -> Self {
        Self(Arc::downgrade(core))
    }
}

impl HostHandler for EngineLink {
    async fn call(&self, call: HostRequest) -> MethodResult {
        let HostRequest { from, path, method, payload, .. } = call;
        let Some(core) = self.0.upgrade() else {
            return Err(PluginError::new("The engine has ended"));
        };
        Ok(core.call(HostCall::new(from, path, method, payload)).await?)
    }

    /// All at once, or each that ends would make room for the next. There may be none.
    fn canceled(&self, plugin: &str, path: &str, method: Option<&str>) {
        if let Some(core) = self.0.upgrade() {
            let now = core.now();
            let _ = core.update(|state| state.session.cancel(plugin, path, method, now));
        }
    }

    fn emitted(&self, plugin: &str, key: &str, payload: &Arguments) {
        if let Some(core) = self.0.upgrade() {
            core.update(|state| state.session.emit(plugin, key, payload));
        }
    }

    /// The last value comes as an event.
    fn subscribed(&self, plugin: &str, name: &str, key: &str) -> Option<Arguments> {
        if let Some(core) = self.0.upgrade() {
            core.update(|state| state.subscribed(plugin, name, key));
        }
        None
    }

    fn unsubscribed(&self, plugin: &str, name: &str, key: &str) {
        if let Some(core) = self.0.upgrade() {
            core.update(|state| state.session.off(plugin, name, key));
        }
    }

    fn reloaded(&self, plugin: &str) {
        if let Some(core) = self.0.upgrade() {
            let now = core.now();
            core.update(|state| {
                state.session.reloaded(plugin, now);
                if let Some(profile) = state.session.profile(plugin).cloned() {
                    state.subscribe(&profile);
                }
            });
        }
    }

    fn methods_changed(&self, plugin: &str, methods: &[String]) {
        if let Some(core) = self.0.upgrade() {
            core.methods_changed(plugin, methods);
        }
    }
}

impl Around for EngineLink {
    fn answered(&self, call: Ticket, outcome: Outcome) {
        if let Some(core) = self.0.upgrade() {
            let now = core.now();
            core.update(|state| state.session.finish(call, outcome, now));
        }
    }

    fn status_changed(&self, plugin: &str, status: PluginStatus) {
        if let Some(core) = self.0.upgrade() {
            let now = core.now();
            core.update(|state| state.connection_changed(plugin, status, now));
        }
    }

    fn held(&self) -> Arc<HeldInAll> {
        self.0.upgrade().map(|core| core.held.clone()).unwrap_or_default()
    }
}
