//! Bodies by their formats.

use std::collections::HashMap;

use bytes::Bytes;
use connector_protocol::format::{BodyFormat, BodySlot, BodyValue, FormatError};
use connector_protocol::pomelo::handshake::Dialect;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::handler::HandlerError;

/// JSON behind a `!`.
struct Loud;

impl BodyFormat for Loud {
    fn name(&self) -> &'static str {
        "loud"
    }

    fn write(&self, value: BodyValue<'_>, out: &mut Vec<u8>) -> Result<(), FormatError> {
        out.push(b'!');
        serde_json::to_writer(out, &value).map_err(FormatError::new)
    }

    fn read(&self, body: &[u8], slot: BodySlot<'_>) -> Result<(), FormatError> {
        let body = body.strip_prefix(b"!").ok_or_else(|| FormatError::new("too quiet"))?;
        slot.fill(&mut serde_json::Deserializer::from_slice(body))
    }
}

const LOUD: Format = Format::Custom(&Loud);

#[derive(Clone, PartialEq, prost::Message, Serialize, Deserialize)]
struct Line {
    #[prost(string, tag = "1")]
    text: String,
}

crate::__message!(Line);

fn line() -> Line {
    Line { text: "hi".into() }
}

fn written(body: impl ToBody, format: Format) -> Vec<u8> {
    let mut out = Vec::new();
    body.write(&mut BodyWriter::new(&format, &mut out)).unwrap();
    out
}

fn pushed<T: FromBody>(format: Format, body: &'static [u8]) -> Result<T, BodyError> {
    T::read(&BodyReader::new(&format, &Bytes::from_static(body)))
}

fn answered<T: FromBody>(format: Format, body: &'static [u8]) -> Result<T, BodyError> {
    T::read(&BodyReader::of_answer(&format, &Bytes::from_static(body), Dialect::Pomelo))
}

#[test]
fn messages_follow_the_peers_format() {
    for (format, bytes) in [
        (Format::Json, &br#"{"text":"hi"}"#[..]),
        (Format::Protobuf, b"\x0a\x02hi"),
        (LOUD, br#"!{"text":"hi"}"#),
    ] {
        assert_eq!(written(line(), format), bytes);
        assert_eq!(written(&line() as &dyn ToBody, format), bytes);
        assert_eq!(written(Body(line()), format), bytes);
        assert_eq!(pushed::<Line>(format, bytes), Ok(line()));
        assert_eq!(answered::<Body<Line>>(format, bytes), Ok(Body(line())));
    }
}

#[test]
fn wrappers_choose_a_format_whatever_the_peers_is() {
    for format in [Format::Json, Format::Protobuf, LOUD] {
        assert_eq!(written(Json(line()), format), br#"{"text":"hi"}"#);
        assert_eq!(written(Proto(line()), format), b"\x0a\x02hi");
        assert_eq!(written(Raw::copy_from("as it is"), format), b"as it is");
        assert_eq!(written(json!([1]), format), b"[1]");
        assert_eq!(pushed(format, br#"{"text":"hi"}"#), Ok(Json(line())));
        assert_eq!(pushed(format, b"\x0a\x02hi"), Ok(Proto(line())));
        assert_eq!(pushed(format, b"as it is"), Ok(Raw::copy_from("as it is")));
        assert_eq!(pushed(format, b"[1]"), Ok(json!([1])));
    }
}

#[test]
fn nothing_has_a_form_in_every_format() {
    for (format, bytes) in [(Format::Json, &b"{}"[..]), (Format::Protobuf, b""), (LOUD, b"!{}")] {
        assert_eq!(written((), format), bytes);
        assert_eq!(answered(format, bytes), Ok(()));
        assert_eq!(pushed(format, b""), Ok(()));
    }
    assert_eq!(answered(Format::Json, b"null"), Ok(()));
    assert_eq!(answered(Format::Json, br#"{"code":200}"#), Ok(()));
    assert!(matches!(answered::<()>(Format::Json, b"7"), Err(BodyError::Misfit(_))));
}

#[test]
fn rejects_a_value_that_the_format_cannot_express() {
    let mut out = Vec::new();
    let error = BodyWriter::new(&Format::Protobuf, &mut out).serialize(&1).unwrap_err();
    let problem = "the format `protobuf` cannot express the body's type";
    assert_eq!(error.to_string(), problem);
    let error = pushed::<Line>(LOUD, b"{}").unwrap_err();
    assert_eq!(error, BodyError::Misfit("too quiet".into()));
}

#[test]
fn a_client_tells_what_is_not_json_from_an_empty_object() {
    for body in [&b"no"[..], b"{", b"\xff", b"\x78\x9c\x03"] {
        assert!(matches!(answered::<Value>(Format::Json, body), Err(BodyError::Misfit(_))));
        assert!(matches!(pushed::<Value>(Format::Json, body), Err(BodyError::Misfit(_))));
        assert!(matches!(answered::<()>(Format::Json, body), Err(BodyError::Misfit(_))));
        let all_optional = answered::<Json<HashMap<String, u8>>>(Format::Json, body);
        assert!(matches!(all_optional, Err(BodyError::Misfit(_))));
    }
    for body in [&b"{}"[..], b""] {
        assert_eq!(answered(Format::Json, body), Ok(json!({})));
        assert_eq!(answered(Format::Json, body), Ok(Json(None::<Line>)));
    }
}

#[test]
fn a_client_reads_what_javascript_writes() {
    let line = br#"{"text":"\ud83d","text":"\ud83d!"}"#;
    let expected = Line { text: "\u{fffd}!".into() };
    assert_eq!(pushed(Format::Json, line), Ok(expected.clone()));
    assert_eq!(answered(Format::Json, line), Ok(expected));
    let error = br#"{"code":404,"msg":"\ud83d"}"#;
    let expected = BodyError::Server(HandlerError::new(404, "\u{fffd}"));
    assert_eq!(answered::<Line>(Format::Json, error), Err(expected));
    let mended = answered(Format::Json, br#"{"code":404,"msg":"\ud83d"}"#);
    assert_eq!(mended, Ok(json!({ "code": 404, "msg": "\u{fffd}" })));
}

#[test]
fn an_answer_in_any_format_may_tell_of_an_error() {
    let error = HandlerError::new(404, "gone").with("id", 7);
    for (format, bytes) in [
        (Format::Json, &br#"{"code":404,"msg":"gone","id":7}"#[..]),
        (Format::Protobuf, br#"{"code":404,"msg":"gone","id":7}"#),
        (LOUD, br#"!{"code":404,"msg":"gone","id":7}"#),
    ] {
        assert_eq!(answered::<Line>(format, bytes), Err(BodyError::Server(error.clone())));
        assert_eq!(answered::<()>(format, bytes), Err(BodyError::Server(error.clone())));
        assert_eq!(answered(format, bytes), Ok(Raw::copy_from(bytes)));
    }
    let value: Value = answered(Format::Json, br#"{"code":404}"#).unwrap();
    assert_eq!(value, json!({ "code": 404 }));
    // A push tells of no error.
    assert_eq!(pushed(LOUD, br#"!{"code":404,"text":"hi"}"#), Ok(line()));
}
