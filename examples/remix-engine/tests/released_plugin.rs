//! The released plugin on plugin-ws 0.3.44, driven by the engine.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "others of its uses need more")]
mod running;

use std::time::{Duration, Instant};

use connector_tests::peer::Peers;

use running::Engine;

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

    assert_eq!(engine.call("remote", "add", "[3, 4]").await, "= 7");
    assert_eq!(
        engine.call("remote", "echo", r#"[{"a": ["é😀", null]}]"#).await,
        r#"= {"a":["é😀",null]}"#
    );
    assert_eq!(engine.call("remote", "fail", r#"["bööm"]"#).await, "failed: bööm");
    assert_eq!(
        engine.call("remote", "whoCalled", "[]").await,
        r#"= {"from":"manager","path":"remote"}"#
    );
    assert_eq!(
        engine.call("remote", "callOther", r#"["host", "whoCalled"]"#).await,
        r#"= {"from":"remote","path":"host"}"#
    );
    assert_eq!(engine.call("remote", "callOther", r#"["host", "add", 20, 22]"#).await, "= 42");
    assert_eq!(
        engine.call("remote", "callOther", r#"["ghost", "x"]"#).await,
        "failed: Error from IDE : Cannot call ghost from remote, because ghost is not registered"
    );
    assert_eq!(
        engine.call("remote", "callAndCancel", r#"[100, "host", "slow", 3000, "x"]"#).await,
        r#"= "[CANCEL] Canceled call slow from remote""#
    );
    assert!(engine.call("remote", "nope", "[]").await.contains("\"nope\" is not exposed"));
}

#[tokio::test]
async fn events_go_both_ways_and_are_remembered() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("ws://127.0.0.1:{}", serving.port());
    let mut engine = Engine::start(&[&url]).await;
    assert_eq!(engine.call("remote", "emitEvent", r#"["ping", 1, "x"]"#).await, "= true");
    assert_eq!(engine.call("remote", "emitEvent", r#"["ping"]"#).await, "= true");
    assert_eq!(engine.call("host", "heard", "[]").await, r#"= [[1,"x"],[]]"#);
    assert_eq!(engine.call("host", "heard", "[]").await, "= []");

    engine.call("remote", "listenTo", r#"["host", "tick"]"#).await;
    engine.call("host", "fire", r#"["tick", 1, {"a": 2}]"#).await;
    let received = engine.call("remote", "received", r#"["host", "tick"]"#).await;
    assert_eq!(received, r#"= [[1,{"a":2}]]"#);
    engine.call("remote", "offFrom", r#"["host", "tick"]"#).await;
    engine.call("host", "fire", r#"["tick", 2]"#).await;
    // The last value is for who listens later.
    engine.call("remote", "onceTo", r#"["host", "tick"]"#).await;
    let received = engine.call("remote", "received", r#"["host", "tick"]"#).await;
    assert_eq!(received, "= [[2]]");
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
        ("fly", "error `fly` is not call, activate, deactivate or emit"),
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
    for n in 0..3 {
        serving.kill().await;
        serving = peers.serve("remix-plugin.js", &["--port", &port]).await;
        // The plugin was not there at the first attempts.
        let since = Instant::now();
        let sum = format!("[{n}, 1]");
        while engine.call("remote", "add", &sum).await != format!("= {}", n + 1) {
            assert!(since.elapsed() < Duration::from_secs(60), "{:?}", engine.seen);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    assert_eq!(engine.call("remote", "emitEvent", r#"["ping", 1]"#).await, "= true");
    assert_eq!(engine.call("host", "heard", "[]").await, "= [[1]]", "it is still subscribed to");
}
