//! The codecs by themselves.

use connector_protocol::message::{Head, RequestId, RouteRef};

use super::*;

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
        let cx = CodecCx::default();
        let read = codec.decode(&cx, &bytes).expect("it can be read");
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
        let cx = CodecCx::default();
        let read = JsonCodec.decode(&cx, bytes.as_bytes());
        assert!(read.is_err(), "{bytes}: {read:?}");
    }
    let cx = CodecCx::default();
    let bare = JsonCodec.decode(&cx, br#"{"id":0,"route":"a.b.c"}"#);
    let bare = bare.unwrap().unwrap();
    assert_eq!((bare.head, &*bare.body), (Head::Notify(RouteRef::Name("a.b.c")), &b"null"[..]));
}

#[test]
fn json_messages_are_read_as_javascript_writes_them() {
    let read = |message: &[u8]| {
        let cx = CodecCx::default();
        let read = JsonCodec.decode(&cx, message).unwrap().unwrap();
        let (id, route) = match read.head {
            Head::Request(id, RouteRef::Name(route)) => (id.map(RequestId::get), route),
            Head::Notify(RouteRef::Name(route)) => (None, route),
            head => panic!("{head:?}"),
        };
        (id, route.to_owned(), String::from_utf8(read.body.to_vec()).unwrap())
    };
    let raw = r#"["\ud83d",{"a":1,"a":2},1e400]"#;
    let of = |id, route: &str| (id, route.to_owned(), raw.to_owned());
    for (message, expected) in [
        // Half of a pair in a route, in another key and in another value.
        (r#"{"id":7,"route":"a.b.\ud83d","body":RAW}"#, of(Some(7), "a.b.\u{fffd}")),
        (r#"{"\udc00":"\ud83d","route":"a.b.c","body":RAW}"#, of(None, "a.b.c")),
        // The last of equal keys counts, however it is written.
        (
            r#"{"id":1,"route":"x","body":1,"id":2,"route":"a.b.c","body":RAW}"#,
            of(Some(2), "a.b.c"),
        ),
        (r#"{"id":1,"route":"a.b.c","i\u0064":3,"body":RAW}"#, of(Some(3), "a.b.c")),
    ] {
        let message = message.replace("RAW", raw);
        assert_eq!(read(message.as_bytes()), expected, "{message}");
    }
    // Bytes that are not UTF-8, as a client without a TextEncoder sends them.
    let latin = b"{\"route\":\"a.\\u0062.\xe9\",\"body\":\"\xe9\"}";
    assert_eq!(read(latin), (None, "a.b.\u{fffd}".to_owned(), "\"\u{fffd}\"".to_owned()));
}

#[test]
fn json_messages_with_other_fields_are_errors_though_they_are_mended() {
    for message in [
        r#"{"id":-1,"id":-1,"route":"a"}"#,
        r#"{"id":1,"id":"x","route":"a"}"#,
        r#"{"route":"a","route":1}"#,
        r#"{"\ud83d":1,"body":1}"#,
        r#"{"\ud83d":1,"route":"a""#,
    ] {
        let cx = CodecCx::default();
        let read = JsonCodec.decode(&cx, message.as_bytes());
        assert!(read.is_err(), "{message}: {read:?}");
    }
}

#[test]
fn json_routes_may_be_escaped() {
    for route in [r"a\u002eb.\u0063", r"a.b.c", r"\u0061.b.c"] {
        let cx = CodecCx::default();
        let message = format!(r#"{{"id":7,"route":"{route}","body":"\ud83d"}}"#);
        let read = JsonCodec.decode(&cx, message.as_bytes()).unwrap().unwrap();
        assert_eq!(read.head, Head::Request(RequestId::new(7), RouteRef::Name("a.b.c")));
        assert_eq!(&*read.body, br#""\ud83d""#, "the body passes through");
    }
}
