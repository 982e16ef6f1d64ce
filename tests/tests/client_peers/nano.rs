//! Nano 0.5.1 as a server.

use std::time::Duration;

use connector::Json;
use connector::client::{Client, ClientBuilder, ConnectError, Reconnect, RequestError};
use connector::protocol::pomelo::handshake::Response;
use connector_tests::peer::{Peers, Serving};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{PATIENCE, says, stays, talks};

/// Nano drops answers when 16 wait to be written.
const AT_ONCE: u32 = 10;

/// A nano server, and the URL of its transport.
async fn serve(peers: &Peers, transport: &str, more: &[&str]) -> (Serving, String) {
    let arguments = [&["-transport", transport], more].concat();
    let nano = peers.serve("nano-server", &arguments).await;
    let path = if transport == "ws" { "/nano" } else { "" };
    let url = format!("{transport}://127.0.0.1:{}{path}", nano.port());
    (nano, url)
}

fn builder() -> ClientBuilder {
    Client::builder().reconnect(Reconnect::never())
}

#[tokio::test]
async fn json_protobuf_codes_and_pushes_pass() {
    let Some(peers) = Peers::find_go() else { return };
    for transport in ["tcp", "ws"] {
        for dictionary in [false, true] {
            let dictionary = format!("-dictionary={dictionary}");
            let (_nano, url) = serve(&peers, transport, &[&dictionary]).await;
            talks(&builder().connect(&url).await.unwrap(), AT_ONCE).await;
            let more = ["-serializer", "protobuf", &dictionary];
            let (_nano, url) = serve(&peers, transport, &more).await;
            let client = builder().connect(&url).await.unwrap();
            says(&client).await;
            client.close().await;
        }
    }
}

#[tokio::test]
async fn heartbeats_ends_and_refusals_are_understood() {
    let Some(peers) = Peers::find_go() else { return };
    let (_nano, url) = serve(&peers, "tcp", &[]).await;
    let client = builder().connect(&url).await.unwrap();
    let welcome = client.welcome();
    let sys = welcome.details.get::<Response>().unwrap().sys.as_ref().unwrap();
    assert_eq!(sys.heartbeat, Some(Duration::from_secs(1)));
    stays(&client).await;

    // What fails there is not answered.
    let impatient = client.with_request_timeout(Duration::from_millis(100));
    let failed = impatient.request::<Value>("connector.entryHandler.fail", Json(json!({}))).await;
    assert!(matches!(failed, Err(RequestError::Timeout)), "{failed:?}");

    // Nano has no kicks: it closes.
    client.notify("connector.entryHandler.leave", Json(json!({}))).await.unwrap();
    let left = timeout(PATIENCE, client.closed()).await.unwrap();
    assert!(left.is_peer_closed(), "{left}");

    let refused = builder().user(json!({ "refuse": true })).connect(&url).await.unwrap_err();
    // It closes without an answer.
    let ConnectError::Closed(reason) = refused else { panic!("{refused}") };
    assert!(reason.is_peer_closed(), "{reason}");
}
