//! An engine in a page, with a plugin within the page's program, one in a frame, and one in a
//! worker. The page of `page/` is its face.

#![cfg(target_family = "wasm")]

mod clock;

use connector::plugin::{Arguments, Engine, LocalPlugin, PluginStatus, Profile};
use connector::protocol::remix::Payload;
use connector::web::{IframePlugin, WebWorkerPlugin};
use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};
use web_sys::Element;

use self::clock::Clock;

/// The events of plugins that the page shows.
const SHOWN: [&str; 2] = ["asked", "changed"];

/// The engine of the page.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Host {
    engine: Engine,
}

#[wasm_bindgen]
impl Host {
    /// Creates the engine: the plugin `clock` is its own, `frame` appears in `place`, from the
    /// page at `page`, and `worker` runs the script at `script`.
    #[wasm_bindgen(constructor)]
    pub fn new(place: Element, page: &str, script: &str) -> Result<Host, JsError> {
        std::panic::set_hook(Box::new(|panic| {
            web_sys::console::error_1(&panic.to_string().into());
        }));
        let engine = Engine::new();
        let registered = engine
            .register(LocalPlugin::of(Clock))
            .and_then(|()| {
                let profile = Profile::new("frame").display_name("A page in a frame").url(page);
                engine.register(IframePlugin::new(profile, place))
            })
            .and_then(|()| {
                let profile = Profile::new("worker").display_name("A worker").url(script);
                engine.register(WebWorkerPlugin::new(profile))
            });
        registered.map_err(exception)?;
        Ok(Self { engine })
    }

    /// Calls `changed` with the name of each plugin whose state or methods have changed, and
    /// `heard` with the plugin, the event and the values of each event that the page shows.
    pub fn watch(&self, changed: Function, heard: Function) {
        for event in ["pluginActivated", "pluginDeactivated", "profileUpdated"] {
            let changed = changed.clone();
            self.engine.on("manager", event, move |profile| {
                let Ok((profile,)) = profile.parse::<(Profile,)>() else { return };
                // What the page throws is in its console.
                let _ = changed.call1(&JsValue::NULL, &profile.name.into());
            });
        }
        for (plugin, event) in ["clock", "frame", "worker"]
            .iter()
            .flat_map(|plugin| SHOWN.map(|event| (*plugin, event)))
        {
            let heard = heard.clone();
            self.engine.on(plugin, event, move |values| {
                let values = values.as_payload().as_str();
                let _ = heard.call3(&JsValue::NULL, &plugin.into(), &event.into(), &values.into());
            });
        }
    }

    /// Activates a plugin, or deactivates it.
    pub async fn toggle(&self, name: String) -> Result<(), JsError> {
        if self.engine.is_active(&name) {
            self.engine.deactivate(&name).await;
            return Ok(());
        }
        self.engine.activate(&name).await.map_err(exception)
    }

    /// Returns whether a plugin can be called.
    pub fn is_ready(&self, name: &str) -> bool {
        self.engine.status(name) == PluginStatus::Ready
    }

    /// Returns the names of a plugin's methods.
    pub fn methods(&self, name: &str) -> Vec<String> {
        self.engine.profile(name).and_then(|profile| profile.methods).unwrap_or_default()
    }

    /// Calls a method with arguments that are a JSON array, and returns the result's JSON.
    pub async fn call(
        &self,
        name: String,
        method: String,
        args: String,
    ) -> Result<String, JsError> {
        let args: Payload = serde_json::from_str(&args).map_err(exception)?;
        let args = Arguments::try_from(args).map_err(exception)?;
        let result: Payload = self.engine.call(&name, &method, args).await.map_err(exception)?;
        Ok(result.as_str().to_owned())
    }
}

/// Returns an error as an exception.
fn exception(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}
