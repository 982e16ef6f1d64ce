//! Released pomelo clients, unmodified, against `echo` and against a released pomelo server
//! with the same options.

#![allow(clippy::unwrap_used)]

mod running;

use std::collections::BTreeSet;

use connector_tests::peer::Peers;
use futures_util::future::{join, join_all};
use running::Echo;

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
