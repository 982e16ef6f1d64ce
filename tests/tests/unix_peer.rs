//! Pomelo sessions over Unix sockets with Node's `net`: its client with our server, and our
//! client with its server.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use connector::client::{ConnectionState, Reconnect, States};
use connector::codec::PomeloCodec;
use connector::prelude::*;
use connector::transport::{Unix, UnixDialer};
use connector::{CloseReason, Dial, TcpSocket};
use connector_tests::game::Game;
use connector_tests::peer::Peers;
use serde_json::{Value, json};
use tokio::time::timeout;

/// No wait takes as long unless the test fails.
const LONG: Duration = Duration::from_secs(30);
/// Texts of several planes of Unicode.
const TEXTS: [&str; 2] = ["", "é 世 😀\n"];

#[derive(Connector)]
#[connector(socket = TcpSocket, codec = PomeloCodec)]
struct UnixConnector(#[connector(listen)] Unix);

/// Returns bodies that come back as they are, one of them longer than the buffer of a socket.
fn bodies() -> Vec<Value> {
    let long = "é😀\n".repeat(100_000);
    TEXTS.iter().copied().chain([&*long]).map(|text| json!({ "text": text })).collect()
}

/// Returns a path at which there is nothing.
fn place(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("unix-peer-{name}-{}.sock", std::process::id()))
}

/// Leaves the socket of a program that was killed.
fn leave_behind(path: &Path) {
    drop(UnixListener::bind(path).unwrap());
    assert!(path.exists());
}

/// Returns the reason of the next end of a connection.
async fn end(states: &mut States) -> CloseReason {
    loop {
        match timeout(LONG, states.next()).await.unwrap().unwrap() {
            ConnectionState::Lost { reason, .. } | ConnectionState::Closed(reason) => {
                return reason;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn nodes_client_calls_our_server_also_where_another_has_left_its_socket() {
    let Some(peers) = Peers::find() else { return };
    let path = place("ours");
    let mut calls: Vec<_> = TEXTS.map(|text| json!(["game.main.echo", text, text])).into();
    calls.push(json!(["game.main.push", { "n": 1 }, true]));
    let kick = json!(["game.main.kick", "too löud"]).to_string();
    let (calls, pushes) = (json!(calls).to_string(), json!([["onPush", { "n": 1 }]]).to_string());
    let url = format!("unix:{}", path.display());
    let client = ["--url", &url, "--client", "tcp"];
    for _ in 0..2 {
        leave_behind(&path);
        let connector = UnixConnector(path.as_path().into());
        let server = Server::builder().connector(connector).handler(Game).start().await.unwrap();
        let arguments = [&client[..], &["--calls", &calls, "--pushes", &pushes]].concat();
        peers.check("pomelo-call.js", &arguments).await.assert_passed();
        let kicked = ["--calls", "[]", "--kicked", &kick, "--closes"];
        let kicked = peers.check("pomelo-call.js", &[&client[..], &kicked].concat()).await;
        kicked.assert_passed();
        assert!(kicked.checks().is_superset(&["kicked", "closes"].into()), "{}", kicked.output);
        server.handle().stop().await;
        assert!(!path.exists());
    }
}

#[tokio::test]
async fn our_client_calls_nodes_server_and_comes_back_when_another_has_its_path() {
    let Some(peers) = Peers::find() else { return };
    let path = place("nodes");
    let place = path.display().to_string();
    let node = async || peers.serve("pomelo-child.js", &["--path", &place]).await;
    let first = node().await;
    let policy = Reconnect::new().first_wait(Duration::from_millis(10));
    let client = Client::builder().reconnect(policy);
    let client = client.dial("unix", UnixDialer::new().socket::<TcpSocket>());
    let client = client.connect(&format!("unix:{place}")).await.unwrap();
    for body in bodies() {
        let answer: Value = client.request("game.main.echo", Json(&body)).await.unwrap();
        assert!(answer == body);
    }
    let mut pushes = client.pushes::<Json<Value>>("onPush");
    let pushed: Value = client.request("game.main.push", Json(json!([1, "é"]))).await.unwrap();
    assert_eq!(pushed, true);
    let Json(push) = timeout(LONG, pushes.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(push, json!([1, "é"]));

    // Its socket stays when it is killed.
    let mut states = client.states();
    first.kill().await;
    assert!(path.exists());
    let second = node().await;
    assert!(matches!(end(&mut states).await, CloseReason::PeerClosed | CloseReason::Lost { .. }));
    let Json(again): Json<u32> = client.request("game.main.process", ()).await.unwrap();
    assert_eq!(again, second.id());

    client.notify("game.main.kick", Json("too loud")).await.unwrap();
    assert_eq!(end(&mut states).await, CloseReason::Kicked(Some("too loud".to_owned())));
    drop(second);
    std::fs::remove_file(path).unwrap();
}
