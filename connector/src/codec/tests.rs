//! The codecs by themselves, and JSON bodies.

use connector_protocol::message::{Head, RequestId, RouteRef};
use serde_json::{Value, json};

use super::*;
use crate::body::from_json;

fn written(codec: &dyn Codec, head: Head<'_>, body: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut out = Vec::new();
    let mark = codec.begin(&head, &mut out)?;
    out.extend_from_slice(body);
    codec.finish(&head, mark, &mut out)?;
    Ok(out)
}

fn heads() -> [Head<'static>; 4] {
    let id = RequestId::new(300);
    let route = RouteRef::Name("a.b.c");
    [Head::Request(id, route), Head::Response(id), Head::Push(route), Head::Notify(route)]
}

#[test]
fn messages_survive_both_codecs() {
    let codecs: [&dyn Codec; 2] = [&PomeloCodec, &JsonCodec];
    for (codec, head) in codecs.into_iter().flat_map(|codec| heads().map(|head| (codec, head))) {
        let bytes = written(codec, head, br#"{"n":1}"#).expect("it can be written");
        let read = codec.decode(&CodecCx::default(), &bytes).expect("it can be read");
        let read = read.expect("it is not dropped");
        assert_eq!(&*read.body, br#"{"n":1}"#);
        // JSON has one form for a push and a notify: no id.
        let same = read.head == head || head == Head::Push(RouteRef::Name("a.b.c"));
        assert!(same, "{head:?} became {:?}", read.head);
    }
}

#[test]
fn json_messages_look_like_pomelos() {
    let [request, response, push, _] = heads();
    let text = |head, body| String::from_utf8(written(&JsonCodec, head, body).unwrap()).unwrap();
    assert_eq!(text(request, b"1"), r#"{"id":300,"route":"a.b.c","body":1}"#);
    assert_eq!(text(response, b"{}"), r#"{"id":300,"body":{}}"#);
    assert_eq!(text(push, b""), r#"{"route":"a.b.c","body":null}"#);
    assert!(written(&JsonCodec, Head::Push(RouteRef::Code(1)), b"1").is_err());
}

#[test]
fn json_messages_that_are_none_are_errors() {
    for bytes in ["", "1", "{}", r#"{"id":-1,"route":"a"}"#, r#"{"id":1,"route":2}"#, "{"] {
        let read = JsonCodec.decode(&CodecCx::default(), bytes.as_bytes());
        assert!(read.is_err(), "{bytes}: {read:?}");
    }
    let bare = JsonCodec.decode(&CodecCx::default(), br#"{"id":0,"route":"a.b.c"}"#);
    let bare = bare.unwrap().unwrap();
    assert_eq!((bare.head, &*bare.body), (Head::Notify(RouteRef::Name("a.b.c")), &b"null"[..]));
}

#[test]
fn a_body_that_is_no_json_counts_as_an_empty_object() {
    for body in [&b""[..], b"no", b"{\"a\":", b"\xff", b"{} {}"] {
        assert_eq!(from_json::<Value>(body).unwrap(), json!({}));
        assert!(from_json::<u64>(body).is_err());
    }
    let wrong = from_json::<Vec<u64>>(br#"["x"]"#).unwrap_err().to_string();
    assert!(wrong.contains("expected u64"), "{wrong}");
}

#[test]
fn surrogates_of_the_browser_client_are_joined() {
    let body = b"{\"text\":\"\xed\xa0\xbd\xed\xb8\x80!\"}";
    assert_eq!(from_json::<Value>(body).unwrap(), json!({ "text": "😀!" }));
}
