//! Pomelo's own way: one route for all that is published, and one for subscriptions.

use connector::transport::MqttOptions;
use serde_json::{Value, json};

use crate::raw::{VERSIONS, packet, properties, read_publish, text};
use crate::served::Served;

fn options() -> MqttOptions {
    MqttOptions::new()
        .publish_route("connector.mqttHandler.publish")
        .subscribe_route("connector.mqttHandler.subscribe")
}

#[tokio::test(start_paused = true)]
async fn a_packet_is_the_body() {
    let served = Served::new(options()).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        // At QoS 0 it is a notify, so only the second one is answered.
        raw.publish("any/topic", None, "not answered").await;
        raw.publish("any/topic", Some(7), "é").await;
        assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 7]);
        let (topic, body) = raw.message().await;
        assert_eq!(topic, "any/topic");
        let told = json!({
            "cmd": "publish", "dup": false, "messageId": 7, "payload": "é", "qos": 1,
            "retain": false, "topic": "any/topic",
        });
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap(), told);
        // Pomelo dies of an answer without a topic.
        raw.publish("nowhere", Some(8), "").await;
        assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 8]);
        raw.write([0xc0, 0]).await;
        assert_eq!(raw.packet().await.unwrap(), [0xd0, 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_names_its_topic() {
    let served = Served::new(options()).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        raw.publish("push", None, "").await;
        let mut loud = raw.packet().await.unwrap();
        assert_eq!(loud[0], 0x33, "at QoS 1, and retained");
        loud[0] = 0x32;
        let (topic, id, _, body) = read_publish(version, &loud);
        assert_eq!((&*topic, id, &*body), ("loud", Some(1), "hi"));
        assert_eq!(raw.message().await, ("onPlain".into(), r#"{"n":1}"#.into()));
    }
}

#[tokio::test(start_paused = true)]
async fn the_application_grants_subscriptions() {
    let served = Served::new(options()).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        let none = properties(version, &[]);
        let asked = [&text("a/#")[..], &[1], &text("b"), &[0]].concat();
        // Both have an id of their own, though their packets have the same.
        raw.publish("push", Some(5), "").await;
        raw.write(packet(0x82, &[&[0, 5], &none, &asked])).await;
        let answer = packet(0x90, &[&[0, 5], &none, &[0, 128]]);
        let mut packets = Vec::new();
        while packets.last() != Some(&answer) {
            packets.push(raw.packet().await.unwrap());
        }
        assert!(packets.contains(&vec![0x40, 2, 0, 5]), "{packets:?}");
        assert_eq!(packets.len(), 4, "two pushes, PUBACK and SUBACK: {packets:?}");
    }
}
