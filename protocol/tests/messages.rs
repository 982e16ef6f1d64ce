//! Messages: what pomelo-protocol wrote, and what nobody should.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod recorded;

use connector_protocol::message::{Head, MAX_ID, RequestId, RouteRef};
use connector_protocol::pomelo::message::{Message, MessageError};
use recorded::{hex, list};
use serde_json::Value;

fn id(id: u32) -> Option<RequestId> {
    RequestId::new(id)
}

fn encoded(head: Head<'_>, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    head.encode(&mut out).unwrap();
    out.extend_from_slice(body);
    out
}

/// `None` where no head can be written, in pomelo or here.
fn head(vector: &Value) -> Option<Head<'_>> {
    let id = id(vector["id"].as_u64().unwrap() as u32);
    let route = || match &vector["route"] {
        Value::String(name) => Some(RouteRef::Name(name)),
        code => Some(RouteRef::Code(u16::try_from(code.as_u64().unwrap()).ok()?)),
    };
    Some(match vector["type"].as_str().unwrap() {
        "request" => Head::Request(id, route()?),
        "notify" => Head::Notify(route()?),
        "response" => Head::Response(id),
        "push" => Head::Push(route()?),
        other => panic!("{other}"),
    })
}

/// The messages that pomelo's own encoder writes correctly.
fn messages() -> Vec<Value> {
    let mut messages = list(include_str!("../vectors/messages.json"), "messages");
    messages.retain(|vector| vector.get("broken").is_none() && !vector["hex"].is_null());
    messages
}

/// One of each kind, with all that it can have.
fn samples() -> Vec<Vec<u8>> {
    let name = RouteRef::Name("a.b.ç");
    let code = RouteRef::Code(0x1234);
    [
        Head::Request(id(u32::MAX), name),
        Head::Request(id(300), code),
        Head::Notify(name),
        Head::Notify(code),
        Head::Response(id(300)),
        Head::Error(id(300)),
        Head::Push(name),
        Head::Push(code),
    ]
    .map(|head| encoded(head, b""))
    .into()
}

#[test]
fn reads_the_recorded_bytes() {
    for vector in messages() {
        let bytes = hex(&vector["hex"]);
        let message = Message {
            head: head(&vector).unwrap(),
            compressed: vector["gzip"] == 1,
            body: vector["body_utf8"].as_str().unwrap().as_bytes(),
        };
        assert_eq!(Message::decode(&bytes), Ok(message), "{vector}");
    }
}

#[test]
fn writes_the_recorded_bytes() {
    for vector in messages().iter().filter(|vector| vector["gzip"] == 0) {
        let body = vector["body_utf8"].as_str().unwrap().as_bytes();
        assert_eq!(encoded(head(vector).unwrap(), body), hex(&vector["hex"]), "{vector}");
    }
}

#[test]
fn writes_ids_that_pomelo_truncates() {
    let vectors = list(include_str!("../vectors/messages.json"), "messages");
    let broken = vectors.iter().find(|vector| vector.get("broken").is_some()).unwrap();
    let bytes = encoded(head(broken).unwrap(), b"{}");
    assert!(bytes.starts_with(&hex(&broken["hex"])));
    assert_eq!(bytes, b"\x00\xff\xff\xff\xff\x0f\x05a.b.c{}");
}

#[test]
fn keeps_every_size_of_id() {
    let edges = (0..32).flat_map(|bit| [(1u32 << bit) - 1, 1 << bit]);
    for number in edges.chain([MAX_ID, u32::MAX - 1, u32::MAX]) {
        for head in [Head::Request(id(number), RouteRef::Name("r")), Head::Response(id(number))] {
            let bytes = encoded(head, b"body");
            let message = Message::decode(&bytes).unwrap();
            assert_eq!((message.head, message.body), (head, &b"body"[..]));
        }
    }
}

#[test]
fn takes_id_zero_for_none() {
    let request = Head::Request(None, RouteRef::Name("r"));
    assert_eq!(encoded(request, b""), b"\x00\x00\x01r");
    assert_eq!(Message::decode(b"\x00\x00\x01r").unwrap().head, request);
    assert_eq!(Message::decode(b"\x04\x80\x80\x00").unwrap().head, Head::Response(None));
}

#[test]
fn refuses_ids_beyond_32_bits() {
    for bytes in [
        &b"\x04\xff\xff\xff\xff\x10"[..],
        b"\x04\x80\x80\x80\x80\x80\x01",
        b"\x04\xff\xff\xff\xff\xff",
    ] {
        assert_eq!(Message::decode(bytes), Err(MessageError::Id));
    }
}

#[test]
fn refuses_a_head_that_ends_at_any_byte() {
    for bytes in samples() {
        assert!(Message::decode(&bytes).unwrap().body.is_empty());
        for end in 0..bytes.len() {
            let result = Message::decode(&bytes[..end]);
            assert!(matches!(result, Err(MessageError::Truncated(_))), "{end}: {result:?}");
        }
    }
}

#[test]
fn reads_any_bytes_without_panicking() {
    for bytes in samples() {
        for at in 0..bytes.len() {
            for byte in 0..=u8::MAX {
                let mut bytes = bytes.clone();
                bytes[at] = byte;
                if let Ok(message) = Message::decode(&bytes) {
                    let again = encoded(message.head, message.body);
                    assert_eq!(Message::decode(&again).unwrap().head, message.head);
                }
            }
        }
    }
}

#[test]
fn refuses_unknown_types() {
    for kind in 4..8 {
        assert_eq!(Message::decode(&[kind << 1, 0, 0]), Err(MessageError::Type(kind)));
    }
}

#[test]
fn tells_flags_apart() {
    let flags = |byte| {
        let bytes = [byte, 0x01, b'x'];
        let message = Message::decode(&bytes).unwrap();
        (message.compressed, message.head == Head::Error(id(1)))
    };
    assert_eq!(flags(0x04), (false, false));
    assert_eq!(flags(0x14), (true, false));
    assert_eq!(flags(0x24), (false, true));
    assert_eq!(flags(0xf4), (true, true));
}

#[test]
fn reads_an_empty_route_and_the_longest() {
    for size in [0, 1, 254, 255] {
        let name = "r".repeat(size);
        let head = Head::Push(RouteRef::Name(&name));
        assert_eq!(Message::decode(&encoded(head, b"b")).unwrap().head, head);
    }
    for code in [0, 1, 255, 256, u16::MAX] {
        let head = Head::Notify(RouteRef::Code(code));
        assert_eq!(Message::decode(&encoded(head, b"b")).unwrap().head, head);
    }
}

#[test]
fn writes_nothing_of_a_route_that_is_too_long() {
    // 255 characters, but a byte more.
    let name = format!("ç{}", "r".repeat(254));
    for head in [Head::Push(RouteRef::Name(&name)), Head::Request(id(1), RouteRef::Name(&name))] {
        let mut out = b"before".to_vec();
        assert_eq!(head.encode(&mut out), Err(MessageError::RouteLength(256)));
        assert_eq!(out, b"before");
    }
}

#[test]
fn refuses_a_route_that_is_longer_than_the_message() {
    assert_eq!(Message::decode(b"\x02\x05a.b"), Err(MessageError::Truncated("route")));
    assert_eq!(Message::decode(b"\x02\xff"), Err(MessageError::Truncated("route")));
    assert_eq!(Message::decode(b"\x03\x01"), Err(MessageError::Truncated("route code")));
}

#[test]
fn refuses_a_route_that_is_not_utf8() {
    for name in [&b"\xff"[..], b"\xc3", b"\xed\xa0\xbd\xed\xb8\x80"] {
        let bytes = [&[0x02, name.len() as u8], name].concat();
        assert_eq!(Message::decode(&bytes), Err(MessageError::RouteText));
    }
}

#[test]
fn leaves_bodies_alone() {
    // CESU-8, as the browser client writes it, is the codec's business.
    let body = b"\"\xed\xa0\xbd\xed\xb8\x80\"";
    let bytes = encoded(Head::Notify(RouteRef::Name("r")), body);
    assert_eq!(Message::decode(&bytes).unwrap().body, body);
}
