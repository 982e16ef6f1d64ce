//! An engine.

use std::rc::Rc;
use std::time::Duration;

use connector::Limits;
use connector::plugin::{
    Arguments, Engine, LocalPlugin, MessageLink, Methods, PluginCall, PluginConnector, PluginError,
    PluginOptions, Profile,
};
use connector::protocol::remix::Payload;
use connector::web::{IframePlugin, PortPlugin, PostLink, WebSocketDialer, WebWorkerPlugin};
use js_sys::Function;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsError, JsValue};
use web_sys::{Element, MessagePort};

use crate::{exception, host};

/// An engine with the plugin `host`, whose values are JSON texts.
#[wasm_bindgen]
#[derive(Debug)]
pub struct House {
    engine: Engine,
    /// The milliseconds that a call may run.
    timeout: u32,
    /// Those that a handshake may take.
    handshake: u32,
    /// The longest message.
    package: usize,
}

#[wasm_bindgen]
impl House {
    /// Creates an engine whose host hears the event `ping` of the plugin `remote`.
    #[wasm_bindgen(constructor)]
    pub fn new(timeout: u32, handshake: u32, package: usize) -> Result<House, JsError> {
        let engine = Engine::new();
        engine.register(host::plugin("remote")).map_err(exception)?;
        Ok(Self { engine, timeout, handshake, package })
    }

    /// Adds a plugin in a frame of `place`.
    pub fn frame(
        &self,
        name: &str,
        url: &str,
        place: Element,
        sandbox: Option<String>,
    ) -> Result<(), JsError> {
        let plugin = IframePlugin::new(Profile::new(name).url(url), place);
        let plugin = match sandbox {
            Some(sandbox) => plugin.sandbox(sandbox),
            None => plugin,
        };
        self.register(Place::Frame(plugin))
    }

    /// Adds a plugin in a frame of what `place` returns for its name, and the plugin `panel` that
    /// shows it, whose `addView` calls `shown` with the name.
    pub fn shown(
        &self,
        name: &str,
        url: &str,
        allow: &str,
        shown: Function,
        place: Function,
    ) -> Result<(), JsError> {
        let show = Rc::new(move |call: PluginCall| {
            let profile: Profile = call.arg(0)?;
            // What a test throws is the test's.
            let _ = shown.call1(&JsValue::NULL, &profile.name.into());
            Ok::<_, PluginError>(())
        });
        let methods = Methods::new().method("addView", move |call| {
            let show = show.clone();
            async move { show(call) }
        });
        let panel = LocalPlugin::new(Profile::new("panel"), methods);
        self.engine.register(panel).map_err(exception)?;
        let profile = Profile::new(name).url(url).location("panel");
        let frame = IframePlugin::placed_by(profile, move |profile| {
            let place = place.call1(&JsValue::NULL, &profile.name.as_str().into());
            place.ok()?.dyn_into().ok()
        });
        self.register(Place::Frame(frame.allow(allow)))
    }

    /// Adds a plugin in a worker.
    pub fn worker(&self, name: &str, url: &str) -> Result<(), JsError> {
        self.register(Place::Worker(WebWorkerPlugin::new(Profile::new(name).url(url))))
    }

    /// Adds a plugin at the other end of the port that `open` returns.
    pub fn port(&self, name: &str, open: Function) -> Result<(), JsError> {
        let open = move |_: &str| Ok(MessagePort::from(open.call0(&JsValue::NULL)?));
        self.register(Place::Port(PortPlugin::new(Profile::new(name), open)))
    }

    /// Adds a plugin at the other end of a channel.
    pub fn broadcast(&self, name: &str, channel: String) -> Result<(), JsError> {
        self.register(Opened {
            profile: Profile::new(name),
            open: move || PostLink::broadcast(&channel).map_err(Into::into),
        })
    }

    /// Adds a plugin that is a WebSocket server.
    pub fn websocket(&self, name: &str, url: &str) -> Result<(), JsError> {
        let profile = Profile::new(name).url(url);
        self.register(Place::Server(Remote { profile, dialer: WebSocketDialer::new() }))
    }

    /// Activates a plugin.
    pub async fn activate(&self, name: String) -> Result<(), JsError> {
        self.engine.activate(&name).await.map_err(exception)
    }

    /// Deactivates a plugin.
    pub async fn deactivate(&self, name: String) -> bool {
        self.engine.deactivate(&name).await
    }

    /// Deactivates and removes a plugin.
    pub async fn remove(&self, name: String) -> bool {
        self.engine.remove(&name).await.is_some()
    }

    /// Returns the methods that a plugin has announced.
    pub fn methods(&self, name: &str) -> Vec<String> {
        self.engine.profile(name).and_then(|profile| profile.methods).unwrap_or_default()
    }

    /// Returns whether a plugin is active.
    pub fn is_active(&self, name: &str) -> bool {
        self.engine.is_active(name)
    }

    /// Returns a plugin's status, as Rust writes it.
    pub fn status(&self, name: &str) -> String {
        format!("{:?}", self.engine.status(name))
    }

    /// Calls a method with arguments that are a JSON array.
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

    /// Calls `heard` with the values of each event, as JSON.
    pub fn on(&self, name: &str, key: &str, heard: Function) {
        self.engine.on(name, key, move |values| {
            // What a test throws is the test's.
            let _ = heard.call1(&JsValue::NULL, &values.as_payload().as_str().into());
        });
    }

    fn register(&self, plugin: impl PluginConnector) -> Result<(), JsError> {
        let timeout = Duration::from_millis(self.timeout.into());
        let limits = Limits {
            handshake: Duration::from_millis(self.handshake.into()),
            package: self.package,
            queued: 64 << 20,
            call_bytes: 16 << 20,
            waiting: 1_024,
            ..Limits::default()
        };
        let options = PluginOptions::new()
            .limits(limits)
            .queue_timeout(timeout)
            .reconnect_delay(Duration::from_millis(20));
        self.engine.register_with(plugin, options).map_err(exception)
    }
}

/// A plugin, by the place where it runs.
#[derive(PluginConnector)]
enum Place {
    Frame(IframePlugin),
    Worker(WebWorkerPlugin),
    Port(PortPlugin),
    Server(Remote),
}

/// A plugin that is a WebSocket server.
#[derive(PluginConnector)]
struct Remote {
    #[plugin(profile)]
    profile: Profile,
    #[plugin(link)]
    dialer: WebSocketDialer,
}

/// A plugin whose links a function opens.
struct Opened<F> {
    profile: Profile,
    open: F,
}

impl<L: MessageLink, F> PluginConnector for Opened<F>
where
    F: FnMut() -> Result<L, connector::CloseReason> + 'static,
{
    type Link = L;

    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn connect(&mut self, _: &str) -> Result<L, connector::plugin::ConnectError> {
        Ok((self.open)()?)
    }
}
