//! Whatever can be written is read as it was, for any values.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use connector_protocol::format::Format;
use connector_protocol::framing::{Framing, LengthDelimited, Lines};
use connector_protocol::message::{Head, RequestId, RouteRef};
use connector_protocol::pomelo::handshake::{
    ClientInfo, Dictionary, Native, Protos, Request, Response, Rsa, ServerInfo,
};
use connector_protocol::pomelo::message::Message;
use connector_protocol::pomelo::package::{Package, PackageType, PomeloPackages, encode};
use connector_protocol::remix::{self, Action, Payload, RequestInfo};
use connector_protocol::ws::{
    Decoder, Header, MaskKeys, OpCode, Role, Step, apply_mask, seal, upgrade,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::Value;

/// The same values at every run: `fuzz` is for new ones.
fn config() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    // At the edges of the lengths, mostly.
    let size = prop_oneof![4 => 0..20_usize, 2 => 120..130_usize, 1 => 65_530..65_540_usize];
    (size, any::<u8>()).prop_map(|(size, first)| {
        (0..size).map(|at| first.wrapping_add((at % 251) as u8)).collect()
    })
}

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..20).prop_map(String::from_iter)
}

fn json() -> impl Strategy<Value = Value> {
    let number = any::<f64>().prop_filter("JSON has no other numbers", |number| number.is_finite());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        number.prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |value| {
        prop_oneof![
            vec(value.clone(), 0..4).prop_map(Value::from),
            btree_map(text(), value, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn kind() -> impl Strategy<Value = PackageType> {
    select(vec![
        PackageType::Handshake,
        PackageType::HandshakeAck,
        PackageType::Heartbeat,
        PackageType::Data,
        PackageType::Kick,
    ])
}

/// A stream as so many reads, the sizes of which repeat.
fn reads<'a>(mut bytes: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = (*sizes.next()?).min(bytes.len());
        let (read, rest) = bytes.split_at(size);
        bytes = rest;
        (!read.is_empty()).then_some(read)
    })
}

fn cut_all<F: Framing>(stream: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut packages = Vec::new();
    let mut pending = Vec::new();
    for read in reads(stream, sizes) {
        let mut searched = pending.len();
        pending.extend_from_slice(read);
        while let Some(cut) = F::cut_on(&pending, searched, 1 << 20).unwrap() {
            packages.push(pending[cut.package].to_vec());
            pending.drain(..cut.consumed);
            searched = 0;
        }
    }
    assert!(pending.is_empty());
    packages
}

fn frame_all<F: Framing>(packages: &[Vec<u8>]) -> Vec<u8> {
    let mut stream = Vec::new();
    for package in packages {
        let mark = F::INSTANCE.begin(&mut stream);
        stream.extend_from_slice(package);
        F::INSTANCE.finish(mark, &mut stream).unwrap();
    }
    stream
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn packages(packages in vec((kind(), bytes()), 0..6), sizes in vec(1..5000_usize, 1..4)) {
        let mut stream = Vec::new();
        for (kind, body) in &packages {
            encode(*kind, body, &mut stream).unwrap();
        }
        let mut whole = stream.as_slice();
        for (kind, body) in &packages {
            prop_assert_eq!(Package::take(&mut whole).unwrap(), Package { kind: *kind, body });
        }
        prop_assert!(whole.is_empty());
        let cut = cut_all::<PomeloPackages>(&stream, &sizes);
        prop_assert_eq!(cut.concat(), stream);
        prop_assert_eq!(cut.len(), packages.len());
    }

    #[test]
    fn framed_packages(packages in vec(bytes(), 0..6), sizes in vec(1..5000_usize, 1..4)) {
        let stream = frame_all::<LengthDelimited<u32>>(&packages);
        prop_assert_eq!(cut_all::<LengthDelimited<u32>>(&stream, &sizes), packages);
    }

    #[test]
    fn lines(lines in vec("[^\n]{0,40}[^\n\r]|", 0..6), sizes in vec(1..20_usize, 1..4)) {
        let lines: Vec<Vec<u8>> = lines.into_iter().map(String::into_bytes).collect();
        let stream = frame_all::<Lines>(&lines);
        prop_assert_eq!(cut_all::<Lines>(&stream, &sizes), lines);
    }

    #[test]
    fn messages(
        kind in 0..5_u8,
        id in any::<u32>(),
        route in prop_oneof![
            any::<u16>().prop_map(Err),
            text().prop_filter("it fits into a byte", |text| text.len() < 256).prop_map(Ok),
        ],
        body in bytes(),
    ) {
        let id = RequestId::new(id);
        let route = match &route {
            Ok(name) => RouteRef::Name(name),
            Err(code) => RouteRef::Code(*code),
        };
        let head = match kind {
            0 => Head::Request(id, route),
            1 => Head::Notify(route),
            2 => Head::Response(id),
            3 => Head::Error(id),
            _ => Head::Push(route),
        };
        let mut out = Vec::new();
        head.encode(&mut out).unwrap();
        out.extend_from_slice(&body);
        let read = Message { head, compressed: false, body: &body };
        prop_assert_eq!(Message::decode(&out), Ok(read));
    }

    #[test]
    fn handshake_requests(
        texts in vec(option::of(text()), 9),
        rsa in option::of((text(), text())),
        formats in option::of(vec(select(vec![Format::Json, Format::Protobuf]), 0..3)),
        extra in btree_map("x[a-z]{0,5}", json(), 0..3),
        user in option::of(json()),
    ) {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().flatten();
        let sys = ClientInfo {
            kind: text(),
            version: text(),
            rsa: rsa.map(|(rsa_n, rsa_e)| Rsa { rsa_n, rsa_e }),
            proto_version: text(),
            dict_version: text(),
            pomelo_version: text(),
            platform: text(),
            lib_version: text(),
            client_build_number: text(),
            client_version: text(),
            connector: formats.map(|formats| Native::new(&formats)),
            extra: extra.into_iter().collect(),
        };
        let request = Request { sys, user };
        prop_assert_eq!(Request::parse(&request.encode()).unwrap(), request);
    }

    #[test]
    fn handshake_responses(
        code in any::<u16>(),
        heartbeat in option::of(1..100_000_000_u64),
        dict in option::of((option::of(text()), btree_map(text(), 1..u16::MAX, 0..5))),
        protos in option::of((json(), json(), option::of(text()))),
        (use_dict, use_proto) in any::<(bool, bool)>(),
        serializer in option::of(text()),
        formats in option::of(vec(select(vec![Format::Json, Format::Protobuf]), 0..3)),
        user in option::of(json()),
    ) {
        let dict = dict.map(|(version, codes): (_, BTreeMap<String, u16>)| {
            let routes: BTreeMap<u16, String> =
                codes.into_iter().map(|(route, code)| (code, route)).collect();
            Arc::new(Dictionary { version, routes })
        });
        let protos = protos
            .map(|(server, client, version)| Arc::new(Protos { server, client, version }));
        let sys = ServerInfo {
            heartbeat: heartbeat.map(Duration::from_millis),
            use_dict,
            dict,
            use_proto,
            protos,
            serializer,
            connector: formats.map(|formats| Native::new(&formats)),
        };
        let response = Response { code, sys: Some(sys), user };
        prop_assert_eq!(Response::parse(&response.encode()).unwrap(), response);
    }

    #[test]
    fn remix_messages(
        action in select(vec![
            Action::Request, Action::Response, Action::On, Action::Once, Action::Off,
            Action::Emit, Action::Notification, Action::Cancel,
        ]),
        (name, key) in (option::of(text()), option::of(text())),
        id in option::of(any::<i64>()),
        (payload, error) in (option::of(json()), option::of(json())),
        info in option::of((text(), option::of(text()))),
        extra in btree_map("x[a-z]{0,5}", json(), 0..3),
    ) {
        let payload_of = |value: Value| Payload::of(&value).unwrap();
        let mut message = remix::Message::new(action);
        (message.name, message.key, message.id) = (name, key, id);
        message.payload = payload.map(payload_of);
        message.error = error.map(payload_of);
        message.request_info = info.map(|(from, path)| RequestInfo { from, path });
        message.extra = extra.into_iter().map(|(key, value)| (key, payload_of(value))).collect();
        let mut line = Vec::new();
        message.encode(&mut line);
        prop_assert!(!line.contains(&b'\n'));
        prop_assert_eq!(remix::Message::decode(&line).unwrap(), message);
    }

    #[test]
    fn websocket_messages(
        messages in vec((prop_oneof![text().prop_map(Ok), bytes().prop_map(Err)], 1..90_usize), 0..5),
        key in any::<[u8; 4]>(),
        masked in any::<bool>(),
        sizes in vec(1..5000_usize, 1..4),
    ) {
        // Those of an odd size in one frame, the others in frames of that size.
        let mut stream = Vec::new();
        for (message, size) in &messages {
            let (opcode, payload) = match message {
                Ok(text) => (OpCode::Text, text.as_bytes()),
                Err(bytes) => (OpCode::Binary, &bytes[..]),
            };
            if size % 2 == 1 {
                let start = seal::begin(&mut stream);
                stream.extend_from_slice(payload);
                if masked {
                    seal::finish_client(start, opcode, key, &mut stream);
                } else {
                    seal::finish_server(start, opcode, &mut stream);
                }
            } else {
                write_pieces(opcode, payload, *size, masked.then_some(key), &mut stream);
            }
        }
        let role = if masked { Role::Server } else { Role::Client(MaskKeys::new([7; 16])) };
        let mut decoder = Decoder::new(role, 1 << 20);
        let mut read = Vec::new();
        let mut pending = Vec::new();
        for bytes in reads(&stream, &sizes) {
            pending.extend_from_slice(bytes);
            loop {
                let consumed = match decoder.decode(&mut pending, &mut Vec::new()).unwrap() {
                    Step::Incomplete => break,
                    Step::Message { consumed, payload, text } => {
                        read.push((text, pending[payload].to_vec()));
                        consumed
                    }
                    Step::Assembled { consumed, payload, text } => {
                        read.push((text, payload));
                        consumed
                    }
                    Step::Control { consumed } => consumed,
                    Step::Close { .. } => panic!("nobody closes"),
                };
                pending.drain(..consumed);
            }
        }
        let sent = messages.into_iter().map(|(message, _)| match message {
            Ok(text) => (true, text.into_bytes()),
            Err(bytes) => (false, bytes),
        });
        prop_assert_eq!(read, sent.collect::<Vec<_>>());
    }

    #[test]
    fn upgrades(
        host in "[!-~]{1,20}",
        path in "/[!-~]{0,20}",
        nonce in any::<[u8; 16]>(),
        headers in vec(("X-[a-zA-Z0-9]{1,9}", "[ -~\u{80}-\u{10ffff}\t]{0,20}"), 0..5),
        protocol in option::of("[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,9}"),
    ) {
        let key = upgrade::client_key(nonce);
        let given: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        let head = upgrade::request(&host, &path, &key, &given).unwrap();
        let (request, size) = connector_protocol::http::parse_request(&head).unwrap().unwrap();
        prop_assert_eq!(size, head.len());
        prop_assert_eq!((&*request.path, request.header("host")), (&*path, Some(&*host)));
        prop_assert_eq!(request.websocket_key(), Ok(Some(&*key)));
        for (name, value) in given {
            let found = request.headers.iter().any(|(other, found)| {
                other == name && found.trim() == value.trim()
            });
            prop_assert!(found, "{}: {:?}", name, value);
        }

        let answer = upgrade::response(&key, protocol.as_deref());
        let mut accepted = upgrade::Accepted::default();
        accepted.protocol = protocol;
        let accepted = upgrade::Reply::Accepted(accepted);
        let read = upgrade::parse_response(&answer, &key).unwrap();
        prop_assert_eq!(read, Some((accepted, answer.len())));
    }
}

/// A message in frames of this size.
fn write_pieces(
    opcode: OpCode,
    payload: &[u8],
    size: usize,
    mask: Option<[u8; 4]>,
    out: &mut Vec<u8>,
) {
    let pieces = payload.chunks(size).chain(payload.is_empty().then_some(&b""[..]));
    let last = payload.len().div_ceil(size).max(1) - 1;
    for (at, piece) in pieces.enumerate() {
        let opcode = if at == 0 { opcode } else { OpCode::Continuation };
        Header { fin: at == last, opcode, mask, len: piece.len() as u64 }.write(out);
        let start = out.len();
        out.extend_from_slice(piece);
        if let Some(key) = mask {
            apply_mask(key, &mut out[start..]);
        }
    }
}
