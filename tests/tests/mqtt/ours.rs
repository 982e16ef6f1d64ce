//! Our client against our server.

use std::time::Duration;

use connector::DialError;
use connector::MqttConnector;
use connector::client::{ConnectError, Reconnect};
use connector::prelude::*;
use connector::protocol::mqtt::{ClientOptionsError, Connect, QoS, Version, code};
use connector::protocol::session::Answer;
use connector::transport::{MqttDialer, MqttOptions};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::raw::VERSIONS;
use crate::relay::Relay;
use crate::served::{Lab, builder};

/// A server on a port of its own, or of all, and its URL.
async fn serve(options: MqttOptions, is_hybrid: bool) -> (Server, Lab, String) {
    let lab = Lab::default();
    let server = builder(&lab);
    let server = if is_hybrid {
        server.connector(HybridConnector::bind("127.0.0.1:0").mqtt(options))
    } else {
        server.connector(MqttConnector::bind("127.0.0.1:0").options(options))
    };
    let server = server.start().await.unwrap();
    let url = format!("mqtt://127.0.0.1:{}", server.addresses()[0].port().unwrap());
    (server, lab, url)
}

async fn connect(dialer: MqttDialer, url: &str) -> Result<Client, ConnectError> {
    let user = json!({ "username": "ann", "password": "secret" });
    let builder = Client::builder().dial("mqtt", dialer).user(user);
    builder.reconnect(Reconnect::never()).connect(url).await
}

/// All that a client may ask of a server.
async fn talks(client: &Client, lab: &Lab) {
    for text in ["a", "é", "世", "😀", &"long ".repeat(10_000)] {
        let Json(answer): Json<String> =
            client.request("lab.handler.echo", Json(text)).await.unwrap();
        assert!(answer == text, "{text:.20}");
    }
    let asks = (0..100_u32).map(|n| async move {
        client.request::<Json<u32>>("lab.handler.echo", Json(n)).await.unwrap().0 == n
    });
    assert!(futures_util::future::join_all(asks).await.into_iter().all(|same| same));
    let mut pushes = client.pushes::<Json<u32>>("onNumber");
    let Json(pushed): Json<u32> = client.request("lab.handler.push", Json(300)).await.unwrap();
    for n in 0..pushed {
        assert_eq!(pushes.next().await.unwrap().unwrap().0, n);
    }
    let before = lab.noted().len();
    for n in 0..3 {
        client.notify("lab.handler.note", Json(n.to_string())).await.unwrap();
    }
    let Json(once): Json<usize> = client.request("lab.handler.notes", Json("2")).await.unwrap();
    assert!(once > 0);
    assert_eq!(lab.noted()[before..], ["0", "1", "2"]);
    let failed = client.request::<()>("lab.handler.fail", &()).await.unwrap_err();
    assert!(failed.to_string().contains("a teapot"), "{failed}");
}

#[tokio::test]
async fn each_version_at_each_qos() {
    for is_hybrid in [false, true] {
        let options = MqttOptions::new().qos(QoS::AtLeastOnce).in_flight(5).receive_maximum(5);
        for options in [MqttOptions::new(), options] {
            let (_server, lab, url) = serve(options, is_hybrid).await;
            for version in VERSIONS {
                for qos in [QoS::AtMostOnce, QoS::AtLeastOnce] {
                    let dialer = MqttDialer::new().version(version).qos(qos);
                    let client = connect(dialer, &url).await.unwrap();
                    talks(&client, &lab).await;
                    let who: Value = client.request("lab.handler.who", &()).await.unwrap();
                    assert_eq!(who["uid"], "ann");
                    assert_eq!(who["version"], version.to_string());
                    let id = who["id"].as_str().unwrap();
                    assert!(id.starts_with("connector") && id.len() == 23, "{who}");
                    assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{who}");
                    let reason = leave(&client).await;
                    assert_eq!(reason, CloseReason::Kicked(Some("too loud".into())), "{version}");
                }
            }
        }
    }
}

#[tokio::test]
async fn the_answer_to_a_notify_is_nobodys() {
    let (_server, _, url) = serve(MqttOptions::new(), false).await;
    for version in VERSIONS {
        let dialer = MqttDialer::new().version(version).qos(QoS::AtLeastOnce);
        let client = connect(dialer, &url).await.unwrap();
        let mut pushes = client.all_pushes();
        for n in 0..10 {
            client.notify("lab.handler.echo", Json(n)).await.unwrap();
            let Json(answer): Json<u32> =
                client.request("lab.handler.echo", Json(1_000 + n)).await.unwrap();
            assert_eq!(answer, 1_000 + n, "{version}");
        }
        // Answers to notifies that came after it would be in front of this push.
        client.request::<Json<u32>>("lab.handler.push", Json(1)).await.unwrap();
        assert_eq!(&*pushes.next().await.unwrap().route, "onNumber", "{version}");
    }
}

async fn leave(client: &Client) -> CloseReason {
    client.notify("lab.handler.leave", &()).await.unwrap();
    client.closed().await
}

#[tokio::test]
async fn one_port_for_all() {
    let (_server, lab, url) = serve(MqttOptions::new(), true).await;
    for scheme in ["tcp", "ws", "mqtt"] {
        let url = url.replace("mqtt", scheme);
        let client = Client::connect(&url).await.unwrap();
        let Json(answer): Json<String> =
            client.request("lab.handler.echo", Json(scheme)).await.unwrap();
        assert_eq!(answer, scheme);
    }
    assert_eq!(lab.noted().len(), 0);
}

#[tokio::test]
async fn a_port_without_mqtt_refuses_it() {
    let server = builder(&Lab::default()).connector(HybridConnector::bind("127.0.0.1:0"));
    let server = server.start().await.unwrap();
    let url = format!("mqtt://127.0.0.1:{}", server.addresses()[0].port().unwrap());
    let refused = Client::connect(&url).await;
    assert!(matches!(refused, Err(ConnectError::Closed(CloseReason::PeerClosed))), "{refused:?}");
}

#[tokio::test]
async fn a_refusal_arrives_with_its_code() {
    let (_server, _, url) = serve(MqttOptions::new(), false).await;
    for (version, expected) in [(Version::V3_1_1, 4), (Version::V5, code::BAD_USER)] {
        let dialer = MqttDialer::new().version(version).login("ann", "wrong");
        let refused = connect(dialer, &url).await.unwrap_err();
        let code = match refused {
            ConnectError::Closed(CloseReason::Refused(code)) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code, u16::from(expected));
    }
}

#[tokio::test]
async fn the_welcome_has_the_applications_data_in_mqtt_5() {
    let (_server, _, url) = serve(MqttOptions::new(), false).await;
    let dialer = MqttDialer::new().version(Version::V5).client_id("sensor-7");
    let client = connect(dialer, &url).await.unwrap();
    assert_eq!(client.welcome().user, Some(json!({ "hello": "sensor-7" })));
}

#[tokio::test]
async fn data_that_is_too_long_for_the_welcome_is_left_out() {
    let long = json!("x".repeat(70_000));
    let server = Server::builder()
        .connector(MqttConnector::bind("127.0.0.1:0"))
        .handler(Lab::default())
        .on_handshake(move |_, _| {
            let user = Some(long.clone());
            async move { Answer::Accept { user } }
        })
        .start()
        .await
        .unwrap();
    let url = format!("mqtt://127.0.0.1:{}", server.addresses()[0].port().unwrap());
    let client = connect(MqttDialer::new().version(Version::V5), &url).await.unwrap();
    assert_eq!(client.welcome().user, None);
    assert_eq!(client.request::<Json<u8>>("lab.handler.echo", Json(1)).await.unwrap().0, 1);
}

#[tokio::test]
async fn what_no_connect_can_carry_fails_at_once() {
    let (_server, _, url) = serve(MqttOptions::new(), false).await;
    for version in VERSIONS {
        let dialer = MqttDialer::new().version(version);
        let refused = connect(dialer.clone().will("a/#", "gone"), &url).await;
        let Err(ConnectError::Dial(DialError::Mqtt(error))) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(error, ClientOptionsError::WillTopic("a/#".into()));
        // Of the application's data the dialer does not know.
        let user = json!({ "username": "x".repeat(70_000) });
        let builder = Client::builder().dial("mqtt", dialer).user(user);
        let refused = builder.reconnect(Reconnect::never()).connect(&url).await;
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("the user name of an MQTT client"), "{refused}");
    }
}

#[tokio::test]
async fn the_will_of_a_client_that_is_lost_counts() {
    let (tell, mut wills) = mpsc::unbounded_channel();
    let server = Server::builder()
        .connector(MqttConnector::bind("127.0.0.1:0"))
        .on_close(move |session, reason| {
            let client = session.client().unwrap();
            let connect = client.details.get::<Connect>().unwrap();
            let _ = tell.send(connect.will_after(reason).cloned());
        })
        .start()
        .await
        .unwrap();
    let url = format!("mqtt://127.0.0.1:{}", server.addresses()[0].port().unwrap());
    for version in VERSIONS {
        let dialer = MqttDialer::new().version(version).will("lab/gone", "it is gone");
        let client = connect(dialer.clone(), &url).await.unwrap();
        client.close().await;
        assert_eq!(wills.recv().await.unwrap(), None, "it has said goodbye");
        let relay = Relay::new(&url).await;
        let _client = connect(dialer, &relay.url).await.unwrap();
        relay.cut();
        let will = wills.recv().await.unwrap().unwrap();
        assert_eq!((&*will.topic, &*will.payload), ("lab/gone", &b"it is gone"[..]), "{version}");
    }
}

#[tokio::test]
async fn a_client_that_is_taken_over_does_not_come_back() {
    let (_server, _, url) = serve(MqttOptions::new(), false).await;
    for version in VERSIONS {
        // It would connect again if it were just lost.
        let first = Client::builder()
            .dial("mqtt", MqttDialer::new().version(version).client_id("twice"))
            .connect(&url)
            .await
            .unwrap();
        let second = connect(MqttDialer::new().client_id("twice"), &url).await.unwrap();
        let reason = first.closed().await;
        assert!(matches!(reason, CloseReason::Kicked(Some(_))), "{version}: {reason:?}");
        assert_eq!(second.request::<Json<u8>>("lab.handler.echo", Json(1)).await.unwrap().0, 1);
    }
}

#[tokio::test]
async fn pings_keep_both_sides() {
    let (_server, _, url) = serve(MqttOptions::new(), false).await;
    let dialer = MqttDialer::new().keep_alive(Duration::from_secs(1));
    let client = connect(dialer, &url).await.unwrap();
    let closed = tokio::time::timeout(Duration::from_millis(3_200), client.closed()).await;
    assert!(closed.is_err(), "{closed:?}");
    assert_eq!(client.request::<Json<u8>>("lab.handler.echo", Json(1)).await.unwrap().0, 1);
}
