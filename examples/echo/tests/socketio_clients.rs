//! Released socket.io clients, unmodified, against `echo` and against a released pomelo server
//! with its sioconnector.

#![allow(clippy::unwrap_used)]

mod running;

use std::collections::BTreeSet;

use connector_tests::peer::Peers;
use futures_util::future::join_all;
use running::Echo;

/// The versions of socket.io-client: 1.7.2 and 2.5.0 speak Engine.IO 3, 4.8.4 speaks 4.
const CLIENTS: [&str; 3] = ["1", "2", "4"];
const TRANSPORTS: [&str; 3] = ["websocket", "polling", "upgrade"];

/// Returns the arguments of the checks by one client.
fn arguments<'a>(url: &'a str, client: &'a str, transport: &'a str) -> Vec<&'a str> {
    vec!["--url", url, "--client", client, "--transport", transport]
}

/// Runs the list of checks with each client over each transport, with further arguments.
async fn pass(echo: &Echo, further: &[&str]) {
    let Some(peers) = Peers::find() else { return };
    let url = echo.address();
    for client in CLIENTS {
        join_all(TRANSPORTS.map(async |transport| {
            let arguments = [&arguments(&url, client, transport), further].concat();
            let checks = peers.check("socketio-client.js", &arguments).await;
            checks.assert_passed();
            assert!(checks.passed > 0, "{client}, {transport}\n{}", checks.output);
        }))
        .await;
    }
}

#[tokio::test]
async fn each_passes_over_each_transport_what_pomelos_passes_with_pomelo() {
    let Some(peers) = Peers::find() else { return };
    let echo = Echo::start(&["--transport", "sio"]);
    let mode = ["--connector", "sio", "--heartbeat", "0"];
    let pomelo = peers.serve("pomelo-server.js", &mode).await;
    let pomelo = format!("127.0.0.1:{}", pomelo.port());
    let theirs = [&arguments(&pomelo, "1", "websocket")[..], &["--peer", "pomelo"]].concat();
    let theirs = peers.check("socketio-client.js", &theirs).await;
    assert!(theirs.passed > 8, "it passes little with pomelo\n{}", theirs.output);
    let url = echo.address();
    let ours = peers.check("socketio-client.js", &arguments(&url, "1", "websocket")).await;
    let missing: BTreeSet<_> = theirs.checks().difference(&ours.checks()).copied().collect();
    assert!(missing.is_empty(), "it passes them with pomelo alone: {missing:?}");
    pass(&echo, &[]).await;
}

#[tokio::test]
async fn each_keeps_its_session_open_by_heartbeats() {
    let echo = Echo::start(&["--transport", "sio", "--heartbeat", "1"]);
    pass(&echo, &["--heartbeat", "1", "--only", "heartbeats-keep-it-open"]).await;
}

#[tokio::test]
async fn each_comes_to_the_port_of_tcp_and_websocket() {
    let echo = Echo::start(&["--transport", "all"]);
    pass(&echo, &["--only", "hundred-at-once"]).await;
    echo.still_serves();
}

#[tokio::test]
async fn batches_are_one_event() {
    let echo = Echo::start(&["--transport", "sio", "--scheduler", "buffer"]);
    pass(&echo, &["--scheduler", "buffer", "--only", "batches-are-arrays"]).await;
}
