//! Pitaya 3 as a server.

use std::time::Duration;

use connector::client::{Client, ClientBuilder, ConnectError, Reconnect, RequestError};
use connector::prelude::Proto;
use connector::protocol::pomelo::handshake::Response;
use connector::{CloseReason, Json};
use connector_tests::peer::{Peers, Serving};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{PATIENCE, says, stays, talks};

/// A pitaya server that compresses nothing, and the URL of its transport.
async fn serve(peers: &Peers, transport: &str, more: &[&str]) -> (Serving, String) {
    let arguments = [&["-compression=false", "-transport", transport], more].concat();
    let pitaya = peers.serve("pitaya-server", &arguments).await;
    let url = format!("{transport}://127.0.0.1:{}", pitaya.port());
    (pitaya, url)
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
            let (_pitaya, url) = serve(&peers, transport, &[&dictionary]).await;
            talks(&builder().connect(&url).await.unwrap(), 100).await;
            let more = ["-serializer", "protobuf", &dictionary];
            let (_pitaya, url) = serve(&peers, transport, &more).await;
            let client = builder().connect(&url).await.unwrap();
            says(&client).await;
            let silence =
                client.request::<Proto<String>>("connector.sayHandler.say", Proto(String::new()));
            let Err(RequestError::Server(error)) = silence.await else { panic!("it is refused") };
            assert_eq!(error.message, "say something");
            client.close().await;
        }
    }
}

#[tokio::test]
async fn heartbeats_errors_kicks_and_refusals_are_understood() {
    let Some(peers) = Peers::find_go() else { return };
    let (_pitaya, url) = serve(&peers, "ws", &[]).await;
    let client = builder().connect(&url).await.unwrap();
    let welcome = client.welcome();
    let sys = welcome.details.get::<Response>().unwrap().sys.as_ref().unwrap();
    assert_eq!(sys.heartbeat, Some(Duration::from_secs(1)));
    stays(&client).await;
    let failed = client.request::<Value>("connector.entryHandler.fail", Json(json!({}))).await;
    let Err(RequestError::Server(error)) = failed else { panic!("{failed:?}") };
    assert_eq!(error.message, "failed");

    let _: Value = client.request("connector.entryHandler.kick", Json(json!({}))).await.unwrap();
    let kicked = timeout(PATIENCE, client.closed()).await.unwrap();
    assert_eq!(kicked, CloseReason::Kicked(None));

    let refused = builder().user(json!({ "refuse": true })).connect(&url).await.unwrap_err();
    let ConnectError::Closed(CloseReason::Refused(400)) = refused else { panic!("{refused}") };
}
