//! CONNECT and CONNACK.

use std::time::Duration;

use connector::protocol::mqtt::{Version, code};
use connector::transport::MqttOptions;
use connector::{CloseReason, Config, Limits};
use serde_json::{Value, json};

use crate::raw::{Connect, VERSIONS, packet, properties, protocol, text};
use crate::served::Served;

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_hook_sees_who_connects() {
    let served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut raw = served.dial(version).await;
        let login = [text("ann"), text("secret")].concat();
        let connect = Connect { id: "sensor-7", flags: 0xc2, rest: login, ..Connect::default() };
        raw.connect(&connect).await;
        raw.publish("lab.handler.who/1", None, "").await;
        let (topic, body) = raw.message().await;
        assert_eq!(topic, "lab.handler.who/1");
        let told = json!({
            "id": "sensor-7", "kind": "mqtt", "version": version.to_string(), "transport": "mqtt",
            "uid": "ann",
        });
        assert_eq!(json_of(&body), told);
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_has_the_code_of_its_version() {
    let served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        for (name, three, five) in [("ann", 4, code::BAD_USER), ("nobody", 5, code::NOT_AUTHORIZED)]
        {
            let mut raw = served.dial(version).await;
            let login = [text(name), text("wrong")].concat();
            let connect = Connect { flags: 0xc2, rest: login, ..Connect::default() };
            raw.write(connect.write(version)).await;
            let refusal = match version {
                Version::V5 => vec![0x20, 3, 0, five, 0],
                _ => vec![0x20, 2, 0, three],
            };
            assert_eq!(raw.rest().await, [refusal], "{name} in {version}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_server_does_not_have_is_told_to_clients_of_mqtt_5() {
    let options = MqttOptions::new().receive_maximum(7);
    let config = Config::new().limits(Limits { package: 5_000, ..Limits::default() });
    let served = Served::with(options, config).await;
    let mut raw = served.dial(Version::V5).await;
    // A session of an hour, and no name.
    let connect = Connect { id: "", properties: &[0x11, 0, 0, 14, 16], ..Connect::default() };
    raw.write(connect.write(Version::V5)).await;
    let connack = raw.packet().await.unwrap();
    assert_eq!(connack[2..4], [0, 0], "no session is present");
    let told = &connack[5..];
    let find = |property: &[u8]| told.windows(property.len()).any(|window| window == property);
    assert!(find(&[0x11, 0, 0, 0, 0]), "a session that is not kept: {told:?}");
    assert!(find(&[0x21, 0, 7]), "its receive maximum: {told:?}");
    assert!(find(&[0x24, 1]), "QoS 1 at most: {told:?}");
    assert!(find(&[0x25, 0]), "nothing is retained: {told:?}");
    assert!(find(&[0x27, 0, 0, 0x13, 0x88]), "packets of 5,000 bytes: {told:?}");
    assert!(find(&[0x29, 0]), "no subscription identifiers: {told:?}");
    assert!(find(&[0x2a, 0]), "no shared subscriptions: {told:?}");
    assert!(find(b"\x12\0\x17connector"), "a client id: {told:?}");
    raw.publish("lab.handler.who/1", None, "").await;
    let who = json_of(&raw.message().await.1);
    assert!(who["id"].as_str().unwrap().starts_with("connector"), "{who}");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_accepted_is_refused() {
    let served = Served::new(MqttOptions::new()).await;
    let mut witness = served.connect(Version::V5).await;
    let will = |topic: &[u8]| [&[0][..], topic, &text("gone")].concat();
    let will_3 = |topic: &[u8]| [topic, &text("gone")].concat();
    let with = |version: Version, id: &str, flags: u8, rest: Vec<u8>| {
        Connect { id, flags, rest, ..Connect::default() }.write(version)
    };
    let level =
        |name: &str, level: u8| packet(0x10, &[&text(name), &[level, 2, 0, 0], &text("ann")]);
    use Version::{V3_1, V3_1_1, V5};
    for (what, version, connect, answer) in [
        ("a later version", V3_1_1, level("MQTT", 6), Some(vec![0x20, 2, 0, 1])),
        ("an unknown level", V3_1, level("MQIsdp", 4), Some(vec![0x20, 2, 0, 1])),
        ("another protocol", V3_1_1, level("AMQP", 4), None),
        ("no name in 3.1", V3_1, with(V3_1, "", 2, vec![]), Some(vec![0x20, 2, 0, 2])),
        ("a nameless session", V3_1_1, with(V3_1_1, "", 0, vec![]), Some(vec![0x20, 2, 0, 2])),
        (
            "a will at QoS 2",
            V5,
            with(V5, "a", 0x16, will(&text("t"))),
            Some(vec![0x20, 3, 0, code::QOS, 0]),
        ),
        (
            "a will at QoS 2 before MQTT 5",
            V3_1_1,
            with(V3_1_1, "a", 0x16, will_3(&text("t"))),
            Some(vec![0x20, 2, 0, 5]),
        ),
        (
            "a retained will",
            V5,
            with(V5, "a", 0x26, will(&text("t"))),
            Some(vec![0x20, 3, 0, code::RETAIN, 0]),
        ),
        (
            "a will with wildcards",
            V5,
            with(V5, "a", 6, will(&text("t/#"))),
            Some(vec![0x20, 3, 0, code::TOPIC, 0]),
        ),
        (
            "a reserved flag",
            V5,
            with(V5, "a", 3, vec![]),
            Some(vec![0x20, 3, 0, code::MALFORMED, 0]),
        ),
        (
            "a receive maximum of 0",
            V5,
            Connect { properties: &[0x21, 0, 0], ..Connect::default() }.write(V5),
            Some(vec![0x20, 3, 0, code::PROTOCOL_ERROR, 0]),
        ),
        (
            "a property twice",
            V5,
            Connect { properties: &[0x21, 0, 1, 0x21, 0, 1], ..Connect::default() }.write(V5),
            Some(vec![0x20, 3, 0, code::PROTOCOL_ERROR, 0]),
        ),
        (
            "an authentication method",
            V5,
            Connect { properties: &[0x15, 0, 1, b'x'], ..Connect::default() }.write(V5),
            Some(vec![0x20, 3, 0, code::AUTH_METHOD, 0]),
        ),
        (
            "a client id that is not UTF-8",
            V5,
            packet(0x10, &[&protocol(V5), &[2, 0, 0, 0], &text([0xff])]),
            Some(vec![0x20, 3, 0, code::MALFORMED, 0]),
        ),
        (
            "bytes behind the end",
            V5,
            packet(0x10, &[&protocol(V5), &[2, 0, 0, 0], &text("a"), b"more"]),
            Some(vec![0x20, 3, 0, code::MALFORMED, 0]),
        ),
        (
            "the end of a field is missing",
            V3_1_1,
            packet(0x10, &[&protocol(V3_1_1), &[2, 0, 0, 0, 9], b"abc"]),
            Some(vec![0x20, 2, 0, 5]),
        ),
        ("no CONNECT", V5, vec![0xc0, 0], None),
        ("a PUBLISH", V5, packet(0x30, &[&text("a.b.c"), &properties(V5, &[])]), None),
        ("pomelo's handshake", V5, b"\x01\0\0\x02{}".to_vec(), None),
        ("HTTP", V5, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(), None),
        (
            "flags of a CONNECT",
            V3_1_1,
            packet(0x11, &[&protocol(V3_1_1), &[2, 0, 0], &text("a")]),
            Some(vec![0x20, 2, 0, 5]),
        ),
    ] {
        let mut raw = served.dial(version).await;
        raw.write(connect).await;
        let answers: Vec<Vec<u8>> = answer.into_iter().collect();
        assert_eq!(raw.rest().await, answers, "{what}");
        witness.lives().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_connect_that_never_ends_costs_its_own_connection() {
    let config = Config::new().limits(Limits { handshake_body: 2_000, ..Limits::default() });
    let served = Served::with(MqttOptions::new(), config).await;
    let mut witness = served.connect(Version::V5).await;
    // It would be longer than allowed.
    let mut raw = served.dial(Version::V5).await;
    raw.write([0x10, 0xd1, 0x0f]).await;
    assert_eq!(raw.rest().await, [[0; 0]; 0]);
    // It does not come.
    let started = tokio::time::Instant::now();
    let mut raw = served.dial(Version::V5).await;
    raw.write([0x10, 100, 0, 4, b'M']).await;
    assert_eq!(raw.rest().await, [[0; 0]; 0]);
    let waited = started.elapsed();
    assert!(waited >= Limits::default().handshake, "{waited:?}");
    witness.lives().await;
}

#[tokio::test(start_paused = true)]
async fn messages_may_follow_before_the_answer() {
    let served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut raw = served.dial(version).await;
        let publish = raw.publication("lab.handler.echo/1", None, &[], "\"early\"");
        let all = [Connect::default().write(version), publish, vec![0xc0, 0]].concat();
        for byte in all {
            raw.write([byte]).await;
        }
        assert_eq!(raw.packet().await.unwrap()[0], 0x20);
        let (mut pong, mut answer) = (false, false);
        while !(pong && answer) {
            match raw.packet().await.unwrap() {
                packet if packet == [0xd0, 0] => pong = true,
                packet => answer = packet[0] == 0x30,
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_keeps_its_word() {
    let mut served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let started = tokio::time::Instant::now();
        let connect = Connect { keep_alive: 10, ..Connect::default() };
        let mut raw = served.connect_as(version, &connect).await;
        tokio::time::sleep(Duration::from_secs(14)).await;
        raw.write([0xc0, 0]).await;
        assert_eq!(raw.packet().await.unwrap(), [0xd0, 0]);
        let last: Vec<Vec<u8>> = raw.rest().await;
        let elapsed = started.elapsed();
        assert!(
            elapsed >= Duration::from_secs(29) && elapsed < Duration::from_secs(31),
            "{elapsed:?}"
        );
        match version {
            Version::V5 => assert_eq!(last[0][..3], [0xe0, last[0][1], code::KEEP_ALIVE]),
            _ => assert_eq!(last, [[0; 0]; 0]),
        }
        assert_eq!(served.ended.recv().await.unwrap().1, CloseReason::HeartbeatTimeout);
    }
}

#[tokio::test(start_paused = true)]
async fn a_keep_alive_of_zero_is_for_ever() {
    let served = Served::new(MqttOptions::new()).await;
    let mut raw = served.connect(Version::V3_1_1).await;
    tokio::time::sleep(Duration::from_secs(100_000)).await;
    raw.lives().await;
    // Unless the server says otherwise.
    let config = Config::new().idle_timeout(Duration::from_secs(90));
    let mut served = Served::with(MqttOptions::new(), config).await;
    let mut raw = served.connect(Version::V3_1_1).await;
    assert_eq!(raw.rest().await, [[0; 0]; 0]);
    assert_eq!(served.ended.recv().await.unwrap().1, CloseReason::HeartbeatTimeout);
}

#[tokio::test(start_paused = true)]
async fn no_packet_is_larger_than_its_client_takes() {
    let served = Served::new(MqttOptions::new()).await;
    let properties = &[0x27, 0, 0, 0, 21];
    let small = Connect { properties, ..Connect::default() };
    let mut raw = served.dial(Version::V5).await;
    raw.write(small.write(Version::V5)).await;
    let connack = raw.packet().await.unwrap();
    assert_eq!((connack[0], connack.len()), (0x20, 21), "without the application's data");
    // The answer to many topics counts as sent.
    let topics = [&text("a")[..], &[0]].concat().repeat(30);
    raw.write(packet(0x82, &[&[0, 1, 0], &topics])).await;
    raw.write([0xc0, 0]).await;
    assert_eq!(raw.packet().await.unwrap(), [0xd0, 0]);
    let _second = served.connect_as(Version::V5, &small).await;
    assert_eq!(raw.rest().await, [[0xe0, 1, code::TAKEN_OVER]], "without the words");
}
