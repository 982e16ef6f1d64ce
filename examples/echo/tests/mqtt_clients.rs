//! Released MQTT clients, unmodified, against `echo`.

#![cfg(feature = "mqtt")]
#![allow(clippy::unwrap_used)]

mod running;

use std::pin::pin;
use std::process::Stdio;

use connector::prelude::*;
use connector_tests::certificates::{Authority, Identity};
use connector_tests::mosquitto::mosquitto;
use connector_tests::peer::Peers;
use futures_util::future::join_all;
use running::{Echo, TIMEOUT};
use tokio::process::Command;
use tokio::time::timeout;

/// The major versions of the npm package `mqtt`: 4.3.8 and 5.16.0.
const LIBRARIES: [&str; 2] = ["4", "5"];
/// The levels of the protocol: MQTT 3.1, 3.1.1 and 5, which both speak.
const LEVELS: [&str; 3] = ["3", "4", "5"];

#[tokio::test]
async fn each_library_holds_the_conversation_in_each_version() {
    let Some(peers) = Peers::find() else { return };
    let echo = Echo::start(&["--transport", "mqtt"]);
    let url = echo.address();
    for library in LIBRARIES {
        join_all(LEVELS.map(async |level| {
            let arguments = ["--url", &*url, "--library", library, "--level", level];
            let checks = peers.check("mqtt-echo.js", &arguments).await;
            checks.assert_passed();
            assert!(checks.passed > 8, "{library}, {level}\n{}", checks.output);
        }))
        .await;
    }
}

#[tokio::test]
async fn one_port_has_tcp_websocket_socket_io_and_mqtt() {
    let Some(peers) = Peers::find() else { return };
    let echo = Echo::start(&["--transport", "all"]);
    let url = echo.address();
    for scheme in ["tcp", "ws"] {
        let client = Client::connect(&format!("{scheme}://{url}")).await.unwrap();
        let Json(answer): Json<u8> =
            client.request("connector.entryHandler.echo", Json(7)).await.unwrap();
        assert_eq!(answer, 7, "{scheme}");
    }
    let mqtt = ["--url", &*url, "--library", "5", "--level", "5"];
    peers.check("mqtt-echo.js", &mqtt).await.assert_passed();
    let sio = ["--url", &*url, "--client", "4", "--transport", "upgrade"];
    peers.check("socketio-client.js", &sio).await.assert_passed();
}

#[tokio::test]
async fn with_tls_the_port_has_the_same() {
    let Some(peers) = Peers::find() else { return };
    let authority = Authority::new();
    let Identity { certificate, key } = authority.local();
    let files = [certificate, key].map(|file| file.to_str().unwrap().to_owned());
    let echo = Echo::start(&["--transport", "all", "--tls", &files[0], &files[1]]);
    let trusting = peers.clone().with_env("NODE_EXTRA_CA_CERTS", authority.roots());
    let url = format!("mqtts://{}", echo.address());
    let mqtt = |library| ["--url", &*url, "--library", library, "--level", "4"];
    join_all(LIBRARIES.map(async |library| {
        trusting.check("mqtt-echo.js", &mqtt(library)).await.assert_passed();
    }))
    .await;
    // They do look at the certificate.
    let wary = peers.check("mqtt-echo.js", &[&mqtt("5")[..], &["--only", "echo"]].concat()).await;
    assert!(wary.output.contains("certificate") && wary.passed == 0, "{}", wary.output);
    let url = format!("https://{}", echo.address());
    for client in ["1", "2", "4"] {
        join_all(["websocket", "polling", "upgrade"].map(async |transport| {
            let sio = ["--url", &*url, "--client", client, "--transport", transport];
            trusting.check("socketio-client.js", &sio).await.assert_passed();
        }))
        .await;
    }
    let sio = ["--url", &*url, "--client", "4", "--transport", "polling", "--only", "channels"];
    let wary = peers.check("socketio-client.js", &sio).await;
    assert_eq!(wary.passed, 0, "{}", wary.output);
}

/// A program of mosquitto's at the port of `echo`, or `None` if the environment says to do
/// without.
fn client(program: &str, echo: &Echo, version: &str) -> Option<Command> {
    let mut command = mosquitto(program)?;
    command.args(["-h", "127.0.0.1", "-p", &echo.port.to_string(), "-V", version]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    Some(command)
}

#[tokio::test]
async fn mosquitto_asks_publishes_and_hears() {
    let echo = Echo::start(&["--transport", "mqtt"]);
    for version in ["mqttv31", "mqttv311", "mqttv5"] {
        let Some(mut subscribe) = client("mosquitto_sub", &echo, version) else { return };
        subscribe.args(["-t", "onChannel", "-C", "1", "-F", "%t %p"]);
        let mut heard = pin!(timeout(TIMEOUT, subscribe.spawn().unwrap().wait_with_output()));
        // It does not say when it is there.
        let heard = loop {
            let Some(mut publish) = client("mosquitto_pub", &echo, version) else { return };
            publish.args(["-q", "1", "-t", "connector.entryHandler.broadcast"]);
            publish.args(["-m", "{\"text\":\"hello 世\"}"]);
            tokio::select! {
                heard = &mut heard => break heard.unwrap().unwrap(),
                output = publish.output() => {
                    let output = output.unwrap();
                    assert!(output.status.success(), "{version}: {output:?}");
                }
            }
        };
        assert!(heard.status.success(), "{version}: {heard:?}");
        let said = String::from_utf8_lossy(&heard.stdout).into_owned();
        assert_eq!(said, "onChannel {\"from\":\"all\",\"text\":\"hello 世\"}\n", "{version}");
    }
    // Response topics are MQTT 5's.
    let Some(mut ask) = client("mosquitto_rr", &echo, "mqttv5") else { return };
    ask.args(["-t", "connector.entryHandler.echo", "-e", "answers/here", "-m", "{\"n\":[1]}"]);
    let output = timeout(TIMEOUT, ask.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"n\":[1]}\n");
}
