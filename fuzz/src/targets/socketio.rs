//! Engine.IO and socket.io: packets of both sides and versions, the bodies of requests, batches.

use connector::protocol::http::parse_request;
use connector::protocol::socketio::{
    Charset, Content, Engine, EngineRequest, PREFIX, Packet, Payload, PayloadWriter, Received,
    SUFFIX, Side, Version, elements, quote,
};
use serde_json::Value;
use serde_json::value::RawValue;

use super::owned;

/// Parts of packets and of bodies.
pub const TOKENS: &[&[u8]] = &[
    b"42[\"message\",",
    b"42[",
    b"451-",
    b"40/admin,",
    b"40{}",
    b"41",
    b"43",
    b"44",
    b"\\u0000",
    b"\\ud83d\\ude00",
    b"\\u00",
    b"\\\"",
    b"\"]",
    b"]",
    b",7",
    b"{\"a\":[1]}",
    b"\x1e",
    b"2probe",
    b"b4AAEC",
    b"12:",
    b"999999999:",
    b"\x00\x01\xff",
    b"\x01\x02\xff",
    b"\xc3\x83\xc2\xa9",
    "世😀".as_bytes(),
    b"EIO=",
    b"&transport=",
    b"&sid=",
];

/// Checks that a message lies within its packet, and is read the same when it is written anew.
pub fn socketio_packet(bytes: &[u8]) {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let Ok(text) = str::from_utf8(bytes) else { return };
    let version = if choice & 1 == 0 { Version::V3 } else { Version::V4 };
    let side = if choice & 2 == 0 { Side::Server } else { Side::Client };
    let content = if choice & 4 == 0 { Content::Text } else { Content::Json };
    let mut engine = connected(version, side, content);
    for packet in text.split('\n') {
        let mut packet = packet.as_bytes().to_vec();
        let Ok(Received::Message(range)) = engine.receive(&mut packet) else { continue };
        let message = str::from_utf8(&packet[range]).expect("it is text");
        let mut written = PREFIX.to_vec();
        written.extend_from_slice(message.as_bytes());
        match content {
            Content::Text => quote(&mut written, PREFIX.len()),
            Content::Json => {
                serde_json::from_str::<&RawValue>(message).expect("it is JSON");
            }
        }
        written.extend_from_slice(SUFFIX);
        let read = connected(version, side, content).receive(&mut written);
        let Ok(Received::Message(range)) = read else { panic!("{read:?}") };
        assert_eq!(&written[range], message.as_bytes());
    }
}

/// Returns one end whose namespace is connected.
fn connected(version: Version, side: Side, content: Content) -> Engine {
    let mut engine = Engine::new(version, side, content);
    let _ = engine.receive(&mut b"40".to_vec());
    assert!(engine.is_connected());
    engine
}

/// The packets of a body are read from the first to the last, and again when they are written
/// anew, unless they have characters that become escapes.
pub fn socketio_payload(bytes: &[u8]) {
    let Some((&choice, body)) = bytes.split_first() else { return };
    let version = if choice & 1 == 0 { Version::V3 } else { Version::V4 };
    let Ok(mut payload) = Payload::new(version, body.into(), choice & 2 != 0, Charset::Unknown)
    else {
        return;
    };
    let (mut written, mut texts) = (Vec::new(), Vec::new());
    while let Ok(Some(packet)) = payload.next_packet() {
        let Packet::Text(text) = packet else { continue };
        assert!(!text.is_empty() && text.len() <= body.len());
        // A body has a meaning of its own for these.
        if text.is_ascii() && !text.contains('\x1e') && !text.starts_with('b') {
            PayloadWriter::new(version).write(&text, &mut written);
            texts.push(text.into_owned());
        }
    }
    let Ok(mut read) = Payload::new(version, written, false, Charset::Unknown) else { return };
    for text in texts {
        assert_eq!(read.next_packet(), Ok(Some(Packet::Text(text.into()))));
    }
    assert_eq!(read.next_packet(), Ok(None));
}

/// The elements of an array are those that serde_json finds.
pub fn socketio_elements(bytes: &[u8]) {
    let found = elements(bytes);
    let Ok(values) = serde_json::from_slice::<Vec<Value>>(bytes) else { return };
    if bytes.first() != Some(&b'[') {
        return;
    }
    let found = found.expect("it is an array");
    let read = found.into_iter().map(|range| serde_json::from_slice::<Value>(&bytes[range]));
    assert_eq!(read.map(Result::unwrap).collect::<Vec<_>>(), values);
}

/// A request is read or refused, with a status and an answer that is JSON.
pub fn engine_request(bytes: &[u8]) {
    let Ok(Some((request, _))) = parse_request(bytes) else { return };
    match EngineRequest::parse(&request) {
        Ok(read) => {
            assert!(matches!(read.version.number(), 3 | 4));
            assert_eq!(EngineRequest::parse(&request).map(|again| again.sid), Ok(read.sid));
        }
        Err(error) => {
            assert!(matches!(error.status(), 400 | 403), "{error}");
            let body: Value = serde_json::from_slice(&error.body()).expect("it is JSON");
            assert_eq!(body["code"], error.code());
        }
    }
}

/// Requests of both versions.
pub fn requests() -> Vec<Vec<u8>> {
    owned([
        b"GET /socket.io/?EIO=4&transport=polling&t=x HTTP/1.1\r\nHost: h\r\n\r\n",
        b"POST /socket.io/?EIO=3&transport=polling&sid=abc&b64=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n",
        b"GET /socket.io/?EIO=4&transport=websocket&sid=abc HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        b"GET /?EIO=5&transport=jsonp&j=0 HTTP/1.0\r\n\r\n",
    ])
}

/// Conversations, behind the byte that picks side, version and content.
pub fn packets() -> Vec<Vec<u8>> {
    owned([
        b"\x0042[\"message\",\"\\u0000\\u0000\\u0000\\u0007\\u0005a.b.c{}\"]\n2\n41",
        b"\x0140{\"token\":1}\n42[\"message\",\"x\",7]\n3\n1",
        b"\x0440\n42/?x=1,7[\"message\",{\"action\":\"emit\"}]\n42[\"other\"]",
        b"\x03{\"sid\":\"x\"}\n42[\"message\",\"[{},{}]\"]\n44{\"message\":\"no\"}",
        b"\x02452-[\"x\",{\"_placeholder\":true}]\nb4AAEC\nb4AAEC\n40/admin,{}",
    ])
}

/// Bodies of both versions, behind the byte that picks one.
pub fn payloads() -> Vec<Vec<u8>> {
    owned([
        b"\x012\x1e42[\"message\",\"x\"]\x1eb4AAEC",
        b"\x001:213:42[\"message\"]6:b4AAEC",
        b"\x003:4\xc3\x83\xc2\xa92:4\xc3\xbf",
        b"\x02\x00\x01\xff2\x00\x03\xff4ab\x01\x02\xff\x04\x09",
    ])
}

/// Batches.
pub fn arrays() -> Vec<Vec<u8>> {
    owned([b"[{\"route\":\"onLine\",\"body\":[1,\"],\"]},{\"id\":7}]", b"[ \"\\\\\" , [] ]", b"[]"])
}
