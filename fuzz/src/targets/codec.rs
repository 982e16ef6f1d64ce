//! Codecs: packages to `{id, route, body}` and back.

use connector::codec::{Codec, CodecCx, JsonCodec, SioCodec};
use serde_json::value::RawValue;

use super::owned;

/// Members of messages.
pub const TOKENS: &[&[u8]] = &[
    b"\"id\":1,",
    b"\"id\":0,",
    b"\"id\":4294967295,",
    b"\"route\":\"a.b.c\",",
    b"\"route\":null,",
    b"\"body\":{}",
    b"\"body\":",
    b"null",
    b"\\u0041",
    b"\\\"",
    b"[",
    b"{",
];

/// A message that is read is written as one that reads the same.
pub fn json_codec(bytes: &[u8]) {
    let cx = CodecCx::default();
    let Ok(Some(received)) = JsonCodec.decode(&cx, bytes) else { return };
    assert!(serde_json::from_slice::<&RawValue>(&received.body).is_ok(), "a body is JSON");
    let mut again = Vec::new();
    let mark = JsonCodec.begin(&received.head, &mut again).expect("it was read so");
    again.extend_from_slice(&received.body);
    JsonCodec.finish(&received.head, mark, &mut again).expect("it was read so");
    let read = JsonCodec.decode(&cx, &again).expect("it can be read").expect("it is a message");
    assert_eq!((read.head, &read.body), (received.head, &received.body));
}

/// A server's text that is read is written as one that reads the same, but for a kick, whose
/// members stand beside its route.
pub fn sio_codec(bytes: &[u8]) {
    let cx = CodecCx::default();
    let Ok(Some(received)) = SioCodec.decode(&cx, bytes) else { return };
    assert!(serde_json::from_slice::<&RawValue>(&received.body).is_ok(), "a body is JSON");
    if received.head.route().is_some_and(|route| route == "onKick") {
        return;
    }
    let mut again = Vec::new();
    let mark = SioCodec.begin(&received.head, &mut again).expect("it was read so");
    again.extend_from_slice(&received.body);
    SioCodec.finish(&received.head, mark, &mut again).expect("it was read so");
    let read = SioCodec.decode(&cx, &again).expect("it can be read").expect("it is a message");
    assert_eq!((read.head, &read.body), (received.head, &received.body));
}

/// Texts of a server.
pub fn texts() -> Vec<Vec<u8>> {
    owned([
        br#"{"id":7,"body":{"code":500}}"#,
        br#"{"route":"onLine","body":[1,2.5,"x"]}"#,
        br#"{"route":"onKick","reason":"gone"}"#,
        br#"{"body": {"a": "\u00e9"}, "id": 4294967295, "more": true}"#,
    ])
}

/// Messages of each kind.
pub fn seeds() -> Vec<Vec<u8>> {
    owned([
        br#"{"id":1,"route":"chat.chatHandler.send","body":{"text":"hi"}}"#,
        br#"{"route":"onLine","body":[1,2.5,"x"]}"#,
        br#"{"id":7,"body":null}"#,
        br#"{"body": {"a": "\u00e9"}, "route": "a.b.c", "id": 4294967295, "more": true}"#,
        br#"["a",1]"#,
    ])
}
