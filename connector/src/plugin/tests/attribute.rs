//! Plugins that `#[plugin]` makes.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use serde_json::Value;
use tokio::sync::{Notify, mpsc};

use super::*;
use crate::Limits;

/// A plugin with one of each.
#[derive(Default)]
struct Everything {
    /// Not `Clone`: it is borrowed by what runs.
    files: Mutex<HashMap<String, String>>,
    go: Notify,
    heard: Mutex<Vec<String>>,
}

#[derive(Debug)]
struct NotFound(String);

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {}", self.0)
    }
}

/// Keeps files.
///
/// In memory.
#[plugin(
    crate = "crate",
    name = "everything",
    events("fileAdded", "progress"(u32, &str)),
    display_name = "Everything",
    kind = "files",
    version = env!("CARGO_PKG_VERSION"),
    permission,
    can_activate("manager", "other"),
    notifications("solidity"("compilationFinished")),
)]
impl Everything {
    #[method]
    fn read_file(&self, path: String) -> Result<String, NotFound> {
        self.files.lock().unwrap().get(&path).cloned().ok_or(NotFound(path))
    }

    #[method("write")]
    async fn write_file(
        &self,
        client: &PluginClient,
        path: String,
        text: Option<String>,
    ) -> Result<(), PluginError> {
        self.files.lock().unwrap().insert(path.clone(), text.unwrap_or_default());
        Self::emit_file_added(client, (path,))?;
        Ok(())
    }

    #[method]
    async fn slow(&self, value: Value) -> Value {
        self.go.notified().await;
        value
    }

    #[method]
    fn go(&self) {
        self.go.notify_waiters();
    }

    #[method]
    fn join(&self, separator: String, Rest(parts): Rest<String>) -> String {
        parts.join(&separator)
    }

    #[method]
    fn who(&self, caller: &RequestInfo) -> (String, Option<String>) {
        (caller.from.clone(), caller.path.clone())
    }

    #[method]
    fn maybe_who(&self, caller: Option<&RequestInfo>, call: &PluginCall) -> (bool, String) {
        (caller.is_some(), call.method().to_owned())
    }

    #[method(service = "git")]
    fn fetch(&self, remote: String) -> String {
        format!("fetched {remote}")
    }

    #[method("list", service = "git.tools")]
    fn list_tools(&self) -> [&'static str; 1] {
        ["rebase"]
    }

    #[method]
    fn work(&self, client: &PluginClient) -> Result<(), CallError> {
        Self::emit_progress(client, 50, "half")
    }

    #[method]
    async fn panics(&self) -> u8 {
        panic!("as wanted")
    }

    #[method]
    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    #[on("host", "tick")]
    async fn tick(&self, number: u64, text: Option<String>) {
        self.heard.lock().unwrap().push(format!("{number} {text:?}"));
    }

    #[on("host", "tock")]
    fn tock(&self, event: &PluginEvent, Rest(all): Rest<Payload>) -> Result<(), NotFound> {
        let text = format!("{} {} {}", event.plugin(), event.key(), all.len());
        self.heard.lock().unwrap().push(text);
        Err(NotFound("logged".into()))
    }

    #[on("host", "boom")]
    fn boom(&self) {
        panic!("as wanted")
    }
}

#[tokio::test]
async fn methods_are_called_with_arguments_by_serde() {
    let plugin = connected(Everything::default()).await;
    assert_eq!(error_of(plugin.call::<Value>("readFile", ("a",)).await), "there is no a");
    plugin.call::<()>("write", ("a", "text")).await.unwrap();
    plugin.call::<()>("write", ("empty",)).await.unwrap();
    assert_eq!(plugin.call::<String>("readFile", ("a", 1, 2)).await.unwrap(), "text");
    assert_eq!(plugin.call::<String>("readFile", ("empty",)).await.unwrap(), "");
    assert_eq!(
        error_of(plugin.call::<Value>("readFile", ()).await),
        "argument 1 (`path`) of `readFile` is missing"
    );
    assert_eq!(
        error_of(plugin.call::<Value>("readFile", (1,)).await),
        "argument 1 (`path`) of `readFile` does not fit: invalid type: integer `1`, expected a \
         string at line 1 column 1"
    );
    assert_eq!(plugin.call::<String>("join", ("-", "a", "b")).await.unwrap(), "a-b");
    assert_eq!(plugin.call::<String>("join", ("-",)).await.unwrap(), "");
    assert_eq!(
        error_of(plugin.call::<Value>("join", ("-", "a", 2)).await),
        "argument 3 of `join` does not fit: invalid type: integer `2`, expected a string at line 1 \
         column 1"
    );
}

#[tokio::test]
async fn methods_run_at_once_and_borrow_their_plugin() {
    let options = PluginOptions::new().at_once(8);
    let plugin = remote(serve_in_memory(Everything::default()), (), options);
    plugin.connect().await.unwrap();
    let (one, two, ()) = tokio::join!(
        plugin.call::<u8>("slow", (1,)),
        plugin.call::<String>("slow", ("two",)),
        async { plugin.call::<()>("go", ()).await.unwrap() },
    );
    assert_eq!((one.unwrap(), &*two.unwrap()), (1, "two"));
}

#[tokio::test]
async fn a_method_gets_what_the_engine_vouches_for() {
    let plugin = connected(Everything::default()).await;
    let (from, path): (String, String) = plugin.call("who", ("forged",)).await.unwrap();
    assert_eq!((&*from, &*path), ("manager", "remote"));
    let maybe: (bool, String) = plugin.call("maybeWho", ()).await.unwrap();
    assert_eq!(maybe, (true, "maybeWho".to_owned()));
}

#[tokio::test]
async fn a_service_is_called_by_its_path() {
    let plugin = connected(Everything::default()).await;
    let at = |path: &str, method: &str| {
        let payload = Arguments::of(&("origin",)).unwrap();
        plugin.call_for::<Value>(HostCall::new("host", path, method, payload))
    };
    assert_eq!(at("remote.git", "fetch").await.unwrap(), "fetched origin");
    assert_eq!(at("remote.git.tools", "list").await.unwrap(), serde_json::json!(["rebase"]));
    assert_eq!(
        error_of(at("remote", "fetch").await),
        "Method fetch doesn't exist on plugin remote"
    );
}

#[tokio::test]
async fn a_panic_is_answered_and_the_plugin_goes_on() {
    let plugin = connected(Everything::default()).await;
    assert_eq!(error_of(plugin.call::<u8>("panics", ()).await), "The method panicked");
    plugin.notify("host", "boom", ()).unwrap();
    plugin.notify("host", "tick", (1,)).unwrap();
    assert_eq!(plugin.call::<Vec<String>>("heard", ()).await.unwrap(), ["1 None"]);
}

#[tokio::test]
async fn a_listener_gets_the_values_that_fit() {
    let plugin = connected(Everything::default()).await;
    // Its subscriptions have arrived before an answer does.
    plugin.call::<Vec<String>>("heard", ()).await.unwrap();
    assert!(plugin.notify("host", "tick", (1, "a", 2)).unwrap());
    plugin.notify("host", "tick", ("not a number",)).unwrap();
    plugin.notify("host", "tick", ()).unwrap();
    plugin.notify("host", "tock", (1, 2)).unwrap();
    plugin.notify("host", "tick", (2,)).unwrap();
    assert!(!plugin.notify("host", "other", ()).unwrap());
    let heard: Vec<String> = plugin.call("heard", ()).await.unwrap();
    assert_eq!(heard, ["1 Some(\"a\")", "host tock 2", "2 None"]);
}

#[tokio::test]
async fn declared_events_are_emitted_by_functions() {
    let plugin = connected(Everything::default()).await;
    let heard = Heard::default();
    plugin.on("fileAdded", heard.callback());
    plugin.on("progress", heard.callback());
    plugin.call::<()>("write", ("a",)).await.unwrap();
    plugin.call::<()>("work", ()).await.unwrap();
    assert_eq!(heard.all(), ["[\"a\"]", "[50,\"half\"]"]);
}

#[test]
fn the_profile_is_that_of_the_attributes() {
    let profile = Everything::profile();
    let expected = Profile::new("everything")
        .methods([
            "readFile",
            "write",
            "slow",
            "go",
            "join",
            "who",
            "maybeWho",
            "git.fetch",
            "git.tools.list",
            "work",
            "panics",
            "heard",
            "fetch",
            "list",
        ])
        .events(["fileAdded", "progress"])
        .description("Keeps files.")
        .display_name("Everything")
        .kind("files")
        .version(env!("CARGO_PKG_VERSION"))
        .permission(true)
        .can_activate(["manager", "other"])
        .notifications("solidity", ["compilationFinished"]);
    assert_eq!(profile, expected);
}

/// Tells what happens to it.
struct Hooked(mpsc::UnboundedSender<String>);

#[plugin(crate = "crate", name = "hooked")]
impl Hooked {
    fn tell(&self, text: &str) {
        // The test may have ended.
        let _ = self.0.send(text.to_owned());
    }

    #[method]
    async fn never(&self) {
        pending::<()>().await;
    }

    #[method]
    fn is_here(&self) -> bool {
        true
    }

    #[on_activation]
    async fn up(&self, client: &PluginClient) -> Result<(), CallError> {
        self.tell("up");
        client.emit("ready", ())
    }

    #[on_deactivation]
    async fn down(&self, client: &PluginClient) {
        assert!(client.emit("gone", ()).is_err());
        self.tell("down");
    }

    #[can_deactivate]
    async fn may_go(&self, from: &Profile) -> bool {
        assert_ne!(from.name, "panics");
        from.name == "friend"
    }

    #[can_activate]
    fn may_come(&self, from: &Profile, method: Option<&str>) -> bool {
        assert_ne!(from.name, "panics");
        from.name == "friend" && method.is_some()
    }
}

#[tokio::test]
async fn hooks_run_with_each_activation() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let plugin = remote(serve_in_memory(Hooked(tell)), (), PluginOptions::new());
    let heard = Heard::default();
    plugin.on("ready", heard.callback());
    plugin.on("gone", heard.callback());
    for round in 1..=5 {
        plugin.connect().await.unwrap();
        assert_eq!(told.recv().await.unwrap(), "up");
        // The event leaves before the answer.
        let may: bool = plugin.call("canDeactivate", (Profile::new("x"),)).await.unwrap();
        assert!(!may);
        assert_eq!(heard.all().len(), round);
        plugin.disconnect().await;
        assert_eq!(told.recv().await.unwrap(), "down");
    }
}

/// Its hooks panic.
struct Broken;

#[plugin(crate = "crate", name = "broken")]
impl Broken {
    #[method]
    fn works(&self) -> bool {
        true
    }

    #[on_activation]
    async fn up(&self) {
        panic!("as wanted")
    }

    #[on_deactivation]
    fn down(&self) {
        panic!("as wanted")
    }
}

#[tokio::test]
async fn a_hook_that_panics_closes_nothing() {
    let plugin = remote(serve_in_memory(Broken), (), PluginOptions::new());
    for _ in 0..3 {
        plugin.connect().await.unwrap();
        assert!(plugin.call::<bool>("works", ()).await.unwrap());
        plugin.disconnect().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_waits_for_calls_within_the_drain() {
    let (tell, mut told) = mpsc::unbounded_channel();
    let (engine, link) = LocalLink::pair();
    let limits = Limits { drain: Duration::from_secs(3), ..Limits::default() };
    let options = ClientOptions::new().limits(limits);
    let client = PluginClient::with_options(Hooked(tell), options);
    let served = tokio::spawn({
        let client = client.clone();
        async move { client.serve(link).await }
    });
    let engine = RemotePlugin::new(One(Some(engine)), (), PluginOptions::new());
    engine.connect().await.unwrap();
    assert_eq!(told.recv().await.unwrap(), "up");
    let call = engine.call::<()>("never", ());
    let start = tokio::time::Instant::now();
    let (ended, down) = tokio::join!(call, async {
        tokio::task::yield_now().await;
        client.close();
        told.recv().await.unwrap()
    });
    assert!(ended.is_err());
    assert_eq!((&*down, start.elapsed()), ("down", Duration::from_secs(3)));
    assert_eq!(served.await.unwrap(), CloseReason::Requested);
}

#[tokio::test]
async fn an_engine_may_ask_whether_to_deactivate() {
    let (tell, _told) = mpsc::unbounded_channel();
    let plugin = connected(Hooked(tell)).await;
    let may = |profile: Profile| plugin.call::<bool>("canDeactivate", (profile,));
    assert!(may(Profile::new("friend")).await.unwrap());
    assert!(!may(Profile::new("other")).await.unwrap());
    assert_eq!(error_of(may(Profile::new("panics")).await), "The method panicked");
    let text = error_of(plugin.call::<bool>("canDeactivate", (1,)).await);
    assert!(text.starts_with("argument 1 of `canDeactivate` does not fit: "), "{text}");
    // A plugin that has no hook says yes.
    let plugin = connected(Methods::new()).await;
    assert!(plugin.call::<bool>("canDeactivate", (Profile::new("other"),)).await.unwrap());
}

#[tokio::test]
async fn a_plugin_may_refuse_its_activation() {
    let (tell, _told) = mpsc::unbounded_channel();
    let engine = Engine::new();
    engine.register(LocalPlugin::of(Hooked(tell))).unwrap();
    for name in ["friend", "other", "panics"] {
        engine.register(LocalPlugin::new(Profile::new(name), ())).unwrap();
        engine.activate(name).await.unwrap();
    }
    let call = |from: &str, path: &str, method: &str| {
        let args = Arguments::of(&("hooked",)).unwrap();
        engine.call_for::<Value>(HostCall::new(from, path, method, args))
    };
    for refused in ["other", "panics"] {
        let text = error_of(call(refused, "hooked", "isHere").await);
        let expected =
            format!("{refused} cannot call isHere of hooked, because hooked is not activated yet");
        assert_eq!(text, expected);
    }
    assert!(!engine.is_active("hooked"));
    assert_eq!(call("friend", "hooked", "isHere").await.unwrap(), true);
    assert!(engine.is_active("hooked"));
}

/// Connects by one link, once.
struct One(Option<LocalLink>);

impl PluginConnector for One {
    type Link = LocalLink;

    fn profile(&self) -> &Profile {
        static PROFILE: std::sync::LazyLock<Profile> =
            std::sync::LazyLock::new(|| Profile::new("one"));
        &PROFILE
    }

    async fn connect(&mut self, _: &str) -> Result<LocalLink, ConnectError> {
        Ok(self.0.take().ok_or(CloseReason::PeerClosed)?)
    }
}

#[tokio::test]
async fn a_client_may_be_used_before_it_is_connected() {
    let (engine, link) = LocalLink::pair();
    let client = PluginClient::new(());
    let heard = Heard::default();
    client.on("host", "tick", heard.callback());
    assert!(client.emit("early", ()).is_err());
    let client = create_connector_client(link, Some(client));
    let engine = RemotePlugin::new(One(Some(engine)), (), PluginOptions::new());
    let (connected, loaded) = tokio::join!(engine.connect(), client.onload());
    connected.unwrap();
    assert_eq!(loaded.unwrap().name, "one");
    while !engine.notify("host", "tick", (1,)).unwrap() {
        tokio::task::yield_now().await;
    }
    while heard.all().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(heard.all(), ["[1]"]);
}

#[tokio::test]
async fn events_are_a_typed_stream() {
    let (engine, link) = LocalLink::pair();
    let client = create_connector_client(link, None);
    let mut ticks = client.events::<(u64, Option<String>)>("host", "tick");
    let engine = RemotePlugin::new(One(Some(engine)), (), PluginOptions::new());
    engine.connect().await.unwrap();
    while !engine.notify("host", "tick", (1, "a", true)).unwrap() {
        tokio::task::yield_now().await;
    }
    engine.notify("host", "tick", ("not a number",)).unwrap();
    engine.notify("host", "tick", (2,)).unwrap();
    assert_eq!(ticks.next().await.unwrap().unwrap(), (1, Some("a".to_owned())));
    assert!(ticks.next().await.unwrap().is_err());
    assert_eq!(ticks.next().await.unwrap().unwrap(), (2, None));
    client.close();
    assert!(ticks.next().await.is_none());
}

#[tokio::test]
async fn a_client_without_a_plugin_has_no_methods() {
    let (engine, link) = LocalLink::pair();
    let client = create_connector_client(link, None);
    let engine = RemotePlugin::new(One(Some(engine)), (), PluginOptions::new());
    engine.connect().await.unwrap();
    let heard = Heard::default();
    engine.on("news", heard.callback());
    client.onload().await.unwrap();
    client.emit("news", (1,)).unwrap();
    assert!(error_of(engine.call::<()>("x", ()).await).contains("not exposed"));
    while heard.all().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(heard.all(), ["[1]"]);
}

#[tokio::test]
#[should_panic = "a `PluginClient` is connected once"]
async fn a_client_is_connected_once() {
    let client = create_connector_client(LocalLink::pair().0, None);
    create_connector_client(LocalLink::pair().0, Some(client));
}
