//! The same clients on both servers: the pomelo application, and the one that replaces it.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use connector::client::{Client, RequestError};
use connector::prelude::*;
use connector_tests::bytes::Bytes;
use connector_tests::peer::{Peers, Serving};
use serde_json::{Value, json};

/// The Rust server; it ends when this is dropped.
struct Ours(Child, u16);

impl Ours {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pomelo-migration"))
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.strip_prefix("READY ").unwrap().trim().parse().unwrap();
        Self(child, port)
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn pomelo(peers: &Peers) -> Serving {
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/pomelo");
    peers.serve("pomelo-app.js", &["--base", base]).await
}

/// Everything that the two users of a room see.
async fn a_conversation(port: u16) {
    let connect = async || Client::connect(&format!("ws://127.0.0.1:{port}")).await.unwrap();
    let enter = async |client: &Client, username: &str| -> Value {
        let body = Json(json!({ "username": username, "rid": "lobby" }));
        match client.request("connector.entryHandler.enter", body).await {
            // Between ours an error has a flag; pomelo's is an answer with a code.
            Err(RequestError::Server(error)) => json!(error),
            answer => answer.unwrap(),
        }
    };
    let (ann, bob) = (connect().await, connect().await);
    assert_eq!(enter(&ann, "ann").await, json!({ "code": 200, "users": ["ann"] }));
    let [mut added, mut left] = ["onAdd", "onLeave"].map(|route| ann.pushes::<Value>(route));
    assert_eq!(enter(&bob, "bob").await, json!({ "code": 200, "users": ["ann", "bob"] }));
    while added.next().await.unwrap().unwrap() != json!({ "user": "bob" }) {}

    // A user has one session.
    assert_eq!(enter(&connect().await, "bob").await["code"], 500);

    let mut heard = [&ann, &bob].map(|client| client.pushes::<Value>("onChat"));
    for (target, content) in [("*", "hello 世界"), ("ann", "psst")] {
        let body = Json(json!({ "content": content, "target": target }));
        let done: Value = bob.request("connector.chatHandler.send", body).await.unwrap();
        assert_eq!(done, json!({ "code": 200 }));
        let said = json!({ "from": "bob", "msg": content, "target": target });
        assert_eq!(heard[0].next().await.unwrap().unwrap(), said);
    }
    assert_eq!(heard[1].next().await.unwrap().unwrap()["target"], "*");

    drop(heard);
    drop(bob);
    assert_eq!(left.next().await.unwrap().unwrap(), json!({ "user": "bob" }));
}

#[tokio::test]
async fn a_conversation_goes_on_as_before() {
    let ours = Ours::start();
    a_conversation(ours.1).await;
    let Some(peers) = Peers::find() else { return };
    a_conversation(pomelo(&peers).await.port()).await;
}

#[tokio::test]
async fn a_client_cannot_tell_the_handshakes_apart() {
    let Some(peers) = Peers::find() else { return };
    let (ours, theirs) = (Ours::start(), pomelo(&peers).await);
    let told = async |port| {
        let bytes = Bytes::connect(port, json!({ "type": "js-websocket" })).await.handshake;
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    // With the versions of the dictionary and of the schemas.
    assert_eq!(told(ours.1).await, told(theirs.port()).await);
}

#[tokio::test]
async fn released_clients_talk_to_both() {
    let Some(peers) = Peers::find() else { return };
    let (ours, theirs) = (Ours::start(), pomelo(&peers).await);
    for port in [ours.1, theirs.port()] {
        for client in ["node", "browser", "tcp"] {
            let calls = json!([
                [
                    "connector.entryHandler.enter",
                    { "username": client, "rid": client },
                    { "code": 200, "users": [client] },
                ],
                [
                    "connector.chatHandler.send",
                    { "content": "hello 世界", "target": "*" },
                    { "code": 200 },
                ],
            ]);
            let said = json!({ "from": client, "msg": "hello 世界", "target": "*" });
            let pushes = json!([["onAdd", { "user": client }], ["onChat", said]]);
            let [url, calls, pushes] =
                [format!("127.0.0.1:{port}"), calls.to_string(), pushes.to_string()];
            let arguments =
                ["--url", &url, "--client", client, "--calls", &calls, "--pushes", &pushes];
            peers.check("pomelo-call.js", &arguments).await.assert_passed();
        }
    }
}
