//! What clients of MQTT and of socket.io send.

use connector_tests::mqtt::packet;

use super::Sequence;
use super::floods::{MUCH, frame};
use super::served::LONG;

pub(crate) const SEQUENCES: &[Sequence] = &[
    ("MQTT: requests for long answers, by a client that does not read", |served| {
        let mut peer = served.mqtt();
        peer.flood(&publish("test.costly.long/1", None, b"").repeat(60));
    }),
    ("MQTT: long answers at QoS 1 that nobody acknowledges", |served| {
        let mut peer = served.mqtt();
        let topic = b"\0\x01\0\x12test.costly.long/1\x01";
        peer.flood(&packet(0x82, &[topic]));
        let asks = (1..200).map(|id| publish("test.costly.long/1", Some(id), b""));
        peer.flood(&asks.collect::<Vec<_>>().concat());
        peer.hear_rest();
    }),
    ("MQTT: long messages behind a call", |served| {
        let mut peer = served.mqtt();
        peer.flood(&publish("test.costly.wait/1", None, b""));
        let message = publish("test.costly.take/1", None, &[b' '; LONG - 100]);
        peer.pour_bytes(100, &message, || served.open_gate(1));
    }),
    ("MQTT: a message without its last byte", |served| {
        let mut peer = served.mqtt();
        let message = publish("test.costly.take/1", None, &[b' '; LONG - 100]);
        peer.flood(&message[..message.len() - 1]);
        peer.stay();
    }),
    ("MQTT: pings, by a client that does not read", |served| {
        served.mqtt().flood(&packet(0xc0, &[]).repeat(MUCH / 2));
    }),
    ("MQTT: subscriptions without end", |served| {
        let topics: Vec<u8> = (0..4_000).flat_map(topic).collect();
        let subscribe = packet(0x82, &[b"\0\x01", &topics]);
        served.mqtt().flood(&subscribe.repeat(MUCH / subscribe.len()));
    }),
    ("MQTT: a will as long as may be", |served| {
        let connect = [b"\0\x04MQTT\x04\x06\0\0\0\x01w\0\x01t", &b"\xff\xff"[..], &[b'w'; 0xffff]];
        let mut peer = served.mqtt_stranger();
        peer.flood(&packet(0x10, &connect));
        peer.hear_any();
    }),
    ("socket.io: requests for long answers, by a client that does not read", |served| {
        served.sio().flood(&event("test.costly.long", "").repeat(60));
    }),
    ("socket.io: long messages behind a call", |served| {
        let mut peer = served.sio();
        peer.flood(&event("test.costly.wait", ""));
        let message = event("test.costly.take", &" ".repeat(LONG / 2));
        peer.pour_bytes(100, &message, || served.open_gate(1));
    }),
    ("socket.io: other namespaces, by a client that does not read", |served| {
        let connect = frame(1, b"40/a");
        served.sio().flood(&connect.repeat(MUCH / connect.len()));
    }),
    ("socket.io: attachments that do not come, and that nobody announced", |served| {
        let announced = frame(1, b"451-[\"message\",{\"_placeholder\":true,\"num\":0}]");
        served.sio().flood(&announced.repeat(MUCH / announced.len()));
        let attachment = frame(2, &[0; 1_000]);
        served.sio().flood(&[announced, attachment.repeat(MUCH / attachment.len())].concat());
    }),
    ("socket.io: events of many arguments and of deep ones", |served| {
        let many = format!("42[\"message\"{}]", ",[]".repeat(LONG / 4));
        served.sio().flood(&frame(1, many.as_bytes()).repeat(8));
        let (open, close) = ("[".repeat(LONG / 3), "]".repeat(LONG / 3));
        let deep = format!("42[\"message\",{open}{close}]");
        served.sio().flood(&frame(1, deep.as_bytes()).repeat(8));
    }),
];

/// A PUBLISH at QoS 0, or at QoS 1 with a packet identifier.
fn publish(topic: &str, id: Option<u16>, body: &[u8]) -> Vec<u8> {
    let len = (topic.len() as u16).to_be_bytes();
    let first = if id.is_some() { 0x32 } else { 0x30 };
    let id = id.map(u16::to_be_bytes);
    let id: &[u8] = id.as_ref().map_or(b"", |id| id);
    packet(first, &[&len, topic.as_bytes(), id, body])
}

/// A topic of a SUBSCRIBE, at QoS 1.
fn topic(number: usize) -> Vec<u8> {
    let name = format!("room/{number:04}/lines");
    [&(name.len() as u16).to_be_bytes(), name.as_bytes(), &[1]].concat()
}

/// A request of a client of pomelo's sioconnector, in a frame.
fn event(route: &str, body: &str) -> Vec<u8> {
    let head = format!("\\u0000\\u0000\\u0000\\u0001\\u{:04x}{route}", route.len());
    frame(1, format!("42[\"message\",\"{head}{body}\"]").as_bytes())
}
