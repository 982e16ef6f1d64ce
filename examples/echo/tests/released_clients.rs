//! Released pomelo clients, unmodified, against `echo`.

#![allow(clippy::unwrap_used)]

mod running;

use connector_tests::peer::Peers;
use running::Echo;

/// Runs the whole list of checks with one client library.
async fn passes(client: &str) {
    let Some(peers) = Peers::find() else { return };
    let echo = Echo::start(&["--heartbeat", "1"]);
    let url = echo.address();
    let arguments = ["--url", &url, "--client", client, "--heartbeat", "1"];
    peers.check("pomelo-client.js", &arguments).await.assert_passed();
}

#[tokio::test]
async fn pomelo_nodejsclient_websocket_passes() {
    passes("node").await;
}

#[tokio::test]
async fn pomelo_jsclient_websocket_passes() {
    passes("browser").await;
}

#[tokio::test]
async fn a_tcp_driver_over_pomelo_protocol_passes() {
    passes("tcp").await;
}
