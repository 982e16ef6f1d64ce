//! Released clients in Go, unmodified, against `echo`.

#![allow(clippy::unwrap_used)]

mod running;

use connector_tests::peer::Peers;
use running::Echo;

/// Runs the whole list of checks of pitaya's client, over TCP and over WebSocket.
async fn passes(serializer: &str, more: &[&str]) {
    let Some(peers) = Peers::find_go() else { return };
    let arguments =
        [&["--heartbeat", "1", "--dialect", "pitaya", "--serializer", serializer], more];
    let echo = Echo::start(&arguments.concat());
    let url = echo.address();
    let check = |transport| {
        let peers = &peers;
        let url = &url;
        async move {
            let arguments = ["-url", url, "-transport", transport, "-serializer", serializer];
            peers.check("pitaya-client", &arguments).await.assert_passed();
        }
    };
    tokio::join!(check("tcp"), check("ws"));
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
