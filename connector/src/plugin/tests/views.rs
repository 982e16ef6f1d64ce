//! Plugins that a host plugin shows.

use tokio::time::Instant;

use super::by_hand::{ByHand, Hand};
use super::engine::{local, methods};
use super::*;

/// A host plugin, and what it is told.
fn panel(heard: &Heard) -> LocalPlugin<Methods> {
    let note = |what: &'static str| {
        let heard = heard.clone();
        move |call: PluginCall| {
            let heard = heard.clone();
            async move {
                let profile: Profile = call.arg(0)?;
                let from = &call.request_info().unwrap().from;
                heard.note(format!("{what} {} by {from}", profile.name));
                Ok(())
            }
        }
    };
    let methods = methods().method("addView", note("add")).method("removeView", note("remove"));
    LocalPlugin::new(Profile::new("panel"), methods)
}

/// A plugin with a place, which says when it is activated.
fn view(heard: &Heard) -> LocalPlugin<Methods> {
    let heard = heard.clone();
    let methods = methods().activated(move |_| {
        heard.note("activated".to_owned());
        async {}
    });
    LocalPlugin::new(Profile::new("view").location("panel"), methods)
}

#[tokio::test]
async fn a_host_shows_a_plugin_before_it_is_connected_and_removes_it() {
    let (engine, heard) = (Engine::new(), Heard::default());
    engine.register(panel(&heard)).unwrap();
    engine.register(view(&heard)).unwrap();
    for round in 1..=3 {
        engine.activate("view").await.unwrap();
        assert!(engine.is_active("panel"), "the host is activated too");
        assert!(engine.deactivate("view").await);
        // Behind the call that removes the view.
        engine.call::<i64>("panel", "add", (1, 1)).await.unwrap();
        assert_eq!(heard.all().len(), 3 * round);
    }
    assert_eq!(heard.all()[3..6], ["add view by view", "activated", "remove view by view"]);
}

#[tokio::test]
async fn a_view_without_its_host_cannot_be_activated() {
    let (engine, heard) = (Engine::new(), Heard::default());
    engine.register(view(&heard)).unwrap();
    let error = engine.activate("view").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Plugin view cannot be activated: plugin panel does not show it: Cannot call panel from \
         view, because panel is not registered"
    );
    let refuses =
        Methods::new().method("addView", |_| async { Err::<(), _>(PluginError::new("no room")) });
    engine.register(LocalPlugin::new(Profile::new("panel"), refuses)).unwrap();
    let error = error_of(engine.call::<i64>("view", "add", (1, 1)).await);
    assert!(error.ends_with("plugin panel does not show it: no room"), "{error}");
    assert!(!engine.is_active("view") && engine.queued("view") == 0 && heard.all().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_host_that_waits_for_its_view_is_told_of_the_circle() {
    let (engine, heard) = (Engine::new(), Heard::default());
    engine.register(panel(&heard)).unwrap();
    engine.register(view(&heard)).unwrap();
    let start = Instant::now();
    let circle = engine.call::<i64>("panel", "callOther", ("view", "add", (1, 1))).await;
    let circle = error_of(circle);
    assert!(circle.ends_with("panel is running: panel -> view -> panel"), "{circle}");
    assert_eq!(start.elapsed().as_secs(), 0);
    engine.call::<i64>("view", "add", (1, 1)).await.expect("the host is free now");
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_is_to_show_itself_is_refused() {
    let engine = Engine::new();
    engine.register(LocalPlugin::new(Profile::new("a").location("a"), methods())).unwrap();
    let refused = error_of(engine.call::<i64>("a", "add", (1, 1)).await);
    let circle = "plugin a does not show it: each waits to be shown by the next: a -> a";
    assert_eq!(refused, format!("Plugin a cannot be activated: {circle}"));
    assert!(!engine.is_active("a") && engine.queued("a") == 0);
}

#[tokio::test(start_paused = true)]
async fn plugins_that_wait_to_be_shown_by_one_another_are_refused() {
    let engine = Engine::new();
    for (name, host) in [("a", "b"), ("b", "a"), ("c", "b")] {
        engine.register(LocalPlugin::new(Profile::new(name).location(host), methods())).unwrap();
    }
    let start = Instant::now();
    let (a, b) = tokio::join!(engine.activate("a"), engine.activate("b"));
    let c = engine.activate("c").await;
    for (refused, circle) in [(a, "a -> b -> a"), (b, "b -> a -> b"), (c, "c -> b -> a -> b")] {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.ends_with(circle), "{refused}");
    }
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert!(["a", "b", "c"].iter().all(|name| !engine.is_active(name)));
}

#[tokio::test(start_paused = true)]
async fn a_deactivation_ends_an_activation_that_waits_for_the_host() {
    let engine = Engine::new();
    let hangs = Methods::new().method("addView", |_| pending::<Result<(), PluginError>>());
    engine.register(LocalPlugin::new(Profile::new("panel"), hangs)).unwrap();
    engine.register(LocalPlugin::new(Profile::new("view").location("panel"), methods())).unwrap();
    let deactivate = async {
        while engine.queued("panel") == 0 {
            tokio::task::yield_now().await;
        }
        assert!(engine.deactivate("view").await);
    };
    let (activated, ()) = tokio::join!(engine.activate("view"), deactivate);
    let error = activated.unwrap_err().to_string();
    assert_eq!(error, "Plugin view was deactivated before it was active");
    assert_eq!(engine.queued("panel"), 0, "the call is given up");
}

#[tokio::test]
async fn a_plugin_hears_the_events_that_its_profile_names() {
    let engine = Engine::new();
    engine.register(local("a")).unwrap();
    let (connector, mut connections) = ByHand::new("library");
    let profile = Profile::new("library").notifications("a", ["news"]);
    engine.register(connector.with_profile(profile)).unwrap();
    let (activated, mut library) =
        tokio::join!(engine.activate("library"), Hand::take(&mut connections, "[]"));
    activated.unwrap();
    for n in [1, 2] {
        engine.call::<()>("a", "fire", ("news", n)).await.unwrap();
        let message = library.recv().await;
        assert_eq!((message.name.as_deref(), message.key.as_deref()), (Some("a"), Some("news")));
        assert_eq!(message.payload.unwrap().as_str(), format!("[{n}]"));
    }
}
