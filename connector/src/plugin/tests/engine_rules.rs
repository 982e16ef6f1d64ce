//! Rules for what plugins of an engine do to one another.

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::by_hand::{ByHand, Hand};
use super::engine::{engine, local, methods};
use super::*;

/// Everybody may deactivate everybody, and change descriptions alone.
struct Free;

impl Permissions for Free {
    async fn can_deactivate(&self, _: &Profile, _: &Profile) -> bool {
        true
    }

    async fn can_update(&self, before: &Profile, after: &Profile) -> bool {
        before.methods == after.methods
    }
}

async fn ask(engine: &Engine, from: &str, method: &str, args: Value) -> Result<Value, CallError> {
    engine.call(from, "callOther", ("manager", method, args)).await
}

#[tokio::test]
async fn a_plugin_is_asked_before_another_one_deactivates_it() {
    let engine = Engine::with_permissions(Free);
    ["a", "b", "c"].iter().for_each(|name| engine.register(local(name)).unwrap());
    let picky = methods().method("canDeactivate", |call: PluginCall| async move {
        let from: Profile = call.arg(0)?;
        if from.name == "c" { Err(PluginError::new("ask later")) } else { Ok(from.name == "b") }
    });
    engine.register(LocalPlugin::new(Profile::new("picky"), picky)).unwrap();
    engine.activate("picky").await.unwrap();
    let refused = ask(&engine, "a", "deactivatePlugin", json!(["picky"])).await;
    assert_eq!(error_of(refused), "Plugin a has no right to deactivate plugin picky");
    let failed = ask(&engine, "c", "deactivatePlugin", json!(["picky"])).await;
    assert_eq!(error_of(failed), "ask later");
    assert!(engine.is_active("picky"));
    ask(&engine, "b", "deactivatePlugin", json!(["picky"])).await.unwrap();
    assert!(!engine.is_active("picky"));
    engine.activate("picky").await.unwrap();
    assert!(engine.deactivate("picky").await, "the manager does not ask");
    ask(&engine, "a", "deactivatePlugin", json!(["b"])).await.unwrap();
    assert!(!engine.is_active("b"), "it has no objection of its own");
}

#[tokio::test(start_paused = true)]
async fn the_silence_of_a_released_plugin_is_consent() {
    let engine = Engine::with_permissions(Free);
    engine.register(local("a")).unwrap();
    let (connector, mut connections) = ByHand::new("silent");
    engine.register(connector).unwrap();
    let (activated, mut silent) =
        tokio::join!(engine.activate("silent"), Hand::take(&mut connections, r#"["add"]"#));
    activated.unwrap();
    let start = Instant::now();
    ask(&engine, "a", "deactivatePlugin", json!(["silent"])).await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 1);
    let asked = silent.recv().await;
    assert_eq!(asked.key.as_deref(), Some("canDeactivate"));
    assert!(asked.payload.unwrap().as_str().starts_with(r#"[{"name":"a""#));
    assert!(!engine.is_active("silent"));
}

#[tokio::test(start_paused = true)]
async fn plugins_that_wait_for_one_another_are_told_at_once() {
    let engine = engine(&["a", "b"]);
    let start = Instant::now();
    let back = ("b", "callOther", json!(["a", "add", [1, 1]]));
    let circle = engine.call::<Value>("a", "callOther", back).await;
    assert_eq!(
        error_of(circle),
        "b cannot call add of a, because it would wait for the call that a is running: a -> b -> a"
    );
    let itself = engine.call::<Value>("a", "callOther", ("a", "add", (1, 1))).await;
    assert!(error_of(itself).ends_with("a is running: a -> a"));
    assert_eq!(start.elapsed().as_millis(), 0);
    // The manager waits for nobody, also while it activates another plugin for its caller.
    ask(&engine, "a", "activatePlugin", json!(["b"])).await.unwrap();
    ask(&engine, "a", "updateProfile", json!([{ "name": "a", "kind": "x" }])).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn plugins_of_a_list_are_activated_at_once_and_all_are_tried() {
    let engine = engine(&["a"]);
    let silent: Vec<_> = ["s1", "s2", "s3"]
        .map(|name| {
            let (connector, connections) = ByHand::new(name);
            engine.register(connector).unwrap();
            connections
        })
        .into();
    engine.register(local("b")).unwrap();
    let start = Instant::now();
    let options = connector_protocol::remix::QueueOptions::default();
    engine.set_queue("a", options.timeout(Duration::from_secs(60)));
    let all = ask(&engine, "a", "activatePlugin", json!([["s1", "s2", "b", "s3"]])).await;
    assert!(error_of(all).starts_with("Plugin s1 cannot be activated: "));
    assert_eq!(start.elapsed().as_secs(), 10, "one deadline for all of their handshakes");
    assert!(engine.is_active("b"));
    drop(silent);
    let none = ask(&engine, "a", "activatePlugin", json!([["a", "b"]])).await.unwrap();
    assert_eq!(none, json!([]), "as in the released engine");
}

#[tokio::test]
async fn a_plugin_changes_its_profile_as_far_as_it_may() {
    let engine = Engine::with_permissions(Free);
    engine.register(local("a")).unwrap();
    let update = |profile: Value| {
        let engine = engine.clone();
        async move { ask(&engine, "a", "updateProfile", json!([profile])).await }
    };
    update(json!({ "name": "a", "description": "new" })).await.unwrap();
    let refused = update(json!({ "name": "a", "methods": ["add"] })).await;
    assert_eq!(error_of(refused), "Plugin a has no right to update its profile");
    let profile = engine.profile("a").unwrap();
    assert_eq!(profile.description.as_deref(), Some("new"));
    assert!(profile.exposes("slow"));
}

#[tokio::test]
async fn what_a_plugin_adds_to_its_profile_is_bounded() {
    let engine = Engine::new();
    let connector = LocalPlugin::new(Profile::new("a").url("memory"), methods());
    engine.register(connector).unwrap();
    let update = |member: &str, value: Value| {
        let (engine, mut profile) = (engine.clone(), json!({ "name": "a" }));
        profile[member] = value;
        async move { ask(&engine, "a", "updateProfile", json!([profile])).await }
    };
    let long = "x".repeat(100 << 10);
    for member in ["x1", "x2"] {
        update(member, json!(long)).await.unwrap();
    }
    let too_long = "A profile has at most 262144 bytes";
    assert_eq!(error_of(update("x3", json!(long)).await), too_long);
    assert_eq!(error_of(update("x1", json!(long.repeat(3))).await), too_long);
    let many = vec!["m"; 1025];
    let refused = error_of(update("methods", json!(many)).await);
    assert_eq!(refused, "A plugin has at most 1024 methods");
    update("url", Value::Null).await.unwrap();
    let profile = engine.profile("a").unwrap();
    assert_eq!(profile.url.as_deref(), Some("memory"), "it stays");
    assert_eq!(profile.extra.keys().collect::<Vec<_>>(), ["x1", "x2"]);
}

#[tokio::test]
async fn each_name_of_a_list_is_asked_about_once() {
    struct Counts(Arc<Mutex<Vec<String>>>);
    impl Permissions for Counts {
        async fn can_activate(&self, from: &Profile, to: &Profile, _: Option<&str>) -> bool {
            if from.name == "a" {
                self.0.lock().unwrap().push(to.name.clone());
            }
            true
        }
    }
    let asked = Arc::new(Mutex::new(Vec::new()));
    let engine = Engine::with_permissions(Counts(asked.clone()));
    ["a", "b", "c"].iter().for_each(|name| engine.register(local(name)).unwrap());
    let unknown = (0..10_000).map(|n| format!("x{n}"));
    let names = ["b".to_owned()].into_iter().chain(unknown);
    let names = names.chain(["c", "b"].map(str::to_owned)).chain(vec!["b".to_owned(); 10_000]);
    let names = json!([names.collect::<Vec<_>>()]);
    let failed = error_of(ask(&engine, "a", "activatePlugin", names.clone()).await);
    assert_eq!(failed, "Cannot activate plugin x0, because it is not registered");
    assert_eq!(*asked.lock().unwrap(), ["b", "x0", "c"]);
    assert!(engine.is_active("b") && engine.is_active("c"));
    assert_eq!(
        ask(&engine, "a", "deactivatePlugin", json!([["x", "y"]])).await.unwrap(),
        json!([])
    );
}

#[tokio::test]
async fn methods_that_a_plugin_adds_to_its_profile_can_be_called() {
    let engine = engine(&["a"]);
    let (connector, mut connections) = ByHand::new("late");
    engine.register(connector).unwrap();
    let (activated, mut late) =
        tokio::join!(engine.activate("late"), Hand::take(&mut connections, "[]"));
    activated.unwrap();
    assert!(error_of(engine.call::<i64>("late", "add", ()).await).contains("is not exposed"));
    late.send(
        r#"{"action":"request","name":"manager","key":"updateProfile","id":1,
            "payload":[{"name":"late","methods":["add"]}]}"#,
    );
    assert_eq!(late.recv().await.error, None);
    let answer = late.recv_and_answer("7");
    let (sum, _) = tokio::join!(engine.call::<i64>("late", "add", ()), answer);
    assert_eq!(sum.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_slow_listener_holds_up_neither_others_nor_the_emitter() {
    let engine = engine(&["a", "b"]);
    let (connector, mut connections) = ByHand::new("deaf");
    engine.register(connector).unwrap();
    let (activated, mut deaf) =
        tokio::join!(engine.activate("deaf"), Hand::take(&mut connections, "[]"));
    activated.unwrap();
    deaf.send(r#"{"action":"on","name":"a","key":"news","id":1}"#);
    engine.call::<()>("b", "listenTo", ("a", "news")).await.unwrap();
    let heard = Heard::default();
    engine.on("a", "news", |_| panic!("as wanted"));
    engine.on("a", "news", heard.callback());
    for n in 0..1000 {
        engine.call::<()>("a", "fire", ("news", n)).await.unwrap();
    }
    assert_eq!(heard.all().len(), 1000, "a listener that panics stops no other");
    let mut all = 0;
    while let Ok(message) = timeout(Duration::from_secs(1), deaf.recv()).await {
        assert_eq!(message.payload.unwrap().as_str(), format!("[{all}]"));
        all += 1;
    }
    assert_eq!(all, 1000, "what waited arrives in its order");
}

/// A plugin that lets `b` alone activate it by `add`, and deactivate it.
struct Picky;

impl PluginMethods for Picky {
    fn methods(&self) -> Vec<String> {
        vec!["add".to_owned()]
    }

    async fn call(&self, _: usize, _: PluginCall) -> MethodResult {
        Ok(Some(Payload::of(&7)?))
    }

    async fn can_activate(&self, from: &Profile, method: Option<&str>) -> bool {
        assert_ne!(from.name, "rude", "as wanted");
        from.name == "b" && method == Some("add")
    }

    async fn can_deactivate(&self, from: &Profile) -> bool {
        from.name == "b"
    }
}

#[tokio::test]
async fn a_plugin_within_the_program_consents_or_not() {
    let engine = Engine::with_permissions(Free);
    ["a", "b", "rude"].iter().for_each(|name| engine.register(local(name)).unwrap());
    engine.register(LocalPlugin::new(Profile::new("picky"), Picky)).unwrap();
    let add =
        |from: &'static str| engine.call::<Value>(from, "callOther", ("picky", "add", [0; 0]));
    let refused = "cannot call add of picky, because picky is not activated yet";
    assert_eq!(error_of(add("a").await), format!("a {refused}"));
    assert_eq!(error_of(add("rude").await), format!("rude {refused}"));
    assert_eq!(add("b").await.unwrap(), 7);
    let refused = ask(&engine, "a", "deactivatePlugin", json!(["picky"])).await;
    assert_eq!(error_of(refused), "Plugin a has no right to deactivate plugin picky");
    ask(&engine, "b", "deactivatePlugin", json!(["picky"])).await.unwrap();
    ask(&engine, "a", "activatePlugin", json!(["picky"])).await.unwrap();
    assert!(engine.is_active("picky"), "the manager does not ask it");
}

#[tokio::test]
async fn a_guarded_method_asks_about_its_own_caller() {
    struct OnlyA;
    impl Permissions for OnlyA {
        async fn can_call(
            &self,
            from: &Profile,
            to: &Profile,
            method: &str,
            _: Option<&str>,
        ) -> bool {
            from.name == "a" && to.name == "vault" && method == "open"
        }
    }
    let engine = Engine::with_permissions(OnlyA);
    ["a", "b"].iter().for_each(|name| engine.register(local(name)).unwrap());
    let entered = Arc::new(tokio::sync::Barrier::new(2));
    let both = entered.clone();
    let vault = Methods::new().method("open", move |call: PluginCall| {
        let both = both.clone();
        async move {
            // The other caller's call runs too when this one asks.
            both.wait().await;
            Ok(call.ask_permission(Some("open it?")).await?)
        }
    });
    let options = PluginOptions::new().at_once(2);
    engine.register_with(LocalPlugin::new(Profile::new("vault"), vault), options).unwrap();
    let open =
        |from: &'static str| engine.call::<bool>(from, "callOther", ("vault", "open", [0; 0]));
    let (a, b) = tokio::join!(open("a"), open("b"));
    assert_eq!((a.unwrap(), b.unwrap()), (true, false));
}

#[tokio::test]
async fn a_plugin_cannot_ask_or_call_in_another_ones_name() {
    let engine = engine(&["a", "b"]);
    let other = ask(&engine, "a", "canCall", json!(["x", "b", "add", "please"])).await;
    assert_eq!(error_of(other), "Plugin a has no right to ask who may call plugin b");
    let own = ask(&engine, "a", "canCall", json!(["b", "a", "add", "please"])).await;
    assert_eq!(own.unwrap(), true);
    let call = engine.call::<bool>("manager", "canCall", ("x", "b", "add")).await;
    assert!(call.unwrap(), "the program may ask about all");

    let (connector, mut connections) = ByHand::new("liar");
    engine.register(connector).unwrap();
    let (activated, mut liar) =
        tokio::join!(engine.activate("liar"), Hand::take(&mut connections, "[]"));
    activated.unwrap();
    liar.send(
        r#"{"action":"request","name":"b","key":"whoCalled","id":1,"payload":[],"from":"manager",
            "requestInfo":{"from":"manager","path":"manager"}}"#,
    );
    let answer = liar.recv().await.payload.unwrap();
    assert_eq!(answer.read::<Value>().unwrap(), json!({ "from": "liar", "path": "b" }));
}
