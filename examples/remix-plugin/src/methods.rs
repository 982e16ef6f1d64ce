//! The plugin: one method for each thing that a plugin can do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector::plugin::{
    Arguments, CallError, Payload, PluginClient, PluginError, RequestInfo, Rest, plugin,
};

// The clock of the program that this is part of.
use super::sleep;

/// A plugin that remembers what it hears.
#[derive(Default)]
pub(crate) struct Toy {
    heard: Heard,
}

/// The payloads that were heard, by plugin and event, since they were last asked for.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Payloads>>);

type Payloads = HashMap<(String, String), Vec<Payload>>;

impl Heard {
    /// Returns a listener of an event.
    fn listener(&self, plugin: &str, event: &str) -> impl Fn(Arguments) + Send + Sync + use<> {
        let heard = self.clone();
        let event = (plugin.to_owned(), event.to_owned());
        move |payload| {
            let mut heard = heard.0.lock().unwrap_or_else(PoisonError::into_inner);
            heard.entry(event.clone()).or_default().push(payload.into_payload());
        }
    }

    fn take(&self, plugin: String, event: String) -> Vec<Payload> {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.remove(&(plugin, event)).unwrap_or_default()
    }
}

/// Does one of everything.
#[plugin(name = "remote", display_name = "Toy")]
impl Toy {
    #[method]
    fn echo(&self, x: Payload) -> Payload {
        x
    }

    #[method]
    fn add(&self, a: f64, b: f64) -> f64 {
        a + b
    }

    #[method]
    fn fail(&self, text: String) -> Result<(), PluginError> {
        Err(PluginError::new(text))
    }

    #[method]
    async fn slow(&self, milliseconds: u64, value: Payload) -> Payload {
        sleep(Duration::from_millis(milliseconds)).await;
        value
    }

    #[method]
    fn none(&self) {}

    #[method]
    fn who_called(&self, caller: Option<&RequestInfo>) -> Option<RequestInfo> {
        caller.cloned()
    }

    #[method]
    fn emit_event(
        &self,
        client: &PluginClient,
        key: String,
        Rest(payload): Rest<Payload>,
    ) -> Result<bool, CallError> {
        client.emit(&key, payload)?;
        Ok(true)
    }

    #[method]
    async fn call_other(
        &self,
        client: &PluginClient,
        plugin: String,
        method: String,
        Rest(payload): Rest<Payload>,
    ) -> Result<Payload, CallError> {
        client.call(&plugin, &method, payload).await
    }

    /// Calls another plugin, cancels that after a time, and returns the error's text: an empty
    /// one if there was none.
    #[method]
    async fn call_and_cancel(
        &self,
        client: &PluginClient,
        milliseconds: u64,
        plugin: String,
        method: String,
        Rest(payload): Rest<Payload>,
    ) -> String {
        let cancel = async {
            sleep(Duration::from_millis(milliseconds)).await;
            client.cancel(&plugin, Some(&method));
        };
        let (ended, ()) = tokio::join!(client.call::<Payload>(&plugin, &method, payload), cancel);
        let text = ended.err().map(|error| error.to_string()).unwrap_or_default();
        text.strip_prefix("Error from IDE : ").unwrap_or(&text).to_owned()
    }

    #[method]
    fn listen_to(&self, client: &PluginClient, plugin: String, event: String) -> bool {
        client.on(&plugin, &event, self.heard.listener(&plugin, &event));
        true
    }

    #[method]
    fn once_to(&self, client: &PluginClient, plugin: String, event: String) -> bool {
        client.once(&plugin, &event, self.heard.listener(&plugin, &event));
        true
    }

    #[method]
    fn off_from(&self, client: &PluginClient, plugin: String, event: String) -> bool {
        client.off(&plugin, &event);
        true
    }

    #[method]
    fn received(&self, plugin: String, event: String) -> Vec<Payload> {
        self.heard.take(plugin, event)
    }
}
