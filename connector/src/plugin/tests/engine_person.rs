//! Calls that wait for a person, and handles that do not keep an engine alive.

use tokio::time::{Instant, sleep};

use super::engine::{engine, local, methods};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Asks a person, who takes 30 seconds.
struct Slowly(WeakEngine);

impl Slowly {
    async fn ask(&self) -> bool {
        sleep(30 * SECOND).await;
        self.0.upgrade().is_some()
    }
}

impl Permissions for Slowly {
    async fn can_activate(&self, _: &Profile, to: &Profile, _: Option<&str>) -> bool {
        to.name != "guarded" || self.ask().await
    }

    async fn can_call(&self, _: &Profile, _: &Profile, _: &str, _: Option<&str>) -> bool {
        self.ask().await
    }
}

/// A plugin that tells when its connection has ended.
fn watching() -> (LocalPlugin<Methods>, tokio::sync::oneshot::Receiver<()>) {
    let (ended, end) = tokio::sync::oneshot::channel();
    let ended = Mutex::new(Some(ended));
    let methods = Methods::new().activated(move |client| {
        let ended = ended.lock().unwrap().take();
        async move {
            client.closed().await;
            drop(ended);
        }
    });
    (LocalPlugin::new(Profile::new("watching"), methods), end)
}

#[tokio::test(start_paused = true)]
async fn a_permission_may_take_as_long_as_a_person() {
    let engine = Engine::new_cyclic(|engine| Slowly(engine.clone()));
    ["a", "b"].iter().for_each(|name| engine.register(local(name)).unwrap());
    let vault = Methods::new().method("open", |call: PluginCall| async move {
        Ok(call.ask_permission(Some("open it?")).await?)
    });
    engine.register(LocalPlugin::new(Profile::new("vault"), vault)).unwrap();
    engine.register(local("guarded")).unwrap();
    let (watching, end) = watching();
    engine.register(watching).unwrap();
    engine.activate("watching").await.unwrap();

    // Every plugin has 10 seconds for a call: `a`, which calls `b`, which calls the vault.
    let start = Instant::now();
    let open = ("b", "callOther", ("vault", "open", [0; 0]));
    assert!(engine.call::<bool>("a", "callOther", open).await.unwrap());
    assert_eq!(start.elapsed().as_secs(), 30);
    // The same for a call that has to activate its plugin.
    let add = ("guarded", "add", (1, 1));
    assert_eq!(engine.call::<i64>("a", "callOther", add).await.unwrap(), 2);
    assert_eq!(start.elapsed().as_secs(), 60);
    // The clocks run again.
    let late = engine.call::<()>("a", "slow", (60_000, ())).await.unwrap_err();
    assert!(late.is_timeout() && start.elapsed().as_secs() == 70);

    let weak = engine.downgrade();
    drop(engine);
    assert!(end.await.is_err(), "the permissions do not keep it alive");
    assert!(weak.upgrade().is_none() && weak.wait_for_person("a").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_plugin_within_the_program_stops_clocks_by_a_weak_handle() {
    let engine = engine(&["a"]);
    let weak = engine.downgrade();
    let dialog = Methods::new().method("ask", move |_| {
        let weak = weak.clone();
        async move {
            let _waiting = weak.wait_for_person("dialog");
            sleep(30 * SECOND).await;
            Ok(true)
        }
    });
    engine.register(LocalPlugin::new(Profile::new("dialog"), dialog)).unwrap();
    let (watching, end) = watching();
    engine.register(watching).unwrap();
    engine.activate("watching").await.unwrap();
    let ask = ("dialog", "ask", [0; 0]);
    assert!(engine.call::<bool>("a", "callOther", ask).await.unwrap());
    drop(engine);
    assert!(end.await.is_err());
}

#[tokio::test(start_paused = true)]
async fn clocks_stand_still_until_the_last_guard_is_dropped() {
    let engine = engine(&["a"]);
    let call = engine.call::<u32>("a", "slow", (60_000, 1));
    let guards = async {
        sleep(SECOND).await;
        let (one, two) = (engine.wait_for_person("a"), engine.wait_for_person("a"));
        drop(one);
        sleep(55 * SECOND).await;
        drop(two);
    };
    let (answer, ()) = tokio::join!(call, guards);
    assert_eq!(answer.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_plugin_tells_its_engines_timeout_from_others() {
    let engine = engine(&["b", "c"]);
    let impatient = methods().method("impatient", |call: PluginCall| async move {
        let (name, args): (String, Payload) = call.args()?;
        let args = Arguments::try_from(args)?;
        let method = if name == "b" { "slow" } else { "callOther" };
        let error = call.client().call::<Payload>(&name, method, args).await;
        let error = error.unwrap_err();
        Ok((error.is_timeout(), error.is_canceled(), error.to_string()))
    });
    let options = PluginOptions::new().queue_timeout(60 * SECOND);
    engine.register_with(LocalPlugin::new(Profile::new("a"), impatient), options.clone()).unwrap();
    engine.set_options("c", options);
    let ask = |name: &'static str, args: serde_json::Value| {
        engine.call::<(bool, bool, String)>("a", "impatient", (name, args))
    };
    let own = ask("b", serde_json::json!([60_000, 1])).await.unwrap();
    assert_eq!(own, (true, false, "[TIMEOUT] Timeout for call slow from a".to_owned()));
    let other = ask("c", serde_json::json!(["b", "slow", [60_000, 1]])).await.unwrap();
    assert_eq!(other, (false, false, "[TIMEOUT] Timeout for call slow from c".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_plugins_call_that_is_dropped_is_cancelled() {
    let engine = engine(&["b"]);
    let hasty = methods().method("hasty", |call: PluginCall| async move {
        call.client().call::<i64>("b", "add", (1, 1)).await?;
        let slow = call.client().call::<u32>("b", "slow", (60_000, 1));
        Ok(tokio::time::timeout(SECOND, slow).await.is_err())
    });
    engine.register(LocalPlugin::new(Profile::new("a"), hasty)).unwrap();
    let start = Instant::now();
    assert!(engine.call::<bool>("a", "hasty", ()).await.unwrap());
    assert_eq!(engine.call::<i64>("b", "add", (1, 1)).await.unwrap(), 2);
    assert_eq!(start.elapsed().as_secs(), 1, "`b` does not run it any more");
}
