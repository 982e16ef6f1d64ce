//! Pomelo-protobuf: schemas, bodies, and the JSON that they are.

use std::sync::LazyLock;

use connector::protocol::json;
use connector::protocol::pomelo::handshake::{Direction, Protos};
use connector::protocol::pomelo::protobuf::{DecodeLimits, RouteSchema, Schemas};
use serde_json::Value;

use super::owned;
use crate::recorded::File;

/// Parts of schemas, and members of messages.
pub const TOKENS: &[&[u8]] = &[
    b"\"required uInt32 a\":1,",
    b"\"optional int32 b\":2,",
    b"\"repeated Item c\":268435455,",
    b"\"message Item\":{\"optional Item d\":1},",
    b"\"a.b.c\":{",
    b"\"option\":\"repeated\",\"type\":\"uInt64\",\"tag\":3",
    b"\"__messages\":{",
    b"\"__tags\":{\"1\":\"a\"}",
    b"\"u\":9007199254740991,",
    b"\"i\":-4503599627370496,",
    b"\"d\":1e308,",
    b"\"f\":\"NaN\",",
    b"\"s\":\"\\ud83d\",",
    b"\"us\":[0,128],",
    b"\"items\":[{\"id\":0}],",
    b"\"node\":{\"next\":{}},",
    b"null",
    b"-0.5",
];

/// Keys and values of bodies.
pub const FIELDS: &[&[u8]] = &[
    b"\x08\x01",
    b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x1d\0\0\xc0\x7f",
    b"\x21\0\0\0\0\0\0\xf0\x7f",
    b"\x2a\x01\x01",
    b"\x30\x02\x01\x80\x01",
    b"\x39\xff\xff\xff\xff\x0f",
    b"\x42\0",
    b"\x4a\x02\x08\x01",
    b"\x52\x04\x1a\0\x08\x01",
    b"\x5a\x02\x0a\0",
    b"\x5a\x80\x80\x01",
];

const SCHEMA: &str = r#"{
    "all": {
        "message Item": { "required uInt32 id": 1, "optional string name": 2, "repeated sInt32 mods": 3 },
        "optional uInt32 u": 1, "optional int32 i": 2, "optional float f": 3,
        "optional double d": 4, "optional string s": 5, "repeated uInt32 us": 6,
        "repeated double ds": 7, "repeated string ss": 8, "optional Item item": 9,
        "repeated Item items": 10, "optional Node node": 11
    },
    "message Node": { "optional Node next": 1, "repeated Node children": 2 }
}"#;

static SCHEMAS: LazyLock<Schemas> =
    LazyLock::new(|| Schemas::parse(SCHEMA, "{}").expect("the schema is right"));

const LIMITS: DecodeLimits = DecodeLimits { bytes: 1 << 20, nesting: 100 };

fn schema() -> RouteSchema<'static> {
    SCHEMAS.route("all", Direction::ToClient).expect("it has this route")
}

/// A body that is decoded is JSON within the limits, and is the same when it is encoded and
/// decoded again.
pub fn protobuf_body(bytes: &[u8]) {
    let mut text = Vec::new();
    if schema().decode(bytes, LIMITS, &mut text).is_err() {
        assert!(text.is_empty(), "nothing is left of what failed");
        return;
    }
    assert!(text.len() <= LIMITS.bytes);
    let value: Value = json::read_bytes(&text, json::NESTING).expect("it is JSON");
    // Integers may have 64 bits, of which 53 can be written. A number that JSON does not have
    // is null, which a list cannot contain.
    let mut again = Vec::new();
    if schema().encode_partial_json(&text, &mut again).is_err() {
        return;
    }
    let mut same = Vec::new();
    schema().decode(&again, LIMITS, &mut same).expect("what was written can be read");
    let same: Value = json::read_bytes(&same, json::NESTING).expect("it is JSON");
    assert_eq!(normal(same), normal(value));
}

/// JSON that is encoded is encoded the same after it was decoded.
pub fn protobuf_json(bytes: &[u8]) {
    let mut body = Vec::new();
    if schema().encode_json(bytes, &mut body).is_err() {
        assert!(body.is_empty(), "nothing is left of what failed");
        return;
    }
    let limits = DecodeLimits { bytes: usize::MAX, nesting: usize::MAX };
    let mut text = Vec::new();
    schema().decode(&body, limits, &mut text).expect("what was written can be read");
    let mut again = Vec::new();
    if schema().encode_partial_json(&text, &mut again).is_ok() {
        let mut same = Vec::new();
        schema().decode(&again, limits, &mut same).expect("what was written can be read");
        let read = |text: &[u8]| -> Value { serde_json::from_slice(text).expect("it is JSON") };
        if let Ok(value) = serde_json::from_slice(&text) {
            assert_eq!(normal(read(&same)), normal(value));
        }
    }
}

/// Schemas of a file are the same in a handshake, and schemas of any handshake can be used.
pub fn protobuf_schemas(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(schemas) = Schemas::parse(text, "{}") {
        let again = Schemas::of_handshake(schemas.protos().clone());
        assert_eq!(again, schemas);
        assert_eq!(schemas.version().len(), 24);
        let of = |schemas: &Schemas| schemas.routes(Direction::ToClient).count();
        assert_eq!(of(&again), of(&schemas));
    }
    let Ok(server) = serde_json::from_str::<Value>(text) else { return };
    let schemas =
        Schemas::of_handshake(Protos { server, client: Value::Null, version: None }.into());
    for route in schemas.routes(Direction::ToClient) {
        let schema = schemas.route(route, Direction::ToClient).expect("it has this route");
        for body in bodies() {
            let mut text = Vec::new();
            if schema.decode(&body, LIMITS, &mut text).is_ok() {
                assert!(serde_json::from_slice::<Value>(&text).is_ok(), "it is JSON");
                let _ = schema.encode_partial_json(&text, &mut Vec::new());
            }
        }
    }
}

/// Drops what a body cannot express: null, and lists that are empty.
fn normal(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, normal(value)))
            .filter(|(_, value)| {
                !value.is_null() && value.as_array().is_none_or(|it| !it.is_empty())
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(normal).collect(),
        Value::Number(number) => number.as_f64().into(),
        other => other,
    }
}

/// Messages of each kind, as JSON.
pub fn messages() -> Vec<Vec<u8>> {
    owned([
        br#"{"u":300,"i":-1,"f":0.5,"d":0.1,"s":"a\"b","us":[1,2],"ds":[0,-1.5],"ss":["","x"]}"#,
        br#"{"item":{"id":1,"name":"a","mods":[-1,1]},"items":[{"id":0},{"id":128}]}"#,
        br#"{"node":{"next":{"next":{}},"children":[{},{"children":[{}]}]},"s":null}"#,
    ])
}

/// The same messages, and recorded ones.
pub fn bodies() -> Vec<Vec<u8>> {
    let encoded = messages().into_iter().filter_map(|json| {
        let mut body = Vec::new();
        schema().encode_json(&json, &mut body).ok().map(|()| body)
    });
    encoded.chain(File::Protobuf.bytes()).collect()
}

/// Schemas as in files, and as in a handshake.
pub fn schemas() -> Vec<Vec<u8>> {
    let parsed = SCHEMAS.protos().server.to_string().into_bytes();
    owned([
        SCHEMA.as_bytes(),
        br#"{"a.b.c":{"required uInt32 a":1},"message M":{"//":"no"}}"#,
        &parsed,
    ])
}
