//! What a client may not send: each ends its own connection, for a reason that MQTT 5 tells.

use connector::CloseReason;
use connector::protocol::mqtt::{Version, code};
use connector::transport::MqttOptions;

use crate::raw::{Connect, VERSIONS, packet, properties, publication, text};
use crate::served::Served;

/// What is sent, and the code by which MQTT 5 answers.
fn faults(version: Version) -> Vec<(&'static str, Vec<u8>, u8)> {
    let none = properties(version, &[]);
    let mut faults = vec![
        ("a second CONNECT", Connect::default().write(version), code::PROTOCOL_ERROR),
        ("QoS 2", packet(0x34, &[&text("a.b.c"), &[0, 1], &none]), code::QOS),
        ("QoS 3", packet(0x36, &[&text("a.b.c"), &[0, 1], &none]), code::MALFORMED),
        ("a wildcard", packet(0x30, &[&text("a/+"), &none]), code::TOPIC),
        ("another wildcard", packet(0x30, &[&text("a/#"), &none]), code::TOPIC),
        ("a zero in a topic", packet(0x30, &[&text("a\0b"), &none]), code::TOPIC),
        ("an empty topic", packet(0x30, &[&text(""), &none]), code::TOPIC),
        ("a topic that is not UTF-8", packet(0x30, &[&text([0xc3, 0x28]), &none]), code::MALFORMED),
        ("a topic that ends too soon", packet(0x30, &[&[0, 9], b"a.b"]), code::MALFORMED),
        ("the identifier 0", packet(0x32, &[&text("a.b.c"), &[0, 0], &none]), code::MALFORMED),
        ("a duplicate at QoS 0", packet(0x38, &[&text("a.b.c"), &none]), code::MALFORMED),
        ("no identifier", packet(0x32, &[&text("a.b.c")]), code::MALFORMED),
        ("PUBREC", packet(0x50, &[&[0, 1]]), code::PROTOCOL_ERROR),
        ("PUBREL", packet(0x62, &[&[0, 1]]), code::PROTOCOL_ERROR),
        ("PUBCOMP", packet(0x70, &[&[0, 1]]), code::PROTOCOL_ERROR),
        ("CONNACK", packet(0x20, &[&[0, 0], &none]), code::PROTOCOL_ERROR),
        ("SUBACK", packet(0x90, &[&[0, 1], &none, &[0]]), code::PROTOCOL_ERROR),
        ("UNSUBACK", packet(0xb0, &[&[0, 1], &none]), code::PROTOCOL_ERROR),
        ("PINGRESP", vec![0xd0, 0], code::PROTOCOL_ERROR),
        ("a damaged PUBACK", vec![0x40, 1, 0], code::MALFORMED),
        ("a PUBACK of 0", vec![0x40, 2, 0, 0], code::MALFORMED),
        ("a PINGREQ with a body", vec![0xc0, 1, 0], code::MALFORMED),
        ("a PINGREQ with flags", vec![0xc1, 0], code::MALFORMED),
        ("an empty SUBSCRIBE", packet(0x82, &[&[0, 1], &none]), code::PROTOCOL_ERROR),
        (
            "SUBSCRIBE without flags",
            packet(0x80, &[&[0, 1], &none, &text("a"), &[0]]),
            code::MALFORMED,
        ),
        (
            "a subscription at QoS 3",
            packet(0x82, &[&[0, 1], &none, &text("a"), &[3]]),
            code::MALFORMED,
        ),
        (
            "a filter that is none",
            packet(0x82, &[&[0, 1], &none, &text("a#"), &[0]]),
            code::MALFORMED,
        ),
        ("an empty UNSUBSCRIBE", packet(0xa2, &[&[0, 1], &none]), code::PROTOCOL_ERROR),
        ("type 0", vec![0x00, 0], code::MALFORMED),
        ("a length of five bytes", vec![0x30, 0xff, 0xff, 0xff, 0xff, 1], code::MALFORMED),
        ("a length with a spare byte", vec![0xc0, 0x80, 0x00], code::MALFORMED),
        ("a packet that is too long", vec![0x30, 0xff, 0xff, 0xff, 0x7f], code::TOO_LARGE),
    ];
    if version == Version::V5 {
        let with = |with: &[u8]| publication((version, "a.b.c"), None, with, b"");
        faults.extend([
            ("AUTH", vec![0xf0, 0], code::PROTOCOL_ERROR),
            ("a retained message", packet(0x31, &[&text("a.b.c"), &none]), code::RETAIN),
            ("a topic alias", with(&[0x23, 0, 1]), code::TOPIC_ALIAS),
            ("an unknown property", with(&[0x7f, 0]), code::MALFORMED),
            ("a property twice", with(&[0x01, 0, 0x01, 0]), code::PROTOCOL_ERROR),
            ("a property of CONNECT", with(&[0x21, 0, 1]), code::PROTOCOL_ERROR),
            ("wildcards to answer to", with(&[0x08, 0, 1, b'#']), code::PROTOCOL_ERROR),
            ("nothing to answer to", with(&[0x08, 0, 0]), code::PROTOCOL_ERROR),
            (
                "a text that is none",
                publication((version, "a.b.c"), None, &[0x01, 1], &[0xff]),
                code::PAYLOAD_FORMAT,
            ),
            (
                "a subscription identifier",
                packet(0x82, &[&[0, 1], &[2, 0x0b, 1], &text("a"), &[0]]),
                code::SUBSCRIPTION_ID,
            ),
            ("a DISCONNECT with a made-up reason", vec![0xe0, 1, 0x55], code::MALFORMED),
        ]);
    } else {
        faults.push(("AUTH", vec![0xf0, 0], 0));
    }
    faults
}

#[tokio::test(start_paused = true)]
async fn each_fault_ends_its_own_connection() {
    let mut served = Served::new(MqttOptions::new()).await;
    let mut witness =
        served.connect_as(Version::V3_1_1, &Connect { id: "w", ..Connect::default() }).await;
    for version in VERSIONS {
        for (what, bytes, code) in faults(version) {
            let mut raw = served.connect(version).await;
            raw.write(bytes).await;
            let packets = raw.rest().await;
            let (id, reason, _) = served.ended.recv().await.unwrap();
            assert_eq!(id, "ann");
            let is_told =
                matches!(&reason, CloseReason::Malformed(_) | CloseReason::TooLarge { .. });
            assert!(is_told, "{what} in {version}: {reason:?}");
            match (version, &packets[..]) {
                // The client itself has said goodbye.
                (Version::V5, []) if what.starts_with("a DISCONNECT") => {}
                (Version::V5, [disconnect]) => {
                    let told = (disconnect[0], disconnect[2]);
                    assert_eq!(told, (0xe0, code), "{what}: {disconnect:?} for {reason}");
                }
                (Version::V5, packets) => panic!("{what}: {packets:?}"),
                (_, packets) => assert!(packets.is_empty(), "{what} in {version}: {packets:?}"),
            }
        }
        witness.lives().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_retained_message_is_delivered_once_before_mqtt_5() {
    let served = Served::new(MqttOptions::new()).await;
    for version in [Version::V3_1, Version::V3_1_1] {
        let mut raw = served.connect(version).await;
        raw.write(packet(0x31, &[&text("lab.handler.echo/1"), b"1"])).await;
        assert_eq!(raw.message().await, ("lab.handler.echo/1".into(), "1".into()));
    }
}

#[tokio::test(start_paused = true)]
async fn packets_cut_anywhere_are_waited_for_or_refused() {
    let served = Served::new(MqttOptions::new()).await;
    let mut witness = served.connect(Version::V5).await;
    for version in VERSIONS {
        let whole = publication((version, "lab.handler.echo/1"), Some(7), &[], b"1234");
        for end in 0..whole.len() {
            let mut raw = served.dial(version).await;
            raw.connect(&Connect { id: "cut", ..Connect::default() }).await;
            raw.write(&whole[..end]).await;
            drop(raw);
        }
        witness.lives().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_packet_that_never_ends_is_closed() {
    let mut served = Served::new(MqttOptions::new()).await;
    let mut raw = served.connect(Version::V5).await;
    let mut written = 0;
    // A byte a second, of a packet of 10,000.
    assert!(raw.try_write([0x30, 0x90, 0x4e]).await);
    while raw.try_write([0]).await && written < 1_000 {
        written += 1;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let (_, reason, _) = served.ended.recv().await.unwrap();
    assert!(matches!(reason, CloseReason::SlowPackage { .. }), "{reason:?}");
    let packets = raw.rest().await;
    assert_eq!(packets[0][..3], [0xe0, 1, code::QUOTA]);
}
