//! The released Remix engine 0.3.44 drives the plugin.
#![allow(clippy::unwrap_used)]

use std::process::Stdio;

use connector_tests::peer::{Peers, Summary};
#[cfg(unix)]
use connector_tests::process::kill;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

const PLUGIN: &str = env!("CARGO_BIN_EXE_remix-plugin");

/// The plugin, and its address, with a port of its own choice if that is 0.
async fn serve(port: u16) -> (Child, String) {
    let mut command = Command::new(PLUGIN);
    let port = port.to_string();
    command.args(["--ws", &port]).stdout(Stdio::piped()).kill_on_drop(true);
    let mut plugin = command.spawn().unwrap();
    let mut lines = BufReader::new(plugin.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().unwrap();
    let url = line.strip_prefix("LISTENING ").expect("it says where it listens").to_owned();
    (plugin, url)
}

fn assert_all_passed(summary: &Summary) {
    summary.assert_passed();
    assert!(!summary.output.contains("\nskip "), "{}", summary.output);
}

#[tokio::test]
async fn by_websocket() {
    let Some(peers) = Peers::find() else { return };
    let (_plugin, url) = serve(0).await;
    assert_all_passed(&peers.check("remix-engine.js", &["--url", &url]).await);
}

#[tokio::test]
async fn the_list_holds_for_the_released_plugin_too() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("remix-plugin.js", &["--port", "0"]).await;
    let url = format!("ws://127.0.0.1:{}", serving.port());
    assert_all_passed(&peers.check("remix-engine.js", &["--url", &url]).await);
}

#[cfg(unix)]
#[tokio::test]
async fn a_plugin_that_stops_says_so_and_is_connected_again() {
    let Some(peers) = Peers::find() else { return };
    let (mut plugin, url) = serve(0).await;
    let mut engine = peers.talk("remix-drops.js");
    assert_eq!(engine.ask(&format!("open {url}")).await, "open");
    kill(&plugin.id().unwrap().to_string(), "TERM").await;
    assert!(plugin.wait().await.unwrap().success());
    assert_eq!(engine.ask("closed").await, "1001 reconnects");
    let port = url.rsplit_once(':').unwrap().1.parse().unwrap();
    let _plugin = serve(port).await;
    assert_eq!(engine.ask("reopen").await, "7");
}

#[tokio::test]
async fn by_standard_input_and_output() {
    let Some(peers) = Peers::find() else { return };
    let child = format!("{PLUGIN} --stdio");
    assert_all_passed(&peers.check("remix-engine.js", &["--child", &child]).await);
}

#[tokio::test]
async fn by_nodes_channel() {
    let Some(peers) = Peers::find() else { return };
    let child = format!("{PLUGIN} --ipc");
    assert_all_passed(&peers.check("remix-engine.js", &["--child", &child, "--ipc"]).await);
}

#[tokio::test]
async fn without_a_usable_channel_it_says_how_to_start_it() {
    for (channel, expected) in [
        (None, "there is no NODE_CHANNEL_FD: start this program from Node or an engine"),
        (Some("three"), "NODE_CHANNEL_FD is not a number"),
        (Some("7777"), "the descriptor 7777 of NODE_CHANNEL_FD is not usable"),
    ] {
        let mut command = Command::new(PLUGIN);
        command.arg("--ipc").env_remove("NODE_CHANNEL_FD");
        command.envs(channel.map(|channel| ("NODE_CHANNEL_FD", channel)));
        let plugin = command.output().await.unwrap();
        assert_eq!(plugin.status.code(), Some(1));
        let said = String::from_utf8(plugin.stderr).unwrap();
        assert!(said.contains(expected), "{said}");
    }
}

#[tokio::test]
async fn a_call_that_runs_is_answered_after_the_end_of_the_input() {
    let mut command = Command::new(PLUGIN);
    command.arg("--stdio").stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut plugin = command.spawn().unwrap();
    let mut stdin = plugin.stdin.take().unwrap();
    let handshake = r#"{"action":"request","key":"handshake","id":0,"payload":["p",null]}"#;
    let call = r#"{"action":"request","key":"slow","id":1,"payload":[300,"done"]}"#;
    stdin.write_all(format!("{handshake}\n{call}\n").as_bytes()).await.unwrap();
    drop(stdin);
    let output = plugin.wait_with_output().await.unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.lines().last().unwrap().contains(r#""payload":"done""#), "{said}");
}

#[tokio::test]
async fn a_transport_is_required() {
    for args in [&[][..], &["--ws", "0", "--stdio"]] {
        let plugin = Command::new(PLUGIN).args(args).output().await.unwrap();
        assert_eq!(plugin.status.code(), Some(2));
        let said = String::from_utf8(plugin.stderr).unwrap();
        assert!(said.contains("--ws <PORT>") && said.contains("--stdio"), "{said}");
    }
}
