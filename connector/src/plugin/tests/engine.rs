//! An engine and its plugins.

use std::sync::atomic::{AtomicUsize, Ordering};

use connector_protocol::remix::{HostCall, QueueOptions};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::*;

/// A plugin that adds, calls others, emits and listens.
pub(super) fn methods() -> Methods {
    Methods::new()
        .method("add", |call: PluginCall| async move {
            let (a, b): (i64, i64) = call.args()?;
            Ok(a + b)
        })
        .method("slow", |call: PluginCall| async move {
            sleep(Duration::from_millis(call.arg(0)?)).await;
            call.arg::<Value>(1)
        })
        .method("whoCalled", |call: PluginCall| async move { Ok(call.request_info().cloned()) })
        .method("callOther", |call: PluginCall| async move {
            let (path, method, args): (String, String, Vec<Payload>) = call.args()?;
            Ok(call.client().call::<Payload>(&path, &method, args).await?)
        })
        .method("fire", |call: PluginCall| async move {
            Ok(call.client().emit(&call.arg::<String>(0)?, (call.arg::<Value>(1)?,))?)
        })
        .method("listenTo", {
            let heard = Heard::default();
            move |call: PluginCall| {
                let heard = heard.clone();
                async move {
                    let (name, key): (String, String) = call.args()?;
                    call.client().on(&name, &key, heard.callback());
                    Ok(())
                }
            }
        })
}

pub(super) fn local(name: &str) -> LocalPlugin<Methods> {
    LocalPlugin::new(Profile::new(name), methods())
}

pub(super) fn engine(names: &[&str]) -> Engine {
    let engine = Engine::new();
    names.iter().for_each(|name| engine.register(local(name)).unwrap());
    engine
}

#[tokio::test]
async fn plugins_call_one_another_and_cannot_lie_about_who_they_are() {
    let engine = engine(&["a", "b"]);
    assert!(engine.is_registered("a") && !engine.is_active("a"));
    let sum: i64 = engine.call("a", "callOther", ("b", "add", (3, 4))).await.unwrap();
    assert_eq!(sum, 7);
    assert!(engine.is_active("a") && engine.is_active("b"));
    let service = engine.call::<Value>("a", "callOther", ("b.git", "whoCalled", [0; 0])).await;
    assert_eq!(error_of(service), "Method git.whoCalled is not implemented by b");
    let who: Value = engine.call("a", "callOther", ("b", "whoCalled", [0; 0])).await.unwrap();
    assert_eq!(who, json!({ "from": "a", "path": "b" }));
    let who: Value = engine.call("b", "whoCalled", [0; 0]).await.unwrap();
    assert_eq!(who, json!({ "from": "manager", "path": "b" }));
    let twice = engine.register(local("a")).unwrap_err();
    assert_eq!(twice.to_string(), "Plugin a is already register.");
}

#[tokio::test]
async fn refusals_reach_the_caller_in_remixs_words() {
    let engine = engine(&["a"]);
    engine.activate("a").await.unwrap();
    let other = |path: &'static str, method: &'static str| {
        let engine = engine.clone();
        async move { error_of(engine.call::<()>("a", "callOther", (path, method, [0; 0])).await) }
    };
    assert_eq!(other("c", "add").await, "Cannot call c from a, because c is not registered");
    assert!(other("a", "nothing").await.starts_with("Cannot call method \"nothing\" of \"a\""));
    assert_eq!(
        other("a", "add").await,
        "a cannot call add of a, because it would wait for the call that a is running: a -> a"
    );
    engine.set_queue("a", QueueOptions::default().at_once(2));
    assert!(other("a", "add").await.contains("the arguments of `add` do not fit"));
    let missing = engine.activate("c").await.unwrap_err();
    assert_eq!(missing.to_string(), "Cannot activate plugin c, because it is not registered");
}

#[tokio::test(start_paused = true)]
async fn calls_queue_at_each_plugin() {
    let engine = engine(&["a", "b"]);
    let start = Instant::now();
    let slow = |name: &'static str, value: u32| {
        let engine = engine.clone();
        async move { engine.call::<u32>(name, "slow", (1000, value)).await.unwrap() }
    };
    let all = tokio::join!(slow("a", 1), slow("a", 2), slow("b", 3));
    assert_eq!(all, (1, 2, 3));
    assert_eq!(start.elapsed().as_secs(), 2, "those of `a` one after the other");
    engine.set_queue("a", QueueOptions::default().at_once(2).timeout(Duration::from_secs(3)));
    let all = tokio::join!(slow("a", 1), slow("a", 2));
    assert_eq!((all, start.elapsed().as_secs()), ((1, 2), 3));
    let late = engine.call::<u32>("a", "slow", (5000, 1)).await;
    assert_eq!(error_of(late), "[TIMEOUT] Timeout for call slow from manager");
    let quick = HostCall::new("x", "a", "slow", Arguments::of(&(5000, 1)).unwrap())
        .timeout(Duration::from_secs(1));
    assert_eq!(
        error_of(engine.call_for::<u32>(quick).await),
        "[TIMEOUT] Timeout for call slow from x"
    );
    assert_eq!(engine.queued("a"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_or_canceled_call_holds_up_nothing() {
    let engine = engine(&["a"]);
    engine.activate("a").await.unwrap();
    let start = Instant::now();
    let slow = || engine.call::<u32>("a", "slow", (9000, 1));
    assert!(timeout(Duration::from_secs(1), slow()).await.is_err());
    assert_eq!(engine.call::<i64>("a", "add", (1, 1)).await.unwrap(), 2);
    assert_eq!(start.elapsed().as_secs(), 1);
    let cancel = async {
        sleep(Duration::from_secs(1)).await;
        engine.cancel("a", Some("slow")).unwrap();
    };
    let (canceled, ()) = tokio::join!(slow(), cancel);
    assert_eq!(error_of(canceled), "[CANCEL] Canceled call slow from manager");
    assert_eq!(start.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_person_may_take_longer_than_the_timeout() {
    let engine = engine(&["dialog", "a"]);
    engine.set_queue("dialog", QueueOptions::default().timeout(Duration::from_secs(2)));
    engine.set_queue("a", QueueOptions::default().timeout(Duration::from_secs(3)));
    let asked = engine.call::<u32>("a", "callOther", ("dialog", "slow", (60_000, 7)));
    let person = async {
        sleep(Duration::from_secs(1)).await;
        let waiting = engine.wait_for_person("dialog");
        sleep(Duration::from_millis(58_500)).await;
        drop(waiting);
    };
    let (answer, ()) = tokio::join!(asked, person);
    assert_eq!(answer.unwrap(), 7);
}

#[tokio::test]
async fn events_reach_plugins_and_the_program() {
    let engine = engine(&["a", "b"]);
    let (heard, once) = (Heard::default(), Heard::default());
    engine.on("a", "news", heard.callback());
    engine.once("a", "news", once.callback());
    for n in [1, 2] {
        engine.call::<()>("a", "fire", ("news", n)).await.unwrap();
    }
    engine.call::<()>("a", "add", (1, 1)).await.unwrap_err();
    assert_eq!((heard.all(), once.all()), (vec!["[1]".into(), "[2]".into()], vec!["[1]".into()]));
    let late = Heard::default();
    engine.on("a", "news", late.callback());
    engine.once("a", "news", late.callback());
    assert_eq!(late.all(), ["[2]", "[2]"], "it is remembered, for the new ones alone");
    assert_eq!(heard.all().len(), 2);
    engine.off("a", "news");
    engine.call::<()>("a", "fire", ("news", 3)).await.unwrap();
    engine.call::<i64>("a", "add", (1, 1)).await.unwrap();
    assert_eq!((heard.all().len(), late.all().len()), (2, 2));
}

#[tokio::test]
async fn the_manager_has_remixs_methods_and_events() {
    let engine = engine(&["a", "b"]);
    let told = Heard::default();
    for event in ["pluginActivated", "pluginDeactivated", "profileUpdated", "profileAdded"] {
        engine.on("manager", event, {
            let told = told.clone();
            move |profile| {
                let (profile,): (Profile,) = profile.parse().unwrap();
                told.0.lock().unwrap().push(format!("{event} {}", profile.name));
            }
        });
    }
    engine.activate("manager").await.unwrap();
    engine.activate("a").await.unwrap();
    let manager = |method: &'static str, args: Value| {
        let engine = engine.clone();
        async move { engine.call::<Value>("a", "callOther", ("manager", method, args)).await }
    };
    assert_eq!(manager("isActive", json!(["b"])).await.unwrap(), json!(false));
    assert_eq!(manager("activatePlugin", json!(["b"])).await.unwrap(), Value::Null);
    assert_eq!(manager("isActive", json!(["b"])).await.unwrap(), json!(true));
    assert_eq!(manager("canCall", json!(["b", "a", "add"])).await.unwrap(), json!(true));
    let profile = manager("getProfile", json!(["b"])).await.unwrap();
    assert_eq!(profile["methods"][0], "add");
    assert_eq!(manager("getProfile", json!(["c"])).await.unwrap(), Value::Null);
    let refused = manager("deactivatePlugin", json!(["b"])).await;
    assert_eq!(error_of(refused), "Plugin a has no right to deactivate plugin b");
    let update = json!([{ "name": "a", "description": "adds" }]);
    assert_eq!(manager("updateProfile", update).await.unwrap(), Value::Null);
    assert_eq!(engine.profile("a").unwrap().description.as_deref(), Some("adds"));
    for (profile, text) in [
        (json!({ "name": "b" }), "A plugin cannot change its name."),
        (json!({ "name": "a", "url": "ws://x" }), "Url from Profile cannot be updated."),
        (json!({}), "Plugin undefined is not register, you cannot update it's profile."),
    ] {
        assert_eq!(error_of(manager("updateProfile", json!([profile])).await), text);
    }
    let some = manager("activatePlugin", json!([["b", "c"]])).await;
    assert_eq!(error_of(some), "Cannot activate plugin c, because it is not registered");
    assert!(engine.deactivate("b").await && !engine.deactivate("b").await);
    engine.register(local("d")).unwrap();
    engine.call::<i64>("a", "add", (1, 1)).await.unwrap();
    let wanted = [
        "pluginActivated manager",
        "profileUpdated a",
        "pluginActivated a",
        "profileUpdated b",
        "pluginActivated b",
        "profileUpdated a",
        "pluginDeactivated b",
        "profileAdded d",
    ];
    assert_eq!(told.all(), wanted);
}

#[tokio::test]
async fn permissions_decide_who_activates_whom() {
    struct Only;
    impl Permissions for Only {
        async fn can_activate(&self, from: &Profile, to: &Profile, method: Option<&str>) -> bool {
            from.name == "manager" || (to.name == "b" && method == Some("add"))
        }

        async fn can_deactivate(&self, _: &Profile, to: &Profile) -> bool {
            to.name == "b"
        }

        async fn can_call(
            &self,
            _: &Profile,
            _: &Profile,
            method: &str,
            text: Option<&str>,
        ) -> bool {
            method == "add" && text == Some("please")
        }
    }
    let engine = Engine::with_permissions(Only);
    ["a", "b", "c"].iter().for_each(|name| engine.register(local(name)).unwrap());
    let other = |args: Value| {
        let engine = engine.clone();
        async move { engine.call::<Value>("a", "callOther", args.as_array().unwrap()).await }
    };
    let refused = other(json!(["c", "add", [1, 2]])).await;
    assert_eq!(error_of(refused), "a cannot call add of c, because c is not activated yet");
    let refused = other(json!(["b", "slow", [1, 2]])).await;
    assert_eq!(error_of(refused), "a cannot call slow of b, because b is not activated yet");
    assert_eq!(other(json!(["b", "add", [1, 2]])).await.unwrap(), 3);
    let refused = other(json!(["manager", "activatePlugin", ["c"]])).await;
    assert_eq!(error_of(refused), "Plugin a has no right to activate plugin c");
    other(json!(["manager", "deactivatePlugin", ["b"]])).await.unwrap();
    assert!(!engine.is_active("b"));
    let asked = other(json!(["manager", "canCall", ["b", "a", "add", "please"]])).await;
    assert_eq!(asked.unwrap(), true);
}

#[tokio::test]
async fn a_deactivated_plugin_starts_anew() {
    let engine = engine(&["a"]);
    let activations = Arc::<AtomicUsize>::default();
    let count = activations.clone();
    let counting = methods().activated(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        async {}
    });
    engine.register(LocalPlugin::new(Profile::new("counting"), counting)).unwrap();
    for n in 1..=5 {
        engine.activate("counting").await.unwrap();
        assert_eq!(engine.call::<i64>("counting", "add", (n, 1)).await.unwrap(), n + 1);
        assert!(engine.deactivate("counting").await);
        assert_eq!(activations.load(Ordering::Relaxed), usize::try_from(n).unwrap());
    }
    assert_eq!(engine.remove("counting").await.unwrap().name, "counting");
    assert!(!engine.is_registered("counting") && engine.remove("counting").await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_fails_its_calls_and_comes_back() {
    let engine = Engine::new();
    let dialer = serve_in_memory(methods().method("leave", |call: PluginCall| async move {
        call.client().close();
        pending::<Result<(), PluginError>>().await
    }));
    let plugin = MemoryPlugin { profile: Profile::new("remote").url("memory"), dialer };
    let options = PluginOptions::new().reconnect_delay(Duration::from_millis(10));
    engine.register_with(plugin, options).unwrap();
    engine.activate("remote").await.unwrap();
    for _ in 0..3 {
        let lost = engine.call::<()>("remote", "leave", ()).await;
        assert_eq!(error_of(lost), "The connection to remote was lost before it answered");
        while engine.call::<i64>("remote", "add", (1, 1)).await.is_err() {
            sleep(Duration::from_millis(1)).await;
        }
    }
    assert!(engine.is_active("remote"));
}

#[tokio::test]
async fn a_plugin_that_cannot_be_reached_fails_what_waits_for_it() {
    let engine = Engine::new();
    let unreachable = WebSocketPluginConnector::new(Profile::new("remote"));
    engine.register(unreachable).unwrap();
    let error = engine.activate("remote").await.unwrap_err();
    assert!(error.to_string().starts_with("Plugin remote cannot be activated: "), "{error}");
    let error = error_of(engine.call::<()>("remote", "add", ()).await);
    assert!(error.starts_with("Plugin remote cannot be activated: "), "{error}");
    assert!(!engine.is_active("remote") && engine.queued("remote") == 0);
}

#[tokio::test]
async fn the_last_handle_takes_the_plugins_along() {
    let engine = engine(&["a"]);
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    let ended = Mutex::new(Some(ended));
    let methods = Methods::new().activated(move |client| {
        let ended = ended.lock().unwrap().take();
        async move {
            client.closed().await;
            drop(ended);
        }
    });
    engine.register(LocalPlugin::new(Profile::new("watching"), methods)).unwrap();
    engine.activate("watching").await.unwrap();
    drop(engine);
    assert!(end.await.is_err());
}
