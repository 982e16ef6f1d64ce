//! Plugins on the released client 0.3.44 as children of the engine, over Node's channel and
//! over lines, and one in Python.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod running;

use std::path::Path;
use std::time::{Duration, Instant};

use connector_tests::long::rounds;
use connector_tests::peer::Peers;
use connector_tests::process::{gone, kill};
use tokio::time::sleep;

use running::{Engine, list};

/// No wait takes as long unless the test fails.
const LONG: Duration = Duration::from_secs(30);

/// The ways to speak to a child, and the flags of the program for each.
const WAYS: [(&str, &str); 3] =
    [("--ipc-child", ""), ("--child", " --stdio"), ("--child", " --stdio --noise")];

/// A child's command.
fn node(flags: &str) -> String {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/remix-child.js");
    format!("remote=node {}{flags}", program.display())
}

async fn start(way: &str, flags: &str) -> Engine {
    Engine::start(&[way, &node(flags)]).await
}

/// Waits until the plugin answers, and returns its process.
async fn process(engine: &mut Engine) -> String {
    let since = Instant::now();
    loop {
        match engine.call("remote", "pid", "[]").await.strip_prefix("= ") {
            Some(process) => return process.to_owned(),
            None => assert!(since.elapsed() < LONG, "{:?}", engine.seen),
        }
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_child_does_what_a_plugin_does() {
    if Peers::find().is_none() {
        return;
    }
    for (way, flags) in WAYS {
        let mut engine = start(way, flags).await;
        let ready = engine.seen.iter().position(|line| line == "READY");
        let activated =
            engine.seen.iter().position(|line| line.starts_with("pluginActivated remote: echo"));
        assert!(activated.is_some() && activated < ready, "{:?}", engine.seen);
        list::calls(&mut engine, way).await;
        list::events(&mut engine, way).await;
        list::runs_in_order(&mut engine, way).await;
        let first = process(&mut engine).await;
        list::survives_junk(&mut engine, way).await;
        assert_eq!(process(&mut engine).await, first);

        engine.say("deactivate remote").await;
        engine.until("pluginDeactivated remote").await;
        gone(&first).await;
        assert_eq!(engine.call("remote", "add", "[1, 1]").await, "= 2", "activated again");
        assert_ne!(process(&mut engine).await, first);
    }
}

#[tokio::test]
async fn a_child_in_python_does_what_a_plugin_does() {
    if Peers::find_python().is_none() {
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (python, program) = ("target/python/bin/python", "tests/peers/remix-child.py");
    let [python, program] = [python, program].map(|path| folder.join(path).display().to_string());
    let mut engine = Engine::start(&["--child", &format!("remote={python} {program}")]).await;
    list::calls(&mut engine, "python").await;
    list::events(&mut engine, "python").await;
    list::runs_in_order(&mut engine, "python").await;
    let first = process(&mut engine).await;
    kill(&first, "KILL").await;
    gone(&first).await;
    let second = process(&mut engine).await;
    assert_ne!(second, first);
    engine.say("deactivate remote").await;
    engine.until("pluginDeactivated remote").await;
    gone(&second).await;
}

#[tokio::test]
async fn a_childs_call_times_out_or_is_canceled_and_the_next_is_right() {
    if Peers::find().is_none() {
        return;
    }
    for (way, flags) in &WAYS[..2] {
        let mut engine = Engine::start(&[way, &node(flags), "--timeout", list::TIMEOUT]).await;
        list::times_out(&mut engine, way).await;
        list::cancels(&mut engine, way).await;
    }
}

#[tokio::test]
async fn a_child_is_started_again_after_each_of_three_deaths() {
    if Peers::find().is_none() {
        return;
    }
    for (way, flags) in &WAYS[..2] {
        let mut engine = start(way, flags).await;
        for _ in 0..3 {
            let killed = process(&mut engine).await;
            kill(&killed, "KILL").await;
            gone(&killed).await;
            assert_ne!(process(&mut engine).await, killed);
        }
        engine.call("remote", "listenTo", r#"["host", "tick"]"#).await;
        engine.call("host", "fire", r#"["tick", 1]"#).await;
        let received = engine.call("remote", "received", r#"["host", "tick"]"#).await;
        assert_eq!(received, "= [[1]]");
    }
}

#[tokio::test]
async fn nothing_is_left_when_either_side_is_killed() {
    if Peers::find().is_none() {
        return;
    }
    for round in 0..rounds() {
        let (way, flags) = WAYS[round % 2];
        let mut engine = start(way, flags).await;
        let first = process(&mut engine).await;
        kill(&first, "KILL").await;
        gone(&first).await;
        let second = process(&mut engine).await;
        engine.child.start_kill().unwrap();
        assert!(!engine.child.wait().await.unwrap().success());
        gone(&second).await;
    }
}
