//! Tests of bodies in their formats.

use std::sync::Arc;

use connector_protocol::framing::{Framing, Lines};
use connector_protocol::pomelo::handshake::{Agreement, Dialect};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Cx, FromCall, HandlerError, Reply};
use crate::body::{Body, BodyWriter, Format, Json, Lent};
use crate::codec::JsonCodec;
use crate::connection::{Agreed, Encoder, Outbox};
use crate::link::Batch;
use crate::session::{Registry, Session, SessionId};
use crate::{Address, Limits, Peer, Server};

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    #[serde(default)]
    text: String,
}

impl Line {
    fn hi() -> Self {
        Self { text: "hi".into() }
    }
}

/// What a method would get of `body`.
async fn read<T: for<'a, 'b> FromCall<'a, 'b>>(format: Format, body: &[u8]) -> Result<T, u16> {
    read_within(Limits::default(), format, body).await.map_err(|error| error.code)
}

/// What a method would get of a body in JSON, or the text of the error 400.
async fn read_json<T: for<'a, 'b> FromCall<'a, 'b>>(body: impl AsRef<[u8]>) -> Result<T, String> {
    let read = read_within(Limits::default(), Format::Json, body.as_ref()).await;
    read.map_err(|error| {
        assert_eq!(error.code, 400);
        error.message.into_owned()
    })
}

async fn read_within<T: for<'a, 'b> FromCall<'a, 'b>>(
    limits: Limits,
    format: Format,
    body: &[u8],
) -> Result<T, HandlerError> {
    let server = Server::builder().without_connectors().start().await.unwrap().handle();
    let registry = Arc::<Registry>::default();
    let encoder = Encoder::new(Arc::new(JsonCodec), Lines::INSTANCE, Lines::INSTANCE, Batch::Each);
    encoder.agree(Arc::new(Agreed::new(Agreement::new(Dialect::Native, format), None)));
    let peer = Peer::new("test", Address::Unnamed);
    let parts = (Outbox::new(1 << 20), encoder);
    let session = Session::new(SessionId::next(), peer, parts, &registry, &Arc::new(limits));
    let cx = Cx { session: &session, id: None, target: None, server: &server };
    T::from_call(&cx, Lent::new(body).body())
}

#[tokio::test]
async fn a_body_follows_the_peers_format() {
    for (format, bytes) in
        [(Format::Json, &br#"{"text":"hi"}"#[..]), (Format::Protobuf, b"\x0a\x02hi")]
    {
        assert_eq!(read(format, bytes).await, Ok(Body(Line::hi())));
        let mut written = Vec::new();
        Body(Line::hi()).reply(&mut BodyWriter::new(&format, &mut written)).unwrap();
        assert_eq!(written, bytes);
    }
}

#[tokio::test]
async fn a_body_that_does_not_fit_is_a_bad_request() {
    assert_eq!(read::<Body<Line>>(Format::Json, br#"{"text":1}"#).await, Err(400));
    assert_eq!(read::<Body<Line>>(Format::Protobuf, b"\x0a\x09hi").await, Err(400));
}

#[tokio::test]
async fn no_bytes_are_no_body() {
    for format in [Format::Json, Format::Protobuf] {
        assert_eq!(read::<Option<Body<Line>>>(format, b"").await, Ok(None));
    }
    let some = read::<Option<Body<Line>>>(Format::Protobuf, b"\x0a\x02hi").await;
    assert_eq!(some, Ok(Some(Body(Line::hi()))));
}

#[tokio::test]
async fn a_body_that_is_not_json_is_an_error_to_a_type_with_a_shape() {
    for (body, told) in [
        (&b"no"[..], "the body is not JSON: expected ident at line 1 column 2"),
        (b"{\"text\": [1,", "field `text[1]`: the body is not JSON: EOF while parsing"),
        (b"{} {}", "the body is not JSON: trailing characters at line 1 column 4"),
        (b"\x78\x9c\xab\x56", "the body is not JSON: expected value at line 1 column 1"),
        (b"{\"text\": 1e400}", "field `text`: number out of range at line 1 column"),
    ] {
        // All of its fields have defaults, so that `{}` would be read as one.
        for read in [
            read_json::<Json<Line>>(body).await.map(drop),
            read_json::<Body<Line>>(body).await.map(drop),
            read_json::<Option<Json<Line>>>(body).await.map(drop),
        ] {
            let error = read.unwrap_err();
            let shown = String::from_utf8_lossy(body);
            // An array is not a text, which is found before its end.
            let misfit = error.contains("invalid type: sequence, expected a string");
            assert!(error.starts_with(told) || misfit, "{shown}: {error}");
        }
    }
}

#[tokio::test]
async fn as_in_pomelo_an_empty_body_is_an_empty_object() {
    for body in ["", " \r\n"] {
        assert_eq!(read_json(body).await, Ok(Json(Line::default())));
        assert_eq!(read_json(body).await, Ok(Json(json!({}))));
    }
    for body in [&b"no"[..], b"{\"a\":", b"\xff", b"{} {}", b"undefined"] {
        assert_eq!(read_json(body).await, Ok(Json(json!({}))));
        assert_eq!(read_json(body).await, Ok(Json(Some(json!({})))));
        assert!(read_json::<Json<u64>>(body).await.is_err());
    }
}

#[tokio::test]
async fn what_javascript_writes_is_read() {
    let cases = [
        (r#"{"text":"\ud83d!"}"#, "\u{fffd}!"),
        (r#"{"text":"a","text":"b"}"#, "b"),
        (r#"{"more":"\udead","text":"c"}"#, "c"),
    ];
    for (body, text) in cases {
        let line = Line { text: text.into() };
        assert_eq!(read_json(body).await, Ok(Json(line.clone())), "{body}");
        assert_eq!(read_json(body).await, Ok(Body(line)), "{body}");
        let value: Json<Value> = read_json(body).await.unwrap();
        assert_eq!(value.0["text"], text, "{body}");
    }
    // The browser client writes each half of a pair by itself.
    let body = b"{\"text\":\"\xed\xa0\xbd\xed\xb8\x80!\"}";
    assert_eq!(read_json(body).await, Ok(Json(json!({ "text": "😀!" }))));
    let error = read_json::<Json<Value>>(r#"{"a":[0,1e400]}"#).await.unwrap_err();
    assert!(error.starts_with("field `a[1]`: number out of range at line 1 column "), "{error}");
}

#[tokio::test]
async fn a_value_keeps_the_order_of_its_keys() {
    let body = r#"{"z":1,"a":{"y":2,"b":3},"m":4}"#;
    let Json(value) = read_json::<Json<Value>>(body).await.unwrap();
    assert_eq!(value.to_string(), body);
}

#[tokio::test]
async fn nesting_has_a_limit_which_the_error_names() {
    let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (limit, levels) in [(512, 512), (512, 128), (600, 600), (5, 5)] {
        let limits = Limits { nesting: limit, ..Limits::default() };
        let body = nested(levels);
        let read = read_within(limits.clone(), Format::Json, body.as_bytes()).await;
        assert_eq!(read.map(|Json::<Value>(value)| value.to_string()), Ok(body));
        let body = nested(limit + 1);
        let read = read_within::<Json<Value>>(limits, Format::Json, body.as_bytes()).await;
        let error = read.unwrap_err();
        let told = format!("the limit `nesting` allows {limit} arrays and objects in one another");
        assert!(error.code == 400 && error.message.starts_with(&told), "{error}");
    }
}

#[tokio::test]
async fn values_have_a_limit_which_the_error_names() {
    for (body, code) in [(&b"[0,0]"[..], 200), (b"[0,0,0]", 400), (br#""[[[[[[[[[[[[""#, 200)] {
        let limits = Limits { values: 3, ..Limits::default() };
        match read_within::<Json<Value>>(limits, Format::Json, body).await {
            Ok(_) => assert_eq!(code, 200),
            Err(error) => {
                let told = "the limit `values` allows 3 values in a JSON body";
                assert!(error.code == code && error.message.starts_with(told), "{error}");
            }
        }
    }
}

#[test]
fn the_error_of_a_users_serialize_is_not_sent() {
    struct Secret;

    impl Serialize for Secret {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("the table `users` is locked"))
        }
    }

    let mut out = Vec::new();
    let error = Json(Secret).reply(&mut BodyWriter::new(&Format::Json, &mut out)).unwrap_err();
    assert_eq!(error, HandlerError::failed());
}
