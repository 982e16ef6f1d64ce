//! The plugin as a child process whose parent is killed, or does not read any more.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::process::Stdio;
use std::time::Duration;

use connector::plugin::{DialedPlugin, PluginOptions, RemotePlugin};
use connector::protocol::remix::Profile;
use connector::transport::ChildProcess;
use connector_tests::long::rounds;
use connector_tests::process::{children, gone, kill};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

const PLUGIN: &str = env!("CARGO_BIN_EXE_remix-plugin");
/// Set in a parent: the plugin's transport.
const PARENT: &str = "CONNECTOR_TEST_PARENT";
/// What a parent says when its long call runs.
const RUNS: &str = "the call runs";
/// The time within which the plugin ends, also on a busy machine: less than the ten seconds that
/// a call which runs is waited for.
const AT_ONCE: Duration = Duration::from_secs(8);
/// No wait takes as long unless the test fails.
const LONG: Duration = Duration::from_secs(30);

/// What runs in a parent, until that is killed. Elsewhere it does nothing.
#[tokio::test]
async fn in_a_parent() {
    let Ok(transport) = std::env::var(PARENT) else { return };
    let child = ChildProcess::new(PLUGIN).arg(format!("--{transport}"));
    let child = if transport == "ipc" { child.ipc() } else { child };
    let connector = DialedPlugin::by_lines(Profile::new("remote"), child);
    let plugin = RemotePlugin::new(connector, (), PluginOptions::new().at_once(2));
    plugin.connect().await.unwrap();
    let slow = plugin.call::<u8>("slow", (60_000, 1));
    let after = async {
        // Answered behind the other one's arrival.
        plugin.call::<u8>("echo", (1,)).await.unwrap();
        println!("{RUNS}");
    };
    let (slow, ()) = tokio::join!(slow, after);
    unreachable!("this process is killed before {slow:?}");
}

#[tokio::test]
async fn nothing_is_left_when_the_parent_is_killed_in_a_call() {
    for round in 0..rounds() {
        for transport in ["stdio", "ipc"] {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.args(["in_a_parent", "--exact", "--nocapture"]).env(PARENT, transport);
            let mut parent = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
            let id = parent.id().unwrap().to_string();
            let mut lines = BufReader::new(parent.stdout.take().unwrap()).lines();
            let runs =
                async { while !lines.next_line().await.unwrap().unwrap().ends_with(RUNS) {} };
            timeout(LONG, runs).await.unwrap();
            let plugins = children(&id);
            assert_eq!(plugins.len(), 1, "{plugins:?}");
            kill(&id, "KILL").await;
            assert!(!parent.wait().await.unwrap().success());
            let took = gone(&plugins[0]).await;
            assert!(took < AT_ONCE, "{transport}, round {round}: {took:?}");
        }
    }
}

/// Starts the plugin over its standard streams.
fn started() -> (Child, ChildStdin) {
    let mut command = Command::new(PLUGIN);
    command.arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut plugin = command.spawn().unwrap();
    let stdin = plugin.stdin.take().unwrap();
    (plugin, stdin)
}

const HANDSHAKE: &str = r#"{"action":"request","key":"handshake","id":0,"payload":["p",null]}"#;

#[tokio::test]
async fn a_parent_that_does_not_read_any_more_is_not_waited_for() {
    let (mut plugin, mut stdin) = started();
    drop(plugin.stdout.take());
    // The plugin learns it when it answers, while its input is read on.
    stdin.write_all(format!("{HANDSHAKE}\n").as_bytes()).await.unwrap();
    let ended = timeout(AT_ONCE, plugin.wait()).await;
    assert!(ended.expect("nothing is left to do").unwrap().success());
    drop(stdin);
}

#[tokio::test]
async fn a_parent_that_closes_both_streams_is_not_waited_for() {
    let (mut plugin, mut stdin) = started();
    let slow = |id, milliseconds| {
        format!(r#"{{"action":"request","key":"slow","id":{id},"payload":[{milliseconds},1]}}"#)
    };
    let calls = format!("{HANDSHAKE}\n{}\n{}\n", slow(1, 60_000), slow(2, 100));
    stdin.write_all(calls.as_bytes()).await.unwrap();
    // The answer of the short call is what cannot be written.
    drop((stdin, plugin.stdout.take()));
    let ended = timeout(AT_ONCE, plugin.wait()).await;
    assert!(ended.expect("the long call is dropped").unwrap().success());
}
