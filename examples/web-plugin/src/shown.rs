//! A plugin whose calls are shown.

use connector::plugin::{
    MethodResult, PluginCall, PluginClient, PluginError, PluginEvent, PluginMethods,
};

use crate::page::Page;

/// The most characters of a call's values that are shown.
const SHOWN: usize = 60;

/// A plugin, and the page that shows its calls.
pub(crate) struct Shown<P> {
    plugin: P,
    page: Page,
}

impl<P: PluginMethods> Shown<P> {
    pub(crate) fn new(plugin: P, page: Page) -> Self {
        Self { plugin, page }
    }
}

impl<P: PluginMethods> PluginMethods for Shown<P> {
    fn methods(&self) -> Vec<String> {
        self.plugin.methods()
    }

    async fn call(&self, index: usize, call: PluginCall) -> MethodResult {
        let from = call.request_info().map_or("somebody", |info| &info.from).to_owned();
        let values: String = call.payload().as_payload().as_str().chars().take(SHOWN).collect();
        let what = format!("{from}: {}{values}", call.method());
        let result = self.plugin.call(index, call).await;
        let ended = if result.is_ok() { "ok" } else { "failed" };
        self.page.add(&format!("{what} {ended}"));
        result
    }

    fn listens_to(&self) -> Vec<(String, String)> {
        self.plugin.listens_to()
    }

    async fn notified(&self, index: usize, event: PluginEvent) -> Result<(), PluginError> {
        self.plugin.notified(index, event).await
    }

    async fn activated(&self, client: PluginClient) -> Result<(), PluginError> {
        let name = client.name().unwrap_or_default();
        self.page.set_state(&format!("An engine has connected, and calls it {name}."));
        self.plugin.activated(client).await
    }

    async fn deactivated(&self, client: PluginClient) -> Result<(), PluginError> {
        self.page.set_state("The engine has gone.");
        self.plugin.deactivated(client).await
    }
}
