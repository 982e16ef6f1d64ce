//! MQTT: packets become messages and are answered, on both sides.

use std::sync::Arc;
use std::time::Duration;

use connector::CloseReason;
use connector::protocol::framing::{Bare, Envelope, Framing};
use connector::protocol::message::{Head, RouteRef};
use connector::protocol::mqtt::{
    ClientOptions, ClientSession, Delivery, DeliveryOptions, Mapping, MqttPackets, QoS, Received,
    ServerOptions, ServerSession, Version,
};
use connector::protocol::pomelo::message::Message;
use connector::protocol::pomelo::package::DataPackage;
use connector::protocol::session::{
    Answer, ClientSettings, Event, Machine, PackageWriter, ServerSettings,
};

/// The longest packet that a link accepts.
const LIMIT: usize = 1 << 16;

pub(crate) const TOKENS: &[&[u8]] = &[
    b"\x00\x04MQTT\x05",
    b"\x00\x04MQTT\x04",
    b"\x00\x06MQIsdp\x03",
    b"\x10",
    b"\x30",
    b"\x32",
    b"\x34",
    b"\x40\x02\x00\x01",
    b"\x82",
    b"\xa2",
    b"\xc0\x00",
    b"\xe0\x00",
    b"\xff\xff\xff\x7f",
    b"\x08\x00\x01a",
    b"\x09\x00\x02ab",
    b"/7",
    b"#",
    b"+",
    b"\xff",
];

/// A server of topics, and one of pomelo's mapping, with a client's bytes.
pub fn mqtt_server(bytes: &[u8]) {
    let pomelo = Mapping { publish: Some("a.b.publish".into()), subscribe: Some("a.b.sub".into()) };
    for (qos, mapping) in [(QoS::AtMostOnce, Mapping::default()), (QoS::AtLeastOnce, pomelo)] {
        let options =
            DeliveryOptions { qos, mapping, in_flight: 2, queued: 4096, ..<_>::default() };
        let make = || {
            let said = ServerOptions {
                receive_maximum: 3,
                max_packet: 1 << 16,
                client_id: || Arc::from("fuzz"),
            };
            let machine = ServerSession::new(ServerSettings::default(), said);
            End::new(Delivery::server(Arc::new(options.clone())), Box::new(machine))
        };
        both_ways(bytes, make);
    }
}

/// A client of each version, with a server's bytes.
pub fn mqtt_client(bytes: &[u8]) {
    for version in [Version::V3_1, Version::V3_1_1, Version::V5] {
        let make = || {
            let options = ClientOptions {
                version,
                subscriptions: vec!["a/#".into()],
                ..ClientOptions::default()
            };
            let machine = ClientSession::new(&ClientSettings::default(), options);
            let delivery = Delivery::client(version, Arc::default());
            End::new(delivery, Box::new(machine))
        };
        both_ways(bytes, make);
    }
}

/// What arrives at once, and what arrives byte by byte, means the same.
fn both_ways(bytes: &[u8], make: impl Fn() -> End) {
    let (mut whole, mut bytewise) = (make(), make());
    whole.receive(bytes);
    for byte in bytes {
        bytewise.receive(std::slice::from_ref(byte));
    }
    assert_eq!(whole.seen, bytewise.seen);
    assert_eq!(whole.ended, bytewise.ended);
    // Answers may be cut differently: an acknowledgement lets messages go that wait.
    whole.say_goodbye();
    bytewise.say_goodbye();
    for end in [&whole, &bytewise] {
        let mut written = &*end.written;
        while !written.is_empty() {
            let packet = MqttPackets::take(&mut written, usize::MAX);
            assert!(matches!(packet, Ok(Some(_))), "whole packets are written");
        }
    }
}

/// One end of a connection, whose application answers each request with its body.
struct End {
    delivery: Delivery,
    machine: Box<dyn Machine>,
    unread: Vec<u8>,
    seen: Vec<String>,
    written: Vec<u8>,
    ended: Option<CloseReason>,
}

impl End {
    fn new(delivery: Delivery, machine: Box<dyn Machine>) -> Self {
        let (seen, written) = (Vec::new(), Vec::new());
        let mut end = Self { delivery, machine, unread: Vec::new(), seen, written, ended: None };
        let mut out = Vec::new();
        end.machine.start(Duration::ZERO, &mut PackageWriter::new(&Bare, &mut out));
        end.send(&out);
        end
    }

    fn receive(&mut self, bytes: &[u8]) {
        self.unread.extend_from_slice(bytes);
        while self.ended.is_none() {
            let (mut messages, mut replies) = (Vec::new(), Vec::new());
            let received = self.delivery.receive(&self.unread, LIMIT, &mut messages, &mut replies);
            match received {
                Ok(None) => break,
                Ok(Some(Received::Packet(size))) => messages.extend(self.unread.drain(..size)),
                Ok(Some(Received::Messages(size))) => drop(self.unread.drain(..size)),
                Err(reason) => self.ended = Some(reason),
            }
            assert!(messages.len() <= 2 * LIMIT + 1024, "a packet does not grow");
            self.send(&replies);
            self.handle(&messages);
        }
    }

    fn handle(&mut self, mut items: &[u8]) {
        while !items.is_empty() && self.ended.is_none() {
            let mut out = Vec::new();
            let mut writer = PackageWriter::new(&Bare, &mut out);
            let before = items.len();
            let handled = self.machine.handle(&mut items, Duration::ZERO, &mut writer);
            match handled {
                Ok(Event::Hello(hello)) => {
                    self.seen.push(format!("{hello:?}"));
                    let answer = Answer::Accept { user: hello.user };
                    let answered = self.machine.answer(answer, Duration::ZERO, &mut writer);
                    self.ended = answered.err();
                }
                Ok(Event::Message(message)) => {
                    let message = Message::decode(message).expect("a message");
                    self.seen.push(format!("{message:?}"));
                    answer(&message, &mut out);
                }
                Ok(event) => self.seen.push(format!("{event:?}")),
                Err(reason) => self.ended = Some(reason),
            }
            assert!(items.len() < before, "an item was taken");
            self.send(&out);
        }
    }

    /// Sends items, of which some may have to wait for acknowledgements.
    fn send(&mut self, mut items: &[u8]) {
        while !items.is_empty() {
            match self.delivery.send(items, &mut self.written) {
                Ok(size) => items = &items[size.expect("a whole item")..],
                Err(reason) => {
                    self.ended.get_or_insert(reason);
                    return;
                }
            }
        }
        self.delivery.release(&mut self.written);
        assert!(self.delivery.queued() <= 4096 + LIMIT, "a bound on what waits");
    }

    fn say_goodbye(&mut self) {
        let reason = self.ended.clone().unwrap_or(CloseReason::Stopping);
        self.delivery.farewell(&reason, &mut self.written);
    }
}

/// Answers a request, and pushes something to whoever notifies.
fn answer(message: &Message<'_>, out: &mut Vec<u8>) {
    let head = match message.head {
        Head::Request(Some(id), _) => Head::Response(Some(id)),
        Head::Notify(_) => Head::Push(RouteRef::Name("onPush")),
        _ => return,
    };
    let mark = DataPackage.begin(out);
    let encoded = head.encode(out);
    encoded.expect("a head");
    out.extend_from_slice(message.body);
    DataPackage.finish(mark, out).expect("it is as long as it was");
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes(), text.as_bytes()].concat()
}

fn packet(first: u8, parts: &[&[u8]]) -> Vec<u8> {
    let rest = parts.concat();
    [&[first, rest.len() as u8], &*rest].concat()
}

/// Conversations of clients.
pub(crate) fn from_clients() -> Vec<Vec<u8>> {
    let versions: [(&[u8], u8, &[u8]); 3] =
        [(b"MQIsdp", 3, &[]), (b"MQTT", 4, &[]), (b"MQTT", 5, &[0])];
    let conversations = versions.into_iter().map(|(name, level, none)| {
        let name = String::from_utf8_lossy(name).into_owned();
        let login = [text("ann"), text("onGone"), text("gone")];
        let login = match level {
            5 => [&*login[0], none, &*login[1], &*login[2]].concat(),
            _ => login.concat(),
        };
        let login = [login, text("ann"), text("secret")].concat();
        [
            packet(0x10, &[&text(&name), &[level, 0xc6, 0, 10], none, &login]),
            packet(0x82, &[&[0, 1], none, &text("onPush"), &[1], &text("a/+/#"), &[0]]),
            packet(0x30, &[&text("a.b.note"), none, b"{}"]),
            packet(0x30, &[&text("a.b.call/7"), none, b"{\"n\":1}"]),
            packet(0x32, &[&text("a.b.call"), &[0, 2], none, b"1"]),
            packet(0x40, &[&[0, 1]]),
            vec![0xc0, 0],
            packet(0x32, &[&text("a.b.call"), &[0, 2], none, b"1"]),
            packet(0xa2, &[&[0, 3], none, &text("onPush")]),
            vec![0xe0, 0],
        ]
        .concat()
    });
    let mut seeds: Vec<_> = conversations.collect();
    let with = [&[13, 0x08][..], &text("answers"), &[0x09, 0, 0]].concat();
    seeds.push(
        [
            packet(0x10, &[&text("MQTT"), &[5, 2, 0, 0, 6, 0x21, 0, 2, 0x22, 0, 1], &text("")]),
            packet(0x30, &[&text("a.b.call"), &with, b"x"]),
            packet(0xe0, &[&[4, 0]]),
        ]
        .concat(),
    );
    seeds
}

/// Conversations of servers.
pub(crate) fn from_servers() -> Vec<Vec<u8>> {
    let refusals = [packet(0x20, &[&[0, 5]]), packet(0x20, &[&[0, 0x87, 0]])];
    let conversations = [&[][..], &[0]].into_iter().map(|none| {
        [
            packet(0x20, &[&[0, 0], none]),
            packet(0x90, &[&[0, 1], none, &[1]]),
            packet(0x30, &[&text("onPush"), none, b"{}"]),
            packet(0x32, &[&text("a/b"), &[0, 5], none, b"1"]),
            vec![0xd0, 0],
            packet(0x30, &[&text("a.b.call/7"), none, b"1"]),
            if none.is_empty() { vec![] } else { packet(0xe0, &[&[0x98, 0]]) },
        ]
        .concat()
    });
    conversations.chain(refusals).collect()
}
