//! Pomelo sessions over the standard input and output of a child process: our client with
//! servers in Rust, Node and Python, and Node's with ours.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use connector::client::{Client, ConnectionState, Reconnect, States};
use connector::transport::ChildProcess;
use connector::{CloseReason, Dial, Json, TcpSocket};
use connector_tests::peer::Peers;
use connector_tests::process::{gone, kill};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

const SERVER: &str = env!("CARGO_BIN_EXE_pomelo-child");
/// No wait takes as long unless the test fails.
const LONG: Duration = Duration::from_secs(30);

/// Our server, and those of the peers that there are.
fn servers() -> Vec<ChildProcess> {
    let node = Peers::find().map(|peers| peers.child("pomelo-child.js"));
    let python = Peers::find_python().map(|peers| peers.child("pomelo-child.py"));
    [Some(ChildProcess::new(SERVER)), node, python].into_iter().flatten().collect()
}

async fn connect(server: ChildProcess) -> Client {
    let dialer = server.socket::<TcpSocket>();
    let policy = Reconnect::new().first_wait(Duration::from_millis(10));
    Client::builder().reconnect(policy).connect_by(dialer, "").await.unwrap()
}

/// The server's process.
async fn process(client: &Client) -> String {
    let process: Value = client.request("game.main.process", ()).await.unwrap();
    process.to_string()
}

/// The reason for which the connection is lost next.
async fn lost(states: &mut States) -> CloseReason {
    loop {
        let state = timeout(LONG, states.next()).await.unwrap().unwrap();
        if let ConnectionState::Lost { reason, .. } = state {
            return reason;
        }
    }
}

#[tokio::test]
async fn requests_and_pushes_go_over_standard_input_and_output() {
    for server in servers() {
        let client = connect(server).await;
        assert_eq!(client.peer().transport, "child");
        // Longer than what a pipe holds, in both directions.
        let body = json!({ "text": "é😀\n".repeat(100_000) });
        let answer: Value = client.request("game.main.echo", Json(&body)).await.unwrap();
        assert!(answer == body);
        let mut pushes = client.pushes::<Json<Value>>("onPush");
        let pushed: Value = client.request("game.main.push", Json(json!([1, "é"]))).await.unwrap();
        assert_eq!(pushed, true);
        let Json(push) = timeout(LONG, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(push, json!([1, "é"]));
        let calls = (0..100).map(|n| client.request("game.main.echo", Json(json!(n))));
        let answers: Vec<Value> = try_join_all(calls).await.unwrap();
        assert!(answers.into_iter().eq((0..100).map(Value::from)));
        timeout(LONG, client.close()).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_dies_is_started_again_and_one_that_is_closed_has_ended() {
    for server in servers() {
        let client = connect(server).await;
        let first = process(&client).await;
        let mut states = client.states();
        kill(&first, "KILL").await;
        assert_eq!(lost(&mut states).await.to_string(), "the process was ended by signal 9");
        let second = process(&client).await;
        assert_ne!(first, second);
        gone(&first).await;
        timeout(LONG, client.close()).await.unwrap();
        gone(&second).await;
    }
}

#[tokio::test]
async fn what_a_server_prints_ends_its_own_connection_alone() {
    let [careless, other] =
        [connect(ChildProcess::new(SERVER)).await, connect(ChildProcess::new(SERVER)).await];
    let processes = [process(&careless).await, process(&other).await];
    let mut states = careless.states();
    careless.notify("game.main.print", Json("a banner")).await.unwrap();
    let reason = lost(&mut states).await;
    assert!(matches!(reason, CloseReason::Malformed(_)), "{reason:?}");
    gone(&processes[0]).await;
    assert_ne!(process(&careless).await, processes[0], "another one is started");
    assert_eq!(process(&other).await, processes[1]);
    for client in [careless, other] {
        timeout(LONG, client.close()).await.unwrap();
    }
}

#[tokio::test]
async fn nodes_parent_starts_our_server_and_ends_it() {
    let Some(peers) = Peers::find() else { return };
    let texts = ["", "é 世 😀\n", &"x".repeat(60_000)];
    let mut calls: Vec<_> = texts.map(|text| json!(["game.main.echo", text, text])).into();
    calls.push(json!(["game.main.push", { "n": 1 }, true]));
    let (calls, pushes) = (json!(calls).to_string(), json!([["onPush", { "n": 1 }]]).to_string());
    let arguments = ["--url", SERVER, "--client", "child", "--calls", &calls, "--pushes", &pushes];
    let checked = peers.check("pomelo-call.js", &arguments).await;
    checked.assert_passed();
    assert!(checked.checks().contains("exit"), "{}", checked.output);
    assert_eq!(checked.passed, 6, "{}", checked.output);
}
