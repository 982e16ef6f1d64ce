use std::io;

use super::*;
use crate::message::{Head, RequestId, RouteRef};
use crate::mqtt::Item;

/// A session that is open, by the packets of the handshake.
fn open(version: Version, delivery: Delivery) -> Delivery {
    open_with(version, delivery, &[])
}

/// A session that is open, by a handshake with these properties in the CONNACK.
fn open_with(version: Version, mut delivery: Delivery, properties: &[u8]) -> Delivery {
    let (name, level): (&[u8], u8) = match version {
        Version::V3_1 => (b"\0\x06MQIsdp", 3),
        Version::V3_1_1 => (b"\0\x04MQTT", 4),
        Version::V5 => (b"\0\x04MQTT", 5),
    };
    let none: &[u8] = if version.is_5() { &[0] } else { &[] };
    let rest = [name, &[level, 2, 0, 0], none, b"\0\x01a"].concat();
    let connect = [&[0x10, rest.len() as u8], &*rest].concat();
    let told =
        if version.is_5() { [&[properties.len() as u8], properties].concat() } else { vec![] };
    let connack = [&[0x20, 2 + told.len() as u8, 0, 0], &*told].concat();
    let mut out = Vec::new();
    let packet = |size: usize| Ok(Some(Received::Packet(size)));
    let (one, other) = match delivery.side {
        Side::Server => (connect, connack),
        Side::Client => (connack, connect),
    };
    let received = delivery.receive(&one, 100, &mut out, &mut Vec::new());
    assert_eq!(received, packet(one.len()));
    assert_eq!(delivery.send(&other, &mut out), Ok(Some(other.len())));
    assert!(delivery.is_open());
    delivery
}

fn server(version: Version) -> Delivery {
    open(version, Delivery::server(Arc::default()))
}

fn client(version: Version) -> Delivery {
    open(version, Delivery::client(version, Arc::default()))
}

fn message(head: &Head<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Item::push_message(&mut out, |out| {
        head.encode(out).unwrap();
        out.extend_from_slice(body);
    });
    out
}

fn farewell(mut delivery: Delivery, reason: &CloseReason) -> Vec<u8> {
    let mut out = Vec::new();
    delivery.farewell(reason, &mut out);
    let once = out.len();
    delivery.farewell(reason, &mut out);
    assert_eq!(out.len(), once, "it is said once");
    out
}

#[test]
fn a_server_says_why_it_leaves() {
    let too_large = CloseReason::TooLarge { size: 2, limit: 1 };
    let slow = CloseReason::SlowPeer { queued: 2, limit: 1 };
    for (reason, code) in [
        (CloseReason::Stopping, code::STOPPING),
        (CloseReason::HeartbeatTimeout, code::KEEP_ALIVE),
        (CloseReason::malformed("x"), code::MALFORMED),
        (too_large, code::TOO_LARGE),
        (slow, code::QUOTA),
        (CloseReason::Panicked, code::IMPLEMENTATION),
        (CloseReason::TooManyConnections, code::BUSY),
        (CloseReason::Requested, code::ADMINISTRATIVE),
    ] {
        assert_eq!(farewell(server(Version::V5), &reason), [0xe0, 1, code], "{reason}");
        assert_eq!(farewell(server(Version::V3_1_1), &reason), [0; 0], "{reason}");
    }
    assert_eq!(farewell(server(Version::V5), &CloseReason::PeerClosed), [0; 0]);
    let unopened = Delivery::server(Arc::default());
    assert_eq!(farewell(unopened, &CloseReason::Stopping), [0; 0]);
}

#[test]
fn a_client_says_goodbye_when_it_means_it() {
    let lost = CloseReason::Lost { kind: io::ErrorKind::TimedOut, message: String::new() };
    for version in [Version::V3_1, Version::V3_1_1] {
        assert_eq!(farewell(client(version), &CloseReason::Requested), [0xe0, 0]);
        assert_eq!(
            farewell(client(version), &CloseReason::malformed("x")),
            [0; 0],
            "its will counts"
        );
    }
    assert_eq!(farewell(client(Version::V5), &CloseReason::Requested), [0xe0, 1, 0]);
    assert_eq!(farewell(client(Version::V5), &lost), [0xe0, 1, code::UNSPECIFIED]);
}

#[test]
fn answers_find_their_requests_and_others_are_pushes() {
    let mut delivery = client(Version::V3_1_1);
    let seven = RequestId::new(7);
    let mut out = Vec::new();
    let request = message(&Head::Request(seven, RouteRef::Name("a.b.c")), b"1");
    delivery.send(&request, &mut out).unwrap();
    assert_eq!(out, b"\x30\x0e\0\x0ba.b.c/655431");
    let mut receive = |topic: &[u8]| {
        let rest = [&(topic.len() as u16).to_be_bytes(), topic, b"2"].concat();
        let packet = [&[0x30, rest.len() as u8], &*rest].concat();
        let mut messages = Vec::new();
        delivery.receive(&packet, 100, &mut messages, &mut Vec::new()).unwrap();
        messages
    };
    let push = |route| message(&Head::Push(RouteRef::Name(route)), b"2");
    assert_eq!(receive(b"x.b.c/65543"), push("x.b.c/65543"), "of another route");
    assert_eq!(receive(b"a.b.c/65544"), push("a.b.c/65544"), "of another request");
    assert_eq!(receive(b"a.b.c"), push("a.b.c"));
    assert_eq!(receive(b"a.b.c/65543"), message(&Head::Response(seven), b"2"));
    assert_eq!(receive(b"a.b.c/65543"), push("a.b.c/65543"), "it is answered already");
}

#[test]
fn what_is_not_a_message_is_not_sent() {
    let mut delivery = server(Version::V5);
    let mut out = Vec::new();
    let coded = message(&Head::Push(RouteRef::Code(7)), b"");
    assert!(matches!(delivery.send(&coded, &mut out), Err(CloseReason::Malformed(_))));
    let broken = [4, 0, 0, 1, 0xff];
    assert!(matches!(delivery.send(&broken, &mut out), Err(CloseReason::Malformed(_))));
    assert_eq!(delivery.send(&broken[..3], &mut out), Ok(None), "it is not whole");
    // An answer to nobody, and a push to what cannot be a topic.
    let answer = message(&Head::Response(RequestId::new(9)), b"1");
    delivery.send(&answer, &mut out).unwrap();
    let push = message(&Head::Push(RouteRef::Name("a/#")), b"1");
    delivery.send(&push, &mut out).unwrap();
    assert_eq!(out, [0; 0]);
}

#[test]
fn nothing_is_looked_at_behind_a_goodbye() {
    let mut delivery = server(Version::V5);
    delivery.farewell(&CloseReason::Stopping, &mut Vec::new());
    let mut messages = Vec::new();
    let junk = [0_u8; 10];
    let received = delivery.receive(&junk, 100, &mut messages, &mut Vec::new());
    assert_eq!((received, messages.len()), (Ok(Some(Received::Messages(10))), 0));
}

#[test]
fn an_acknowledgement_is_a_sign_of_life() {
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        for mut delivery in [server(version), client(version)] {
            let (mut messages, mut replies) = (Vec::new(), Vec::new());
            let puback = [0x40, 2, 0, 7];
            let received = delivery.receive(&puback, 100, &mut messages, &mut replies);
            assert_eq!(received, Ok(Some(Received::Messages(puback.len()))));
            assert_eq!(Item::take(&mut &*messages), Ok(Item::Alive));
            assert_eq!(replies, [0; 0]);
        }
    }
}

/// Sends notifies with these bodies, and returns the packets.
fn notify(delivery: &mut Delivery, bodies: &[&str]) -> Vec<u8> {
    let mut out = Vec::new();
    for body in bodies {
        let notify = message(&Head::Notify(RouteRef::Name("a.b")), body.as_bytes());
        delivery.send(&notify, &mut out).unwrap();
    }
    out
}

#[test]
fn a_client_keeps_to_what_the_connack_says() {
    let options = DeliveryOptions { qos: QoS::AtLeastOnce, ..DeliveryOptions::default() };
    let client = |properties: &[u8]| {
        let delivery = Delivery::client(Version::V5, options.clone().into());
        open_with(Version::V5, delivery, properties)
    };
    let first = b"\x32\x09\0\x03a.b\0\x01\0x";
    // At QoS 0 at most.
    assert_eq!(notify(&mut client(&[0x24, 0]), &["x"]), b"\x30\x07\0\x03a.b\0x");
    // Packets of at most eleven bytes.
    let mut small = client(&[0x27, 0, 0, 0, 11]);
    assert_eq!(notify(&mut small, &["xy", "x"]), first);
    // One message at a time.
    let mut single = client(&[0x21, 0, 1]);
    assert_eq!(notify(&mut single, &["x", "y"]), first);
    let mut out = Vec::new();
    single.release(&mut out);
    assert_eq!(out, [0; 0]);
    single.receive(&[0x40, 2, 0, 1], 100, &mut Vec::new(), &mut Vec::new()).unwrap();
    single.release(&mut out);
    assert_eq!(out, b"\x32\x09\0\x03a.b\0\x02\0y");
    assert_eq!(single.queued(), 0);
}

#[test]
fn a_window_of_one_holds_one_message() {
    let qos = QoS::AtLeastOnce;
    let options = DeliveryOptions { qos, in_flight: 1, ..DeliveryOptions::default() };
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        let mut delivery = open(version, Delivery::client(version, options.clone().into()));
        let first = notify(&mut delivery, &["1", "2", "3"]);
        assert_eq!(first.last(), Some(&b'1'));
        for (id, body) in [(1, b'2'), (2, b'3')] {
            let puback = [0x40, 2, 0, id];
            delivery.receive(&puback, 100, &mut Vec::new(), &mut Vec::new()).unwrap();
            let mut out = Vec::new();
            delivery.release(&mut out);
            assert_eq!(out.last(), Some(&body), "{version}");
            assert_eq!(out.len(), first.len(), "one packet");
        }
    }
}

#[test]
fn pings_that_are_not_received_are_answered_for_clients_with_a_keep_alive() {
    for (keep_alive, answered) in [(0, &[][..]), (60, &[0xd0, 0])] {
        let mut delivery = Delivery::server(Arc::default());
        let connect = [&b"\x10\x0d\0\x04MQTT\x04\x02\0"[..], &[keep_alive], b"\0\x01c"].concat();
        delivery.receive(&connect, 100, &mut Vec::new(), &mut Vec::new()).unwrap();
        let mut out = Vec::new();
        delivery.beat(&mut out);
        assert_eq!(out, [0; 0], "it is not open");
        delivery.send(b"\x20\x02\0\0", &mut Vec::new()).unwrap();
        delivery.beat(&mut out);
        assert_eq!(out, answered);
    }
    let mut out = Vec::new();
    client(Version::V5).beat(&mut out);
    assert_eq!(out, [0; 0], "servers send no pings");
}
