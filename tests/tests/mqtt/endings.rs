//! The ends of sessions: goodbyes, wills, kicks, and client ids that are taken over.

use connector::CloseReason;
use connector::protocol::mqtt::{Version, code};
use connector::transport::MqttOptions;

use crate::raw::{Connect, Raw, VERSIONS, text};
use crate::served::Served;

const TAKEN_OVER: &str = "another connection has this client id now";

/// A CONNECT with a will.
fn with_will(version: Version) -> Connect<'static> {
    let none: &[u8] = if version == Version::V5 { &[0] } else { &[] };
    let rest = [none, &text("onGone"), &text("ann is gone")].concat();
    Connect { flags: 6, rest, ..Connect::default() }
}

#[tokio::test(start_paused = true)]
async fn a_will_counts_unless_its_client_says_goodbye() {
    let mut served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut raw = served.connect_as(version, &with_will(version)).await;
        raw.write([0xe0, 0]).await;
        assert_eq!(raw.rest().await, [[0; 0]; 0]);
        assert_eq!(
            served.ended.recv().await.unwrap(),
            ("ann".into(), CloseReason::PeerClosed, None)
        );

        let raw = served.connect_as(version, &with_will(version)).await;
        drop(raw);
        let (_, reason, will) = served.ended.recv().await.unwrap();
        assert_eq!(will.as_deref(), Some("ann is gone"));
        assert!(reason.to_string().contains("no DISCONNECT"), "{reason}");

        let mut raw = served.connect_as(version, &with_will(version)).await;
        raw.publish("lab.handler.leave", None, "").await;
        raw.rest().await;
        assert_eq!(served.ended.recv().await.unwrap().2.as_deref(), Some("ann is gone"));
    }
    // A client of MQTT 5 may leave and want it all the same.
    let mut raw = served.connect_as(Version::V5, &with_will(Version::V5)).await;
    raw.write([0xe0, 1, code::WITH_WILL]).await;
    let (_, reason, will) = served.ended.recv().await.unwrap();
    assert_eq!(reason, CloseReason::PeerClosedWith { code: 4, reason: String::new() });
    assert_eq!(will.as_deref(), Some("ann is gone"));
}

#[tokio::test(start_paused = true)]
async fn what_was_sent_before_the_goodbye_is_handled() {
    let mut served = Served::new(MqttOptions::new()).await;
    for (version, goodbye) in [(Version::V3_1_1, &[0xe0, 0][..]), (Version::V5, &[])] {
        let mut raw = served.connect(version).await;
        let note = raw.publication("lab.handler.note", None, &[], "\"last\"");
        raw.write([&note[..], goodbye].concat()).await;
        drop(raw);
        served.ended.recv().await.unwrap();
    }
    assert_eq!(served.lab.noted(), ["last", "last"]);
}

#[tokio::test(start_paused = true)]
async fn a_kick_has_its_reason() {
    let mut served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut raw = served.connect(version).await;
        raw.publish("lab.handler.leave", None, "").await;
        let packets = raw.rest().await;
        match version {
            Version::V5 => {
                let told = [&[code::ADMINISTRATIVE, 11, 0x1f][..], &text("too loud")].concat();
                assert_eq!(packets, [crate::raw::packet(0xe0, &[&told])]);
            }
            _ => {
                let push = crate::raw::read_publish(version, &packets[0]);
                assert_eq!((&*push.0, &*push.3), ("onKick", r#"{"reason":"too loud"}"#));
                assert_eq!(packets.len(), 1);
            }
        }
        let (_, reason, _) = served.ended.recv().await.unwrap();
        assert_eq!(reason, CloseReason::Kicked(Some("too loud".into())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_id_is_taken_over() {
    let mut served = Served::new(MqttOptions::new()).await;
    for version in VERSIONS {
        let mut first = served.connect(version).await;
        first.lives().await;
        let mut second = served.connect(Version::V3_1_1).await;
        let packets = first.rest().await;
        match version {
            Version::V5 => assert_eq!(packets[0][..3], [0xe0, packets[0][1], code::TAKEN_OVER]),
            _ => assert!(String::from_utf8_lossy(&packets[0]).contains(TAKEN_OVER), "{packets:?}"),
        }
        assert_eq!(packets.len(), 1);
        let (id, reason, _) = served.ended.recv().await.unwrap();
        assert_eq!((&*id, reason), ("ann", CloseReason::Kicked(Some(TAKEN_OVER.into()))));
        second.lives().await;
        second.write([0xe0, 0]).await;
        assert_eq!(served.ended.recv().await.unwrap().1, CloseReason::PeerClosed);
    }
}

#[tokio::test(start_paused = true)]
async fn only_who_is_accepted_takes_over() {
    let served = Served::new(MqttOptions::new()).await;
    let mut first = served.connect(Version::V5).await;
    let mut second = served.dial(Version::V5).await;
    let login = [text("ann"), text("wrong")].concat();
    let connect = Connect { flags: 0xc2, rest: login, ..Connect::default() };
    second.write(connect.write(Version::V5)).await;
    second.rest().await;
    first.lives().await;
    // Those without a name take nothing over.
    let nameless = Connect { id: "", ..Connect::default() };
    let mut others: Vec<Raw> = Vec::new();
    for version in [Version::V3_1_1, Version::V5, Version::V3_1_1, Version::V5] {
        let mut raw = served.dial(version).await;
        raw.connect(&nameless).await;
        others.push(raw);
    }
    for other in &mut others {
        other.lives().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_taken_over_too() {
    let mut served = Served::new(MqttOptions::new()).await;
    let mut first = served.connect(Version::V3_1_1).await;
    // More answers than its stream takes, so that the server stops reading.
    let echo = first.publication("lab.handler.echo/1", None, &[], &"1".repeat(1_000));
    let flood = tokio::time::timeout(std::time::Duration::from_secs(1), async {
        for _ in 0..1_000 {
            first.write(&echo).await;
        }
    });
    assert!(flood.await.is_err(), "the server reads on");
    let started = tokio::time::Instant::now();
    let mut second = served.connect(Version::V5).await;
    second.lives().await;
    let (_, reason, _) = served.ended.recv().await.unwrap();
    assert!(started.elapsed() < std::time::Duration::from_secs(10), "{:?}", started.elapsed());
    let expected = matches!(reason, CloseReason::Kicked(_) | CloseReason::PeerClosed);
    assert!(expected, "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_says_so() {
    let served = Served::new(MqttOptions::new()).await;
    let mut five = served.connect(Version::V5).await;
    let mut three =
        served.connect_as(Version::V3_1, &Connect { id: "b", ..Connect::default() }).await;
    served.stop().await;
    assert_eq!(five.rest().await, [[0xe0, 1, code::STOPPING]]);
    assert_eq!(three.rest().await, [[0; 0]; 0]);
}
