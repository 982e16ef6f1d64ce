//! The methods: one for each thing that a plugin can do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector::plugin::{Methods, PluginCall, PluginError};
use connector::protocol::remix::{Arguments, Payload};
use tokio::time::sleep;

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

/// Returns the methods of a plugin that remembers what it hears.
pub(crate) fn methods() -> Methods {
    let heard = Heard::default();
    let (on, once) = (heard.clone(), heard.clone());
    Methods::new()
        .method("echo", async |call: PluginCall| call.arg::<Payload>(0))
        .method("add", async |call: PluginCall| {
            let (a, b): (f64, f64) = call.args()?;
            Ok(a + b)
        })
        .method("fail", async |call: PluginCall| {
            Err::<(), _>(PluginError::new(call.arg::<String>(0)?))
        })
        .method("slow", async |call: PluginCall| {
            sleep(Duration::from_millis(call.arg(0)?)).await;
            call.arg::<Payload>(1)
        })
        .method("none", async |_| Ok(()))
        .method("whoCalled", async |call: PluginCall| Ok(call.request_info().cloned()))
        .method("emitEvent", async |call: PluginCall| {
            let event: String = call.arg(0)?;
            call.client().emit(&event, call.args_from::<Payload>(1)?)?;
            Ok(true)
        })
        .method("callOther", async |call: PluginCall| {
            let (plugin, method): (String, String) = call.args()?;
            let args: Vec<Payload> = call.args_from(2)?;
            Ok(call.client().call::<Payload>(&plugin, &method, args).await?)
        })
        .method("callAndCancel", call_and_cancel)
        .method("listenTo", move |call: PluginCall| {
            let heard = on.clone();
            async move {
                let (plugin, event): (String, String) = call.args()?;
                call.client().on(&plugin, &event, heard.listener(&plugin, &event));
                Ok(true)
            }
        })
        .method("onceTo", move |call: PluginCall| {
            let heard = once.clone();
            async move {
                let (plugin, event): (String, String) = call.args()?;
                call.client().once(&plugin, &event, heard.listener(&plugin, &event));
                Ok(true)
            }
        })
        .method("offFrom", async |call: PluginCall| {
            let (plugin, event): (String, String) = call.args()?;
            call.client().off(&plugin, &event);
            Ok(true)
        })
        .method("received", move |call: PluginCall| {
            let heard = heard.clone();
            async move {
                let (plugin, event): (String, String) = call.args()?;
                Ok(heard.take(plugin, event))
            }
        })
}

/// Calls another plugin, cancels that after a time, and returns the error's text: an empty
/// one if there was none.
async fn call_and_cancel(call: PluginCall) -> Result<String, PluginError> {
    let (milliseconds, plugin, method): (u64, String, String) = call.args()?;
    let args: Vec<Payload> = call.args_from(3)?;
    let cancel = async {
        sleep(Duration::from_millis(milliseconds)).await;
        call.client().cancel(&plugin, Some(&method));
    };
    let (ended, ()) = tokio::join!(call.client().call::<Payload>(&plugin, &method, args), cancel);
    let text = ended.err().map(|error| error.to_string()).unwrap_or_default();
    Ok(text.strip_prefix("Error from IDE : ").unwrap_or(&text).to_owned())
}
