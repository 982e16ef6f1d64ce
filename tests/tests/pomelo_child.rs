//! A pomelo session over the standard input and output of a child process.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use connector::client::{Client, ConnectionState, Reconnect};
use connector::transport::ChildProcess;
use connector::{Dial, Json, TcpSocket};
use connector_tests::process::{gone, kill};
use futures_util::future::try_join_all;
use serde_json::{Value, json};
use tokio::time::timeout;

const SERVER: &str = env!("CARGO_BIN_EXE_pomelo-child");
/// No wait takes as long unless the test fails.
const LONG: Duration = Duration::from_secs(30);

async fn connect() -> Client {
    let dialer = ChildProcess::new(SERVER).socket::<TcpSocket>();
    let policy = Reconnect::new().first_wait(Duration::from_millis(10));
    Client::builder().reconnect(policy).connect_by(dialer, "").await.unwrap()
}

/// The server's process.
async fn process(client: &Client) -> String {
    let process: Value = client.request("game.main.process", ()).await.unwrap();
    process.to_string()
}

#[tokio::test]
async fn requests_and_pushes_go_over_standard_input_and_output() {
    let client = connect().await;
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

#[tokio::test]
async fn a_server_that_dies_is_started_again_and_one_that_is_closed_has_ended() {
    let client = connect().await;
    let first = process(&client).await;
    let mut states = client.states();
    kill(&first, "KILL").await;
    let lost = loop {
        let state = timeout(LONG, states.next()).await.unwrap().unwrap();
        if let ConnectionState::Lost { reason, .. } = state {
            break reason;
        }
    };
    assert_eq!(lost.to_string(), "the process was ended by signal 9");
    let second = process(&client).await;
    assert_ne!(first, second);
    gone(&first).await;
    timeout(LONG, client.close()).await.unwrap();
    gone(&second).await;
}
