//! What `echo` and a released pomelo server with the same options tell a client.

#![allow(clippy::unwrap_used)]

mod running;

use connector_tests::bytes::Bytes;
use connector_tests::peer::Peers;
use running::Echo;
use serde_json::{Value, json};

/// The responses of both, byte for byte, to clients that say this of themselves.
async fn are_the_same(mode: &[&str]) {
    let Some(peers) = Peers::find() else { return };
    let echo = Echo::start(mode);
    let pomelo = peers.serve("pomelo-server.js", mode).await;
    let both = async |sys: Value| {
        let ours = Bytes::connect(echo.port, sys.clone()).await;
        let theirs = Bytes::connect(pomelo.port(), sys).await;
        let text = |bytes: &Bytes| String::from_utf8(bytes.handshake.clone()).unwrap();
        // The application's part is not the protocol's.
        let (ours, theirs) = (text(&ours), text(&theirs));
        let sys = |text: &str| text[..text.find(r#","user""#).unwrap_or(text.len() - 1)].to_owned();
        assert_eq!(sys(&ours), sys(&theirs));
        serde_json::from_str::<Value>(&theirs).unwrap()["sys"].take()
    };
    let told = both(json!({ "type": "js-websocket", "version": "0.0.1" })).await;
    let (dictionary, protos) = (&told["dictVersion"], &told["protos"]["version"]);
    let again =
        both(json!({ "type": "robot", "dictVersion": dictionary, "protoVersion": protos })).await;
    assert_eq!(told.get("dict").is_some(), mode.contains(&"--dict"));
    assert_eq!(told.get("protos").is_some(), mode.contains(&"--proto"));
    assert_eq!((again.get("dict"), again.get("protos")), (None, None));
    for old in [json!("another"), json!(0)] {
        both(json!({ "type": "robot", "dictVersion": old, "protoVersion": protos })).await;
        both(json!({ "type": "robot", "dictVersion": dictionary, "protoVersion": old })).await;
    }
}

#[tokio::test]
async fn a_plain_handshake_is_pomelos() {
    are_the_same(&["--heartbeat", "0"]).await;
}

#[tokio::test]
async fn a_handshake_with_a_dictionary_is_pomelos() {
    are_the_same(&["--heartbeat", "3", "--dict"]).await;
}

#[tokio::test]
async fn a_handshake_with_schemas_is_pomelos() {
    are_the_same(&["--heartbeat", "3", "--proto"]).await;
    are_the_same(&["--heartbeat", "3", "--dict", "--proto"]).await;
}
