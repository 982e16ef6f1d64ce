//! Servers that are killed and started again, or stop for a while, under a client.

use std::process::Command;
use std::time::Duration;

use connector::client::{Client, ConnectionState, Reconnect, RequestError};
use connector::{CloseReason, Json};
use connector_tests::peer::{Peers, Serving};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{ECHO, PATIENCE};

/// A server goes on with the port of the one before.
async fn serve(peers: &Peers, program: &str, port: u16) -> Serving {
    peers.serve(program, &["--heartbeat", "1", "--port", &port.to_string()]).await
}

fn signal(server: &Serving, name: &str) {
    let sent = Command::new("kill").args([name, &server.id().to_string()]).status();
    assert!(sent.unwrap().success(), "{name}");
}

async fn outlasts_a_restart(program: &str, scheme: &str) {
    let Some(peers) = Peers::find() else { return };
    let first = serve(&peers, program, 0).await;
    let port = first.port();
    let policy = Reconnect::new()
        .first_wait(Duration::from_millis(20))
        .longest_wait(Duration::from_millis(200));
    let builder = Client::builder().reconnect(policy).user(json!({ "name": "ann" }));
    let client = builder.connect(&format!("{scheme}://127.0.0.1:{port}")).await.unwrap();
    let patient = client.with_request_timeout(Duration::from_secs(60));
    let mut pushes = client.pushes::<Value>("onPush");
    let mut states = client.states();
    assert_eq!(states.next().await, Some(ConnectionState::Open));

    let delayed = Json(json!({ "ms": 60_000 }));
    let in_flight = patient.request::<Value>("connector.entryHandler.delay", delayed);
    let kill = async {
        // It runs when this is answered.
        let _: Value = client.request(ECHO, Json(json!({}))).await.unwrap();
        first.kill().await;
    };
    // The first attempt may be over before the process is.
    let all = async { tokio::join!(in_flight, states.next(), kill) };
    let (lost, state, ()) = timeout(PATIENCE, all).await.unwrap();
    assert!(matches!(lost, Err(RequestError::Lost(_))), "{lost:?}");
    assert!(matches!(state, Some(ConnectionState::Lost { attempt: 1, .. })), "{state:?}");

    // It waits until there is a server again.
    let body = Json(json!({ "n": 1 }));
    let waits = patient.request::<Value>("connector.entryHandler.push", body);
    let (answer, second) = tokio::join!(waits, serve(&peers, program, port));
    assert_eq!(answer.unwrap(), json!({ "code": 200 }));
    let push = timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
    assert_eq!(push["seq"], 0);
    assert_eq!(client.welcome().user, Some(json!({ "echo": { "name": "ann" } })));

    let kick = Json(json!({ "reason": "enough" }));
    let _: Value = client.request("connector.entryHandler.kick", kick).await.unwrap();
    let kicked = timeout(PATIENCE, client.closed()).await.unwrap();
    assert_eq!(kicked, CloseReason::Kicked(Some("enough".into())));
    drop(second);
}

#[tokio::test]
async fn a_client_outlasts_a_restart_of_pomelo_over_websocket() {
    outlasts_a_restart("pomelo-server.js", "ws").await;
}

#[tokio::test]
async fn a_client_outlasts_a_restart_of_pomelo_over_tcp() {
    outlasts_a_restart("pomelo-server.js", "tcp").await;
}

#[tokio::test]
async fn a_client_outlasts_a_restart_of_pinus() {
    outlasts_a_restart("pinus-server.js", "ws").await;
}

/// A process that stands still keeps its sockets open, and answers no heartbeat.
#[tokio::test]
async fn a_client_gives_a_silent_pomelo_up_and_comes_back() {
    let Some(peers) = Peers::find() else { return };
    let server = serve(&peers, "pomelo-server.js", 0).await;
    let policy = Reconnect::new().first_wait(Duration::from_millis(20));
    let builder = Client::builder().reconnect(policy);
    let client = builder.connect(&format!("ws://127.0.0.1:{}", server.port())).await.unwrap();
    let mut states = client.states();
    assert_eq!(states.next().await, Some(ConnectionState::Open));
    signal(&server, "-STOP");
    let lost = timeout(PATIENCE, states.next()).await.unwrap().unwrap();
    assert_eq!(lost.reason(), Some(&CloseReason::HeartbeatTimeout));
    signal(&server, "-CONT");
    let patient = client.with_request_timeout(PATIENCE);
    let answer: Value = patient.request(ECHO, Json(json!({ "n": 1 }))).await.unwrap();
    assert_eq!(answer, json!({ "n": 1 }));
}
