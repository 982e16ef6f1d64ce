//! Our client: against pitaya's servers in every mode, and against our own.

use std::time::Duration;

use connector::client::{Client, ConnectError, RequestError};
use connector::prelude::*;
use connector::protocol::pomelo::handshake::{Dialect, Response};
use connector_tests::peer::Peers;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::peers::{Mode, modes};
use super::served::{self, Line};

/// A text that becomes much shorter.
fn long(bytes: usize) -> String {
    "it says it again and again, ".repeat(bytes / 28 + 1)[..bytes].into()
}

fn url(mode: Mode, port: u16) -> String {
    let scheme = if mode.transport == "ws" { "ws" } else { "tcp" };
    format!("{scheme}://127.0.0.1:{port}")
}

/// The conversation that every server has to have with our client.
async fn converse(client: &Client) {
    for text in ["hi".to_owned(), long(1_000), long(100_000)] {
        let body = json!({ "text": text });
        let echoed: Value =
            client.request("connector.entryHandler.echo", Json(&body)).await.unwrap();
        assert_eq!(echoed, body);
        let line = Line::from(&*text);
        let Body(said): Body<Line> =
            client.request("connector.sayHandler.say", &line).await.unwrap();
        assert_eq!(said, line);
    }
    let refused =
        client.request::<Body<Line>>("connector.sayHandler.say", Body(Line::default())).await;
    let Err(RequestError::Server(error)) = refused else { panic!("{refused:?}") };
    assert_eq!((error.code, &*error.message), (422, "say something"));
    assert_eq!((&error.metadata["field"], &error.metadata["max"]), (&json!("value"), &json!("9")));
    let unknown = client.request::<Value>("connector.entryHandler.unknown", Json(1)).await;
    assert!(matches!(unknown, Err(RequestError::Server(_))), "{unknown:?}");

    let mut pushes = client.pushes("onPush");
    let text = long(5_000);
    let asked = json!({ "n": 5, "text": text });
    let _: Value = client.request("connector.entryHandler.push", Json(&asked)).await.unwrap();
    for seq in 0..5 {
        let Json(pushed): Json<Value> = pushes.next().await.unwrap().unwrap();
        assert_eq!(pushed, json!({ "seq": seq, "text": text }));
    }
    let mut told = client.pushes("onSay");
    let line = Line::from(&*text);
    client.notify("connector.sayHandler.told", &line).await.unwrap();
    let Body(pushed): Body<Line> = told.next().await.unwrap().unwrap();
    assert_eq!(pushed, line);
}

/// Waits until the client is closed by a kick, of which pitaya says no reason.
async fn kicked(client: Client) {
    let _: Value = client.request("connector.entryHandler.kick", Json(json!({}))).await.unwrap();
    assert_eq!(client.closed().await, CloseReason::Kicked(None));
}

#[tokio::test]
async fn our_client_talks_to_pitayas_servers_in_every_mode() {
    let Some(peers) = Peers::find_go() else { return };
    for mode in modes() {
        for dictionary in [&["-dictionary"][..], &[]] {
            let server = mode.serve(&peers, dictionary).await;
            let builder = Client::builder();
            let builder = if mode.compression { builder.compress_from(100) } else { builder };
            let client = builder.connect(&url(mode, server.port())).await.unwrap();
            let welcome = client.welcome();
            let response = welcome.details.get::<Response>().unwrap();
            let sys = response.sys.as_ref().unwrap();
            assert_eq!(sys.serializer.as_deref(), Some(mode.serializer));
            assert_eq!(sys.heartbeat, Some(Duration::from_secs(1)));
            let codes = sys.dict.as_ref().map_or(0, |dict| dict.routes.len());
            assert_eq!(codes, if dictionary.is_empty() { 0 } else { 6 });
            converse(&client).await;
            kicked(client).await;
        }
    }
}

/// Pitaya drops who is silent for two of its intervals, and sends by itself what keeps our
/// client from giving up.
#[tokio::test]
async fn our_client_and_pitayas_server_keep_each_other_alive() {
    let Some(peers) = Peers::find_go() else { return };
    let mode = Mode { transport: "tcp", serializer: "json", compression: true };
    let server = mode.serve(&peers, &[]).await;
    let client = Client::connect(&url(mode, server.port())).await.unwrap();
    // The intervals are those of another program.
    sleep(Duration::from_millis(4_500)).await;
    converse(&client).await;
}

#[tokio::test]
async fn a_handshake_that_pitaya_refuses_has_its_code() {
    let Some(peers) = Peers::find_go() else { return };
    let mode = Mode { transport: "tcp", serializer: "json", compression: true };
    let server = mode.serve(&peers, &["-dictionary"]).await;
    let builder = Client::builder().user(json!({ "refuse": true }));
    let refused = builder.connect(&url(mode, server.port())).await;
    let Err(ConnectError::Closed(reason)) = refused else { panic!("{refused:?}") };
    assert_eq!(reason, CloseReason::Refused(400));
}

#[tokio::test]
async fn our_client_and_our_server_compress_for_each_other() {
    for (server_from, client_from) in
        [(None, None), (Some(64), None), (None, Some(64)), (Some(0), Some(0))]
    {
        let mut builder = served::builder();
        if let Some(from) = server_from {
            builder = builder.compress_from(from);
        }
        let (_server, port) = served::start(builder).await;
        let mut builder = Client::builder();
        if let Some(from) = client_from {
            builder = builder.compress_from(from);
        }
        let client = builder.connect(&format!("tcp://127.0.0.1:{port}")).await.unwrap();
        let agreement = client.welcome().agreement.clone();
        assert_eq!((agreement.dialect, agreement.zlib), (Dialect::Native, true));
        converse_natively(&client).await;
    }
}

/// The same with our own server, whose metadata keep their types.
async fn converse_natively(client: &Client) {
    let body = json!({ "text": long(300_000) });
    let echoed: Value = client.request("connector.entryHandler.echo", Json(&body)).await.unwrap();
    assert_eq!(echoed, body);
    let line = Line::from(&*long(10_000));
    let mut told = client.pushes("onSay");
    client.notify("connector.sayHandler.told", &line).await.unwrap();
    let Body(pushed): Body<Line> = told.next().await.unwrap().unwrap();
    assert_eq!(pushed, line);
}
