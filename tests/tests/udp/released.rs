//! Released programs: pomelo 2.2.7's udpconnector, and pomelo-protocol 0.1.6 over Node's dgram.

use connector::Dial;
use connector::UdpSocket;
use connector::client::Reconnect;
use connector::transport::{DatagramSize, UdpDialer};
use connector_tests::peer::Peers;
use serde_json::json;
use tokio::time::timeout;

use super::*;

/// The bodies that come back unchanged, the largest as fragments.
async fn talks(client: &Client) {
    for text in ["a", "é", "世", "😀 \u{0} \\ \" \u{2028}"] {
        for bytes in [1, 1_000, 20_000] {
            let body = json!({ "text": text.repeat((bytes / text.len()).max(1)) });
            let answer: Value = client.request(ECHO, Json(&body)).await.unwrap();
            assert!(answer == body, "{text} {bytes}");
        }
    }
    let asks = (0..50).map(|n| echoes(client, n));
    futures_util::future::join_all(asks).await;
}

#[tokio::test]
async fn our_client_talks_to_pomelos_udpconnector() {
    let Some(peers) = Peers::find() else { return };
    let arguments = ["--connector", "udp", "--heartbeat", "1"];
    let pomelo = peers.serve("pomelo-server.js", &arguments).await;
    let url = format!("udp://127.0.0.1:{}", pomelo.port());
    let dialer = UdpDialer::new().size(DatagramSize::Largest).socket::<UdpSocket>();
    let builder = Client::builder().user(json!({ "name": "ann" })).reconnect(Reconnect::never());
    let client = builder.connect_by(dialer, &url).await.unwrap();
    assert_eq!(client.welcome().user, Some(json!({ "echo": { "name": "ann" } })));
    talks(&client).await;

    let mut pushes = client.pushes::<Value>("onPush");
    let wanted = Json(json!({ "n": 5, "text": "é" }));
    let answer: Value = client.request("connector.entryHandler.push", wanted).await.unwrap();
    assert_eq!(answer, json!({ "code": 200 }));
    for seq in 0..5 {
        let push = timeout(PATIENCE, pushes.next()).await.unwrap().unwrap().unwrap();
        assert_eq!((&push["seq"], &push["text"]), (&json!(seq), &json!("é")));
    }
    // Pomelo does not announce the heartbeats that it wants over UDP, but ends who sends none.
    let mut states = client.states();
    states.next().await;
    assert!(timeout(Duration::from_millis(3_200), states.next()).await.is_err());
    let kick = Json(json!({ "reason": "enough" }));
    let _: Value = client.request("connector.entryHandler.kick", kick).await.unwrap();
    let kicked = timeout(PATIENCE, client.closed()).await.unwrap();
    assert_eq!(kicked, CloseReason::Kicked(Some("enough".into())));

    // It knows that a client has gone by the empty datagram.
    let first = Client::builder().connect(&url).await.unwrap();
    let bind = Json(json!({ "uid": "bob" }));
    let bound: Value = first.request("connector.entryHandler.bind", &bind).await.unwrap();
    assert_eq!(bound["code"], 200);
    first.close().await;
    echoes(&Client::connect(&url).await.unwrap(), 1).await;
}

#[tokio::test]
async fn a_released_protocol_library_talks_to_our_server() {
    let Some(peers) = Peers::find() else { return };
    let udp = Udp::from("127.0.0.1:0").size(DatagramSize::Largest);
    let served = Served::start(udp, |server| server.heartbeat(Duration::from_secs(1))).await;
    let texts = ["", "é 世 😀", &"x".repeat(1_000), &"世".repeat(10_000)];
    let mut calls: Vec<_> = texts.map(|text| json!([ECHO, { "t": text }, { "t": text }])).into();
    calls.push(json!(["connector.entryHandler.push", [3, 5], {}]));
    let pushes: Vec<_> = (0..3).map(|n| json!(["onPush", { "n": n, "text": "xxxxx" }])).collect();
    let (calls, pushes) = (json!(calls).to_string(), json!(pushes).to_string());
    let url = served.address().to_string();
    let arguments =
        ["--url", &url, "--client", "udp", "--calls", &calls, "--pushes", &pushes, "--stay", "3"];
    let checked = peers.check("pomelo-call.js", &arguments).await;
    checked.assert_passed();
    assert_eq!(checked.passed, 9, "{}", checked.output);
    assert_eq!(served.reason().await, CloseReason::PeerClosed, "it has said that it goes");
}

#[tokio::test]
async fn a_released_protocol_library_is_kicked_and_comes_again() {
    let Some(peers) = Peers::find() else { return };
    let served = Served::start("127.0.0.1:0", |server| server).await;
    let script = format!(
        r#"
        const {{ connect }} = require('./pomelo-client/drivers/udp');
        (async () => {{
            for (let round = 0; round < 2; round += 1) {{
                const client = await connect({{ host: '127.0.0.1', port: {}, user: {{}} }});
                const heard = await client.request('connector.entryHandler.echo', {{ round }});
                client.notify('connector.entryHandler.leave', {{}});
                const kick = await client.kicked;
                await client.closed;
                console.log(JSON.stringify([heard, kick]));
            }}
        }})();
        "#,
        served.address().port()
    );
    let said = peers.run(&script).await;
    let kicked = |round| json!([{ "round": round }, { "reason": "gone" }]).to_string();
    assert_eq!(said.trim(), [kicked(0), kicked(1)].join("\n"));
    until("both are gone", || served.sessions() == 0).await;
}
