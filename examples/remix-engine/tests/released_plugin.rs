//! The released plugin on plugin-ws 0.3.44, driven by the engine.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "others of its uses need more")]
mod running;

use std::time::{Duration, Instant};

use connector_tests::peer::Peers;

use running::{Engine, list};

#[tokio::test]
async fn it_is_called_and_calls_back() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("remote=ws://127.0.0.1:{}", serving.port());
    let mut engine = Engine::start(&[&url]).await;
    let activated =
        engine.seen.iter().position(|line| line.starts_with("pluginActivated remote: echo"));
    let ready = engine.seen.iter().position(|line| line == "READY");
    assert!(activated.is_some() && activated < ready, "{:?}", engine.seen);

    list::calls(&mut engine, "WebSocket").await;
    list::events(&mut engine, "WebSocket").await;
    list::runs_in_order(&mut engine, "WebSocket").await;
    list::survives_junk(&mut engine, "WebSocket").await;
}

#[tokio::test]
async fn a_call_times_out_or_is_canceled_and_the_next_is_right() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("ws://127.0.0.1:{}", serving.port());
    let mut engine = Engine::start(&[&url, "--timeout", list::TIMEOUT]).await;
    list::times_out(&mut engine, "WebSocket").await;
    list::cancels(&mut engine, "WebSocket").await;
}

#[tokio::test]
async fn calls_to_the_host_run_one_after_the_other() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("ws://127.0.0.1:{}", serving.port());
    let mut engine = Engine::start(&[&url]).await;
    // The later calls take no time, and would be answered first.
    engine.say(r#"call host slow [500, "first"]"#).await;
    engine.say(r#"call host slow [0, "second"]"#).await;
    engine.say(r#"call remote callOther ["host", "slow", 0, "third"]"#).await;
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(engine.line().await);
    }
    assert_eq!(
        told,
        [r#"host.slow = "first""#, r#"host.slow = "second""#, r#"remote.callOther = "third""#]
    );
}

#[tokio::test]
async fn what_is_not_permitted_is_refused_in_the_released_words() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("ws://127.0.0.1:{}", serving.port());
    let (remote, other) = (format!("remote={url}"), format!("other={url}"));
    let mut engine = Engine::start(&[&remote, &other, "--locked", "other"]).await;
    engine.say("deactivate other").await;
    engine.until("pluginDeactivated other").await;
    for (arguments, told) in [
        (
            r#"["manager", "activatePlugin", "other"]"#,
            "Plugin remote has no right to activate plugin other",
        ),
        (
            r#"["other", "add", 1, 2]"#,
            "remote cannot call add of other, because other is not activated yet",
        ),
        (
            r#"["manager", "deactivatePlugin", "host"]"#,
            "Plugin remote has no right to deactivate plugin host",
        ),
    ] {
        let refused = engine.call("remote", "callOther", arguments).await;
        assert_eq!(refused, format!("failed: Error from IDE : {told}"));
    }
    // The terminal may.
    assert_eq!(engine.call("other", "add", "[1, 2]").await, "= 3");
    assert_eq!(engine.call("remote", "callOther", r#"["other", "add", 1, 2]"#).await, "= 3");
}

/// Waits until a plugin answers again.
async fn connected_again(engine: &mut Engine, plugin: &str) {
    let since = Instant::now();
    while engine.call(plugin, "add", "[1, 2]").await != "= 3" {
        assert!(since.elapsed() < Duration::from_secs(60), "{:?}", engine.seen);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_close_code_other_than_1000_is_followed_by_a_connection() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("ws://127.0.0.1:{}", serving.port());
    let (remote, other) = (format!("remote={url}"), format!("other={url}"));
    let mut engine = Engine::start(&[&remote, &other]).await;
    let lost = |plugin| format!("failed: The connection to {plugin} was lost before it answered");
    assert_eq!(engine.call("remote", "closeWith", "[1000]").await, lost("remote"));
    // It may be told before the call's failure is.
    if !engine.seen.iter().any(|line| line.starts_with("pluginDeactivated remote")) {
        engine.until("pluginDeactivated remote").await;
    }
    let deactivated = engine.seen.len();
    // Later, and twice, so that the first would be connected again before.
    for code in ["[1001]", "[4001]"] {
        assert_eq!(engine.call("other", "closeWith", code).await, lost("other"));
        connected_again(&mut engine, "other").await;
    }
    let since = &engine.seen[deactivated..];
    assert!(!since.iter().any(|line| line.starts_with("plugin")), "neither ended: {since:?}");
    assert_eq!(engine.call("remote", "add", "[1, 2]").await, "= 3", "by an activation it is");
    let since = &engine.seen[deactivated..];
    assert!(since.iter().any(|line| line.starts_with("pluginActivated remote")), "{since:?}");
}

#[tokio::test]
async fn a_deactivated_plugin_is_activated_again_by_a_call() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("remote=ws://127.0.0.1:{}", serving.port());
    let mut engine = Engine::start(&[&url]).await;
    for n in 0..3 {
        engine.say("deactivate remote").await;
        engine.until("pluginDeactivated remote").await;
        assert_eq!(
            engine.call("remote", "add", &format!("[{n}, 1]")).await,
            format!("= {}", n + 1)
        );
    }
}

#[tokio::test]
async fn mistakes_are_told_in_a_line() {
    let mut engine = Engine::start(&[]).await;
    for (command, told) in [
        ("fly", "error `fly` is not call, cancel, activate, deactivate or emit"),
        ("call host", "error `call` needs a method"),
        (
            "call host add 1",
            "error the arguments are not an array: write `(value,)` for a single argument",
        ),
        ("activate ghost", "error Cannot activate plugin ghost, because it is not registered"),
        (
            "call ghost x",
            "ghost.x failed: Cannot call ghost from manager, because ghost is not registered",
        ),
    ] {
        engine.say(command).await;
        assert_eq!(engine.line().await, told);
    }
    let mut refused = Engine::start(&["gone=ws://127.0.0.1:1"]).await;
    assert!(
        refused.seen.iter().any(|line| line.starts_with("error Plugin gone cannot be activated"))
    );
    assert_eq!(refused.call("host", "add", "[1, 2]").await, "= 3.0");
}

#[tokio::test]
async fn it_is_connected_again_after_each_of_three_drops() {
    let Some(peers) = Peers::find() else { return };
    let mut serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let port = serving.port().to_string();
    let mut engine = Engine::start(&[&format!("remote=ws://127.0.0.1:{port}")]).await;
    for _ in 0..3 {
        serving.kill().await;
        serving = peers.serve("remix-plugin.js", &["--port", &port]).await;
        // The plugin was not there at the first attempts.
        connected_again(&mut engine, "remote").await;
    }
    assert_eq!(engine.call("remote", "emitEvent", r#"["ping", 1]"#).await, "= true");
    assert_eq!(engine.call("host", "heard", "[]").await, "= [[1]]", "it is still subscribed to");
}
