//! Messages in both directions.

use connector::protocol::mqtt::{QoS, Version, code};
use connector::transport::MqttOptions;
use connector::{CloseReason, Config, Json, Limits, MqttConnector};

use crate::raw::{Connect, Raw, VERSIONS, packet, properties, publication, read_publish, text};
use crate::served::{Lab, Served, builder};

#[tokio::test(start_paused = true)]
async fn a_topic_is_a_route() {
    let served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        raw.publish("lab.handler.note", None, "\"noted\"").await;
        raw.publish("lab.handler.echo/70000", None, "{\"n\": 1}").await;
        assert_eq!(raw.message().await, ("lab.handler.echo/70000".into(), "{\"n\": 1}".into()));
        // At QoS 1 the packet identifier is the id.
        raw.publish("lab.handler.echo", Some(9), "1").await;
        assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 9]);
        assert_eq!(raw.message().await, ("lab.handler.echo/9".into(), "1".into()));
        raw.publish("lab.handler.echo/7", Some(9), "2").await;
        assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 9], "it may be used again");
        assert_eq!(raw.message().await, ("lab.handler.echo/7".into(), "2".into()));
        raw.publish("lab.handler.fail/8", None, "").await;
        let (topic, body) = raw.message().await;
        assert_eq!(topic, "lab.handler.fail/8");
        assert!(body.contains("418") && body.contains("a teapot"), "{body}");
        raw.publish("lab.handler.nothing/9", None, "").await;
        let (topic, body) = raw.message().await;
        assert!(topic == "lab.handler.nothing/9" && body.contains("500"), "{topic} {body}");
        // Nobody has these.
        for topic in ["nothing", "nothing/7", "/", &"x.".repeat(200), &"x".repeat(60_000)] {
            raw.publish(topic, None, "{}").await;
            raw.publish(topic, Some(1), "{}").await;
            let acknowledged = raw.packet().await.unwrap();
            assert_eq!(acknowledged, [0x40, 2, 0, 1], "{topic:.10}");
        }
        raw.lives().await;
    }
    assert_eq!(served.lab.noted(), ["noted"; 3]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_goes_to_the_response_topic() {
    let served = Served::new(MqttOptions::new()).await;
    let mut raw = served.connect(Version::V5).await;
    let with = [&[0x08][..], &text("answers/ann"), &[0x09], &text(b"\xff\0seven")].concat();
    for id in [None, Some(3)] {
        let publish = raw.publication("lab.handler.echo", id, &with, "[1]");
        raw.write(publish).await;
        if id.is_some() {
            assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 3]);
        }
        let (topic, _, told, body) = raw.published().await;
        assert_eq!((&*topic, &*body), ("answers/ann", "[1]"));
        assert_eq!(told, [&[0x09][..], &text(b"\xff\0seven")].concat());
    }
    // Requests that wait have each their own.
    for n in ["one", "two"] {
        let with = [&[0x08][..], &text(n)].concat();
        let publish = raw.publication("lab.handler.wait", None, &with, "");
        raw.write(publish).await;
    }
    served.lab.gate.notify_one();
    assert_eq!(raw.published().await.0, "one");
    served.lab.gate.notify_one();
    assert_eq!(raw.published().await.0, "two");
}

#[tokio::test(start_paused = true)]
async fn pushes_keep_their_order() {
    let served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        raw.publish("lab.handler.push/1", None, "500").await;
        for n in 0..500 {
            assert_eq!(raw.message().await, ("onNumber".into(), n.to_string()));
        }
        assert_eq!(raw.message().await, ("lab.handler.push/1".into(), "500".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn at_qos_1_a_client_says_how_fast() {
    let served = Served::new(MqttOptions::new().qos(QoS::AtLeastOnce).in_flight(3)).await;
    for (version, told, most) in [
        (Version::V3_1_1, &[][..], 3),
        (Version::V5, &[0x21, 0, 2], 2),
        (Version::V5, &[0x21, 0, 9], 3),
    ] {
        let connect = Connect { properties: told, ..Connect::default() };
        let mut raw = served.connect_as(version, &connect).await;
        raw.publish("lab.handler.push/1", None, "9").await;
        let mut seen = Vec::new();
        for n in 0..most {
            let (topic, id, _, body) = raw.published().await;
            assert_eq!((&*topic, &*body), ("onNumber", &*n.to_string()));
            seen.push(id.unwrap());
        }
        // No more come, so a ping is answered first.
        raw.write([0xc0, 0]).await;
        assert_eq!(raw.packet().await.unwrap(), [0xd0, 0]);
        for n in most..10 {
            let id = seen.remove(0);
            raw.write([&[0x40, 2][..], &id.to_be_bytes()].concat()).await;
            let (topic, id, _, body) = raw.published().await;
            let answer = if n == 9 { "lab.handler.push/1" } else { "onNumber" };
            assert_eq!((&*topic, &*body), (answer, &*n.to_string()));
            let id = id.unwrap();
            assert!(id != 0 && !seen.contains(&id), "{id} of {seen:?}");
            seen.push(id);
        }
        // Acknowledgements of nothing are ignored.
        raw.write([0x40, 2, 0x77, 0x77]).await;
        raw.write([0xc0, 0]).await;
        assert_eq!(raw.packet().await.unwrap(), [0xd0, 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_acknowledges_nothing_is_closed() {
    let options = MqttOptions::new().qos(QoS::AtLeastOnce).in_flight(1).queued(10_000);
    let mut served = Served::new(options).await;
    // A few messages wait: for as long as a stall may last.
    let mut raw = served.connect(Version::V3_1_1).await;
    raw.publish("lab.handler.push", None, "3").await;
    assert_eq!(raw.rest().await.len(), 1);
    let (_, reason, _) = served.ended.recv().await.unwrap();
    assert!(matches!(reason, CloseReason::Stalled { unsent: 30..100 }), "{reason:?}");
    // Many do: no more than are allowed.
    let mut raw = served.connect(Version::V5).await;
    raw.publish("lab.handler.push", None, "5000").await;
    let packets = raw.rest().await;
    assert_eq!(
        packets.last().unwrap()[..3],
        [0xe0, packets.last().unwrap()[1], code::ADMINISTRATIVE]
    );
    let (_, reason, _) = served.ended.recv().await.unwrap();
    assert!(
        matches!(reason, CloseReason::SlowPeer { queued: 10_000..10_100, limit: 10_000 }),
        "{reason:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_a_client_cannot_take_is_not_sent() {
    let served = Served::new(MqttOptions::new()).await;
    // Packets of 64 bytes at most.
    let connect = Connect { properties: &[0x27, 0, 0, 0, 64], ..Connect::default() };
    let mut raw = served.connect_as(Version::V5, &connect).await;
    let long = format!("\"{}\"", "x".repeat(100));
    raw.publish("lab.handler.echo/1", None, &long).await;
    raw.publish("lab.handler.echo/2", None, "\"short\"").await;
    assert_eq!(raw.message().await, ("lab.handler.echo/2".into(), "\"short\"".into()));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_wait_for_acknowledgements_is_closed() {
    let limits = Limits { waiting: 1, ..Limits::default() };
    let options = MqttOptions::new().receive_maximum(5);
    let mut served = Served::with(options, Config::new().limits(limits)).await;
    let mut witness = served.connect(Version::V5).await;
    let mut raw =
        served.connect_as(Version::V5, &Connect { id: "bob", ..Connect::default() }).await;
    for id in 1..=5 {
        raw.publish("lab.handler.wait", Some(id), "").await;
    }
    // One runs and one waits: these are acknowledged. The others are not taken yet.
    assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 1]);
    assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 2]);
    for id in [6, 7] {
        raw.publish("lab.handler.wait", Some(id), "").await;
    }
    raw.write([0xc0, 0]).await;
    assert_eq!(raw.packet().await.unwrap(), [0xd0, 0], "five are not acknowledged");
    raw.publish("lab.handler.wait", Some(8), "").await;
    let last = raw.rest().await;
    assert_eq!(last.last().unwrap()[..3], [0xe0, 1, code::RECEIVE_MAXIMUM], "{last:?}");
    let (id, reason, _) = served.ended.recv().await.unwrap();
    assert_eq!(id, "bob");
    assert!(
        matches!(&reason, CloseReason::Malformed(what) if what.contains("more than 5")),
        "{reason}"
    );
    witness.lives().await;
}

#[tokio::test(start_paused = true)]
async fn an_identifier_in_use_is_told_apart_from_a_repetition() {
    let limits = Limits { waiting: 1, ..Limits::default() };
    let mut served = Served::with(MqttOptions::new(), Config::new().limits(limits)).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        for id in 1..=3 {
            raw.publish("lab.handler.wait", Some(id), "").await;
        }
        assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 1]);
        assert_eq!(raw.packet().await.unwrap(), [0x40, 2, 0, 2]);
        // The third one is not taken. An impatient client sends it again.
        let mut again = raw.publication("lab.handler.wait", Some(3), &[], "");
        again[0] |= 8;
        raw.write(&again).await;
        if version == Version::V5 {
            assert_eq!(raw.packet().await.unwrap(), [0x40, 3, 0, 3, code::IDENTIFIER_IN_USE]);
            continue;
        }
        raw.write([0xc0, 0]).await;
        assert_eq!(raw.packet().await.unwrap(), [0xd0, 0], "it is the same message");
        raw.publish("lab.handler.note", Some(3), "").await;
        assert_eq!(raw.rest().await, [[0; 0]; 0]);
        let (_, reason, _) = served.ended.recv().await.unwrap();
        assert!(
            matches!(&reason, CloseReason::Malformed(what) if what.contains("identifier 3")),
            "{reason}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn subscriptions_are_answered() {
    let served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        let topics = |of: &[(&str, u8)]| -> Vec<u8> {
            of.iter().flat_map(|(topic, qos)| [text(topic), vec![*qos]].concat()).collect()
        };
        let none = properties(version, &[]);
        let asked = topics(&[("onNumber", 0), ("a/+/b", 1), ("#", 2)]);
        raw.write(packet(0x82, &[&[0, 5], &none, &asked])).await;
        assert_eq!(raw.packet().await.unwrap(), packet(0x90, &[&[0, 5], &none, &[0, 1, 1]]));
        if version == Version::V5 {
            raw.write(packet(0x82, &[&[0, 6], &none, &topics(&[("$share/g/a", 0)])])).await;
            let answer = packet(0x90, &[&[0, 6], &none, &[code::SHARED]]);
            assert_eq!(raw.packet().await.unwrap(), answer);
        }
        raw.write(packet(0xa2, &[&[0, 7], &none, &text("onNumber"), &text("#")])).await;
        let codes: &[u8] = if version == Version::V5 { &[0, 0] } else { &[] };
        assert_eq!(raw.packet().await.unwrap(), packet(0xb0, &[&[0, 7], &none, codes]));
        raw.lives().await;
    }
}

#[tokio::test(start_paused = true)]
async fn many_small_messages_in_one_read() {
    let served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        let one = publication((version, "lab.handler.echo/1"), None, &[], b"1");
        let all = one.repeat(5_000);
        let written = raw.try_write_and_count(all, 5_000).await;
        assert_eq!(written, 5_000);
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_message_arrives_whole() {
    let served = Served::new(MqttOptions::new()).await;
    let body = format!("\"{}\"", "é".repeat(20_000));
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        raw.publish("lab.handler.echo/1", None, &body).await;
        let answer = raw.packet().await.unwrap();
        assert!(read_publish(version, &answer).3 == body);
    }
}

/// What waits for a slow reader is sent whenever the stream takes it, also all at once.
#[tokio::test]
async fn a_slow_reader_gets_all_that_waits() {
    const PUSHES: usize = 64;
    let server = builder(&Lab::default()).connector(MqttConnector::bind("127.0.0.1:0"));
    let server = server.start().await.unwrap();
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    // Otherwise the system's buffers hold it all.
    socket.set_recv_buffer_size(16 << 10).unwrap();
    let address = server.addresses()[0].to_string().parse().unwrap();
    let mut raw = Raw::new(Version::V3_1_1, socket.connect(address).await.unwrap());
    raw.connect(&Connect::default()).await;
    raw.lives().await;
    let text = "x".repeat(60_000);
    for n in 0..PUSHES {
        server.handle().broadcast("onText", Json((n, &text))).unwrap();
        tokio::task::yield_now().await;
    }
    for n in 0..PUSHES {
        let (topic, body) = raw.message().await;
        assert!(topic == "onText" && body == format!("[{n},\"{text}\"]"), "{n}: {topic}");
    }
    raw.lives().await;
}
