//! The plugin `host`, which other plugins call and listen to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use connector::plugin::{LocalPlugin, Methods, PluginCall, PluginError};
use connector::protocol::remix::{Payload, Profile};

// The clock of the program that this is part of.
use super::sleep;

/// Returns the plugin, which hears the event `ping` of the plugin `hears`.
pub(crate) fn plugin(hears: &str) -> LocalPlugin<Methods> {
    let heard = Arc::new(Mutex::new(Vec::<Payload>::new()));
    let hears = hears.to_owned();
    let listener = heard.clone();
    let methods = Methods::new()
        .method("echo", async |call: PluginCall| call.arg::<Payload>(0))
        .method("add", async |call: PluginCall| {
            let (a, b): (f64, f64) = call.args()?;
            Ok(a + b)
        })
        .method("none", async |_| Ok(()))
        .method("fail", async |call: PluginCall| {
            Err::<(), _>(PluginError::new(call.arg::<String>(0)?))
        })
        .method("slow", async |call: PluginCall| {
            sleep(Duration::from_millis(call.arg(0)?)).await;
            call.arg::<Payload>(1)
        })
        .method("fire", async |call: PluginCall| {
            let event: String = call.arg(0)?;
            call.client().emit(&event, call.args_from::<Payload>(1)?)?;
            Ok(true)
        })
        .method("heard", move |_| {
            let heard = std::mem::take(&mut *heard.lock().unwrap_or_else(PoisonError::into_inner));
            async { Ok(heard) }
        })
        .method("whoCalled", async |call: PluginCall| Ok(call.request_info().cloned()))
        .activated(move |client| {
            let listener = listener.clone();
            client.on(&hears, "ping", move |payload| {
                let mut heard = listener.lock().unwrap_or_else(PoisonError::into_inner);
                heard.push(payload.into_payload());
            });
            async {}
        });
    LocalPlugin::new(Profile::new("host"), methods)
}
