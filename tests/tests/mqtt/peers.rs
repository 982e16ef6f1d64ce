//! Released programs: the npm package mqtt, mosquitto, and pomelo's mqttconnector.

use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use connector::MqttConnector;
use connector::client::Reconnect;
use connector::prelude::*;
use connector::protocol::mqtt::{QoS, Version};
use connector::transport::{MqttDialer, MqttOptions};
use connector_tests::mosquitto::mosquitto;
use connector_tests::peer::Peers;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

use crate::raw::VERSIONS;
use crate::relay::Relay;
use crate::served::{Lab, builder};

/// The time that nothing here takes.
const PATIENCE: Duration = Duration::from_secs(20);

async fn serve(builder: ServerBuilder, is_hybrid: bool) -> (Server, u16) {
    let options = MqttOptions::new();
    let server = if is_hybrid {
        builder.connector(HybridConnector::bind("127.0.0.1:0").mqtt(options))
    } else {
        builder.connector(MqttConnector::bind("127.0.0.1:0").options(options))
    };
    let server = server.start().await.unwrap();
    let port = server.addresses()[0].port().unwrap();
    (server, port)
}

/// Both libraries in each version that they speak, on a port of its own or of all.
async fn passes(library: &str, is_hybrid: bool) {
    let Some(peers) = Peers::find() else { return };
    let (_server, port) = serve(builder(&Lab::default()), is_hybrid).await;
    let url = format!("127.0.0.1:{port}");
    let levels = ["3", "4", "5"].map(|level| {
        let (peers, url) = (peers.clone(), url.clone());
        async move {
            let arguments = ["--url", &url, "--library", library, "--level", level];
            peers.check("mqtt-client.js", &arguments).await.assert_passed();
        }
    });
    futures_util::future::join_all(levels).await;
}

#[tokio::test]
async fn mqtt_js_4_passes() {
    passes("4", false).await;
}

#[tokio::test]
async fn mqtt_js_5_passes() {
    passes("5", true).await;
}

#[tokio::test]
async fn mosquitto_publishes_and_is_pushed_to() {
    let lab = Lab::default();
    let (opens, mut opened) = mpsc::unbounded_channel();
    let builder = builder(&lab).on_open(move |session| {
        let _ = opens.send(session.uid());
    });
    let (server, port) = serve(builder, false).await;
    let port = port.to_string();
    for (n, version) in ["mqttv31", "mqttv311", "mqttv5"].into_iter().enumerate() {
        for qos in ["0", "1"] {
            let Some(mut publish) = mosquitto("mosquitto_pub") else { return };
            publish.args(["-h", "127.0.0.1", "-p", &port, "-V", version, "-q", qos]);
            publish.args(["-u", "ann", "-P", "secret", "-t", "lab.handler.note", "-m", "\"hi\""]);
            let output = publish.output().await.unwrap();
            assert!(output.status.success(), "{version}: {output:?}");
        }
        // A program may end before what it has sent last is handled.
        let all = async {
            while lab.noted().len() < 2 * n + 2 {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, all).await.expect(version);
        assert_eq!(lab.noted().len(), 2 * n + 2, "{version}");
        let Some(mut subscribe) = mosquitto("mosquitto_sub") else { return };
        subscribe.args(["-h", "127.0.0.1", "-p", &port, "-V", version, "-q", "1"]);
        subscribe.args(["-u", "sub", "-P", "secret", "-t", "onAlarm", "-C", "2", "-F", "%t %p"]);
        let child = subscribe.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        while opened.recv().await.unwrap().as_deref() != Some("sub") {}
        for n in 1..=2 {
            server.handle().push_to("sub", "onAlarm", Json(n)).unwrap();
        }
        let ended = timeout(PATIENCE, child.wait_with_output()).await.unwrap();
        let output = ended.unwrap();
        assert!(output.status.success(), "{version}: {output:?}");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said, "onAlarm 1\nonAlarm 2\n", "{version}");
    }
    let Some(mut refused) = mosquitto("mosquitto_pub") else { return };
    refused.args([
        "-h",
        "127.0.0.1",
        "-p",
        &port,
        "-u",
        "ann",
        "-P",
        "wrong",
        "-t",
        "a",
        "-m",
        "b",
    ]);
    let output = refused.output().await.unwrap();
    assert!(!output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("bad user name or password"), "{said}");
}

/// A broker, and its URL.
async fn broker() -> Option<(Child, String)> {
    for _ in 0..10 {
        let mut command = mosquitto("mosquitto")?;
        // Another program may take the port before the broker does. Then another one is tried.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        command.args(["-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let runs = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if line.ends_with(" running") {
                    return true;
                }
            }
            false
        };
        if timeout(PATIENCE, runs).await.expect("mosquitto runs or ends") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some((child, format!("mqtt://127.0.0.1:{port}")));
        }
    }
    panic!("mosquitto does not start");
}

#[tokio::test]
async fn our_client_talks_over_mosquitto() {
    let Some((_broker, url)) = broker().await else { return };
    for version in VERSIONS {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
            let dialer = MqttDialer::new().version(version).qos(qos);
            let listening = dialer.clone().subscribe("lab/+/read").will("lab/gone", "it is gone");
            let listener = Client::builder().dial("mqtt", listening).connect(&url).await.unwrap();
            let mut pushes = listener.pushes::<Json<u32>>("lab/7/read");
            let gone = Client::builder().dial("mqtt", dialer.clone().subscribe("lab/gone"));
            let watcher = gone.connect(&url).await.unwrap();
            let with_will = dialer.clone().will("lab/gone", "it is lost");
            let with_will = Client::builder().dial("mqtt", with_will);
            let sender = Client::builder().dial("mqtt", dialer).connect(&url).await.unwrap();
            for n in 0..300_u32 {
                sender.notify("lab/7/read", Json(n)).await.unwrap();
            }
            for n in 0..300 {
                let push = timeout(PATIENCE, pushes.next()).await.unwrap();
                assert_eq!(push.unwrap().unwrap().0, n, "{version} {qos:?}");
            }
            // Whoever is lost leaves the will behind.
            let mut wills = watcher.pushes::<Raw>("lab/gone");
            let relay = Relay::new(&url).await;
            let lost = with_will.reconnect(Reconnect::never());
            let _lost = lost.connect(&relay.url).await.unwrap();
            relay.cut();
            let told = timeout(PATIENCE, wills.next()).await.unwrap();
            assert_eq!(&*told.unwrap().unwrap(), b"it is lost", "{version} {qos:?}");
            // Whoever says goodbye takes it along.
            listener.close().await;
            sender.notify("lab/gone", Json("not by will")).await.unwrap();
            let told = timeout(PATIENCE, wills.next()).await.unwrap();
            assert_eq!(&*told.unwrap().unwrap(), b"\"not by will\"");
        }
    }
}

#[tokio::test]
async fn our_client_talks_to_pomelos_mqttconnector() {
    let Some(peers) = Peers::find() else { return };
    let serving = peers.serve("pomelo-server.js", &["--connector", "mqtt"]).await;
    let url = format!("mqtt://127.0.0.1:{}", serving.port());
    for version in [Version::V3_1, Version::V3_1_1] {
        // Pomelo answers nothing at QoS 0.
        let dialer = MqttDialer::new().version(version).qos(QoS::AtLeastOnce).subscribe("onPush");
        let builder = Client::builder().dial("mqtt", dialer).reconnect(Reconnect::never());
        let client = builder.connect(&url).await.unwrap();
        for text in ["a", "é", "世", &"x".repeat(20_000)] {
            let body = json!({ "text": text });
            let answer: Value =
                client.request("connector.entryHandler.echo", Json(&body)).await.unwrap();
            assert!(answer == body, "{text:.20}");
        }
        let asks = (0..100_u32).map(|n| {
            let client = client.clone();
            async move {
                let body = json!({ "n": n });
                let answer: Value =
                    client.request("connector.entryHandler.echo", Json(&body)).await.unwrap();
                answer == body
            }
        });
        assert!(futures_util::future::join_all(asks).await.into_iter().all(|same| same));
        let mut pushes = client.pushes::<Value>("onPush");
        let wanted = Json(json!({ "n": 5 }));
        let answer: Value = client.request("connector.entryHandler.push", wanted).await.unwrap();
        assert_eq!(answer, json!({ "code": 200 }));
        for seq in 0..5 {
            let push = timeout(PATIENCE, pushes.next()).await.unwrap();
            assert_eq!(push.unwrap().unwrap(), json!({ "seq": seq }));
        }
        client.close().await;
    }
}
