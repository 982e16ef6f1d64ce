//! Released pomelo clients, unmodified, against `echo` and against a released pomelo server
//! with the same options.

#![allow(clippy::unwrap_used)]

mod running;

use std::collections::BTreeSet;

use connector_tests::peer::Peers;
use futures_util::future::{join, join_all};
use running::Echo;
use serde_json::json;

/// The client libraries: pomelo-nodejsclient-websocket, pomelo-jsclient-websocket, and a
/// driver over pomelo-protocol.
const CLIENTS: [&str; 3] = ["node", "browser", "tcp"];

/// Runs the whole list of checks with each client, and again against pomelo. Against `echo`
/// none fails, and all pass that pass against pomelo.
async fn pass(mode: &[&str]) {
    let Some(peers) = Peers::find() else { return };
    let pomelo = peers.serve("pomelo-server.js", mode).await;
    let pomelo = format!("127.0.0.1:{}", pomelo.port());
    let checks = async |url: &str, client: &str, peer: &str| {
        let arguments = [&["--url", url, "--client", client, "--peer", peer], mode].concat();
        peers.check("pomelo-client.js", &arguments).await
    };
    join_all(CLIENTS.map(async |client| {
        // One each, since some checks push to everybody.
        let echo = Echo::start(mode);
        let url = echo.address();
        let (ours, theirs) =
            join(checks(&url, client, "echo"), checks(&pomelo, client, "pomelo")).await;
        ours.assert_passed();
        let missing: BTreeSet<_> = theirs.checks().difference(&ours.checks()).copied().collect();
        assert!(missing.is_empty(), "{client} passes them with pomelo alone: {missing:?}");
        assert!(theirs.passed > 20, "{client} passes little with pomelo\n{}", theirs.output);
    }))
    .await;
}

#[tokio::test]
async fn they_pass_what_they_pass_with_pomelo() {
    pass(&["--heartbeat", "1"]).await;
}

#[tokio::test]
async fn they_pass_what_they_pass_with_pomelo_with_a_dictionary_and_schemas() {
    pass(&["--heartbeat", "1", "--dict", "--proto"]).await;
}

#[tokio::test]
async fn they_pass_what_they_pass_with_pomelo_without_heartbeats_with_schemas() {
    pass(&["--heartbeat", "0", "--proto"]).await;
}

#[tokio::test]
async fn they_pass_what_they_pass_with_pomelo_with_everything() {
    pass(&["--heartbeat", "1", "--dict", "--proto", "--scheduler", "buffer"]).await;
}

/// pomelo-node-tcp-client 0.1.5, in every mode with schemas, which its handshake needs. It reads
/// no code of a push and nothing by a schema, since it starts at the message's head; of a kick
/// with a reason it never comes back, and its notifies are malformed.
#[tokio::test]
async fn the_node_tcp_client_calls_us_as_it_calls_pomelo() {
    let Some(peers) = Peers::find() else { return };
    for mode in [
        &["--heartbeat", "1", "--proto"][..],
        &["--heartbeat", "1", "--dict", "--proto"],
        &["--heartbeat", "0", "--proto"],
        &["--heartbeat", "1", "--dict", "--proto", "--scheduler", "buffer"],
    ] {
        let echo = Echo::start(mode);
        let pomelo = peers.serve("pomelo-server.js", mode).await;
        let pomelo = format!("127.0.0.1:{}", pomelo.port());
        let urls = [pomelo, echo.address()];
        join_all(urls.iter().map(|url| node_tcp(&peers, url, mode))).await;
    }
}

async fn node_tcp(peers: &Peers, url: &str, mode: &[&str]) {
    let route = |method: &str| format!("connector.entryHandler.{method}");
    let body = json!({ "n": 7, "text": "a", "list": [1, { "a": null }] });
    let calls = json!([
        [route("echo"), body, body],
        [route("echo"), {}, {}],
        [route("delay"), { "ms": 30 }, { "ms": 30 }],
        [route("bind"), { "uid": "ann" }, { "code": 200, "uid": "ann" }],
        [route("nothing"), {}, { "code": 500 }],
        [route("echo"), body, body],
    ]);
    let kick = json!([[route("kick"), {}, { "code": 200 }]]).to_string();
    // Another client calls for the push: with an answer in the same read it would be lost.
    let broadcast = json!([[route("broadcast"), { "text": "b" }, { "code": 200 }]]).to_string();
    let pushes = json!([["onChannel", { "from": "all", "text": "b" }]]).to_string();
    let check = async |arguments: &[&str]| {
        let arguments = [&["--url", url, "--client", "node-tcp"], arguments].concat();
        peers.check("pomelo-call.js", &arguments).await.assert_passed();
    };
    // It sends heartbeats for as long as it stays.
    check(&["--calls", &calls.to_string(), "--stay", "3"]).await;
    check(&["--calls", &kick, "--closes"]).await;
    if !mode.contains(&"--dict") {
        check(&["--caller", "node", "--calls", &broadcast, "--pushes", &pushes]).await;
    }
}
