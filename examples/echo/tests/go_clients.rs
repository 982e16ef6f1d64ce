//! Released clients in Go, unmodified, against `echo`.

#![allow(clippy::unwrap_used)]

mod running;

use connector_tests::peer::Peers;
use running::Echo;

/// Runs the whole list of checks of pitaya's client, over TCP and over WebSocket.
async fn passes(serializer: &str, more: &[&str]) {
    let Some(peers) = Peers::find_go() else { return };
    let start = |heartbeat| {
        let arguments = ["--heartbeat", heartbeat, "--dialect", "pitaya"];
        Echo::start(&[&arguments[..], &["--serializer", serializer], more].concat())
    };
    // Those of heartbeats alone have a server that wants some soon.
    let (calm, beating) = (start("60"), start("1"));
    let check = |echo: &Echo, transport, beats| {
        let (peers, url) = (&peers, echo.address());
        async move {
            let arguments = ["-url", &url, "-transport", transport, "-serializer", serializer];
            let arguments = [&arguments[..], beats].concat();
            peers.check("pitaya-client", &arguments).await.assert_passed();
        }
    };
    tokio::join!(
        check(&calm, "tcp", &[]),
        check(&calm, "ws", &[]),
        check(&beating, "tcp", &["-beats"]),
        check(&beating, "ws", &["-beats"]),
    );
}

#[tokio::test]
async fn pitayas_client_passes() {
    passes("json", &[]).await;
}

#[tokio::test]
async fn pitayas_client_passes_with_compressed_bodies() {
    passes("json", &["--compress-from", "100"]).await;
}

#[tokio::test]
async fn pitayas_client_passes_with_protobuf() {
    passes("protobuf", &[]).await;
}

#[tokio::test]
async fn pitayas_client_passes_with_compressed_protobuf() {
    passes("protobuf", &["--compress-from", "0"]).await;
}

/// A batch has a WebSocket message for each of its packages.
#[tokio::test]
async fn pitayas_client_passes_with_codes_and_buffered_pushes() {
    passes("json", &["--dict", "--scheduler", "buffer", "--compress-from", "100"]).await;
}

/// It says nothing of itself, and its bodies are protobuf.
#[tokio::test]
async fn nanos_client_passes() {
    let Some(peers) = Peers::find_go() else { return };
    let mode = ["--heartbeat", "0", "--dialect", "pitaya", "--serializer", "protobuf"];
    let echo = Echo::start(&mode);
    peers.check("nano-client", &["-url", &echo.address()]).await.assert_passed();
}
