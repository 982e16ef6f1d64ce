use serde_json::{Value, json};

use super::*;
use crate::json::NESTING;
use crate::pomelo::handshake::{Direction, Protos};

/// Every kind of field; `Node` may lie in itself.
const ALL: &str = r#"{
    "all": {
        "message Item": { "required uInt32 id": 1, "optional string name": 2, "repeated sInt32 mods": 3 },
        "optional uInt32 u": 1,
        "optional int32 i": 2,
        "optional float f": 3,
        "optional double d": 4,
        "optional string s": 5,
        "repeated uInt32 us": 6,
        "repeated double ds": 7,
        "repeated string ss": 8,
        "optional Item item": 9,
        "repeated Item items": 10,
        "optional Node node": 11,
        "repeated float fs": 12
    },
    "strict": { "required uInt32 code": 1, "required string text": 2, "optional Node node": 3 },
    "message Node": { "optional Node next": 1, "optional uInt32 n": 2 }
}"#;

fn schemas() -> Schemas {
    Schemas::parse(ALL, "{}").unwrap()
}

fn encoded(route: &str, json: &Value) -> Result<Vec<u8>, EncodeError> {
    let mut out = b"before".to_vec();
    let schemas = schemas();
    let schema = schemas.route(route, Direction::ToClient).unwrap();
    let result = schema.encode(json, &mut out);
    assert_eq!(&out[..6], b"before");
    match result {
        Ok(()) => Ok(out.split_off(6)),
        Err(error) => {
            assert_eq!(out.len(), 6, "nothing is left of what failed");
            Err(error)
        }
    }
}

fn decoded_within(body: &[u8], limits: DecodeLimits) -> Result<String, DecodeError> {
    let mut out = b"before".to_vec();
    let schemas = schemas();
    let result = schemas.route("all", Direction::ToClient).unwrap().decode(body, limits, &mut out);
    assert_eq!(&out[..6], b"before");
    match result {
        Ok(()) => Ok(String::from_utf8(out.split_off(6)).unwrap()),
        Err(error) => {
            assert_eq!(out.len(), 6, "nothing is left of what failed");
            Err(error)
        }
    }
}

fn decoded(body: &[u8]) -> Result<String, DecodeError> {
    decoded_within(body, DecodeLimits::default())
}

#[test]
fn every_kind_of_field_is_written_and_read_in_its_order() {
    let message = json!({
        "items": [{ "id": 1, "mods": [-1, 0, 1] }, { "name": "ü\"\n", "id": 2 }],
        "u": 9_007_199_254_740_991_u64,
        "i": -4_503_599_627_370_496_i64,
        "f": 0.5,
        "d": 1e-300,
        "s": "",
        "us": [0, 127, 128],
        "ds": [0, -1.5],
        "ss": ["a", ""],
        "item": { "id": 0 },
        "node": { "next": { "next": {}, "n": 1 } },
        "fs": [3],
    });
    let body = encoded("all", &message).unwrap();
    assert_eq!(decoded(&body).unwrap(), message.to_string());
}

#[test]
fn long_lists_and_messages_have_room_for_their_lengths() {
    for count in [1, 127, 128, 16_383, 16_384] {
        let message = json!({
            "us": vec![7; count],
            "item": { "id": 1, "name": "x".repeat(count) },
            "ss": ["y".repeat(count)],
        });
        let body = encoded("all", &message).unwrap();
        assert_eq!(decoded(&body).unwrap(), message.to_string());
    }
}

#[test]
fn null_is_an_absent_field_and_an_empty_list_too() {
    let message = json!({ "u": null, "us": null, "ss": [], "ds": [], "item": null, "i": 1 });
    assert_eq!(encoded("all", &message).unwrap(), [0x10, 2]);
    assert_eq!(encoded("all", &Value::Null).unwrap(), b"");
    assert_eq!(encoded("all", &json!({ "unknown": [{ "a": 1 }] })).unwrap(), b"");
    assert_eq!(decoded(b"").unwrap(), "{}");
}

#[test]
fn numbers_are_read_from_texts_and_fractions_are_cut_off() {
    let numbers = |text: Value| encoded("all", &json!({ "i": text })).unwrap();
    assert_eq!(numbers(json!("42")), numbers(json!(42)));
    assert_eq!(numbers(json!(" -1.9 ")), numbers(json!(-1)));
    assert_eq!(numbers(json!(0.9)), numbers(json!(0)));
    assert_eq!(numbers(json!(-0.9)), numbers(json!(0)));
    assert_eq!(numbers(json!(1e15)), numbers(json!(1_000_000_000_000_000_u64)));
    let double = |text: Value| encoded("all", &json!({ "d": text })).unwrap();
    assert_eq!(double(json!("1.5")), double(json!(1.5)));
    // In the canonical JSON of messages.
    assert_eq!(double(json!("Infinity"))[1..], f64::INFINITY.to_le_bytes());
    assert_eq!(double(json!("-Infinity"))[1..], f64::NEG_INFINITY.to_le_bytes());
    assert!(f64::from_le_bytes(double(json!("NaN"))[1..].try_into().unwrap()).is_nan());
}

#[test]
fn what_does_not_fit_is_told_with_its_path() {
    let error = |route, message| encoded(route, &message).unwrap_err().to_string();
    let at = |path: &str, what: &str| match path {
        "" => format!("the body does not fit its schema: {what}"),
        path => format!("the body does not fit its schema at `{path}`: {what}"),
    };
    for (message, path, what) in [
        (json!({ "u": -1 }), "u", "-1 is not within 0 to 2^53 - 1"),
        (json!({ "u": "-1" }), "u", "-1 is not within 0 to 2^53 - 1"),
        (json!({ "u": 1_u64 << 53 }), "u", "9007199254740992 is not within 0 to 2^53 - 1"),
        (json!({ "u": 1e300 }), "u", "1e300 is not within 0 to 2^53 - 1"),
        (json!({ "u": "inf" }), "u", "inf is not within 0 to 2^53 - 1"),
        (json!({ "i": i64::MIN }), "i", "-9223372036854775808 is not within -2^52 to 2^53 - 1"),
        (json!({ "u": "x" }), "u", "a text is not an integer"),
        (json!({ "u": true }), "u", "true is not an integer"),
        (json!({ "u": [1] }), "u", "a list is not an integer"),
        (json!({ "f": {} }), "f", "an object is not a number"),
        (json!({ "s": 1 }), "s", "1 is not a text"),
        (json!({ "s": -1 }), "s", "-1 is not a text"),
        (json!({ "s": 0.5 }), "s", "0.5 is not a text"),
        (json!({ "us": 1 }), "us", "1 is not a list"),
        (json!({ "us": "1" }), "us", "a text is not a list"),
        (json!({ "us": {} }), "us", "an object is not a list"),
        (json!({ "us": [0, null] }), "us[1]", "null is not an integer"),
        (json!({ "ss": ["", null] }), "ss[1]", "null is not a text"),
        (json!({ "item": 7 }), "item", "7 is not an object"),
        (json!({ "item": {} }), "item.id", "the field is required by its schema"),
        (
            json!({ "items": [{ "id": 1 }, {}] }),
            "items[1].id",
            "the field is required by its schema",
        ),
        (
            json!({ "items": [{ "id": 1, "mods": [0, "?"] }] }),
            "items[0].mods[1]",
            "a text is not an integer",
        ),
        (json!([]), "", "a list is not an object"),
        (json!(1), "", "1 is not an object"),
    ] {
        assert_eq!(error("all", message), at(path, what));
    }
    let missing = "the field is required by its schema";
    assert_eq!(error("strict", json!({ "text": "" })), at("code", missing));
    assert_eq!(error("strict", json!({ "code": 1, "text": null })), at("text", missing));
    assert_eq!(error("strict", Value::Null), at("code", missing));
}

#[test]
fn a_part_of_a_message_is_written_if_that_is_wanted() {
    let schemas = schemas();
    let schema = schemas.route("strict", Direction::ToClient).unwrap();
    let partial = |json: &str| {
        let mut out = Vec::new();
        schema.encode_partial_json(json.as_bytes(), &mut out).map(|()| out)
    };
    assert_eq!(partial(r#"{"code":500,"msg":"no"}"#).unwrap(), [0x08, 0xf4, 0x03]);
    assert_eq!(partial("{}").unwrap(), b"");
    assert!(partial(r#"{"code":"?"}"#).is_err());
    assert!(schema.has_field("code") && !schema.has_field("msg"));
}

#[test]
fn json_that_serde_refuses_is_mended_and_bounded() {
    let schemas = schemas();
    let schema = schemas.route("all", Direction::ToClient).unwrap();
    let written = |json: &[u8]| {
        let mut out = Vec::new();
        schema.encode_json(json, &mut out).map(|()| out)
    };
    assert_eq!(written(br#"{"s":"\ud83d"}"#).unwrap(), "\u{2a}\u{3}\u{fffd}".as_bytes());
    let nested = |levels: usize| {
        let open = "{\"next\":".repeat(levels);
        written(format!("{{\"node\":{open}{{}}{}}}", "}".repeat(levels)).as_bytes())
    };
    let deep = nested(NESTING - 2).unwrap();
    assert_eq!(deep[0], 11 << 3 | 2);
    let error = nested(NESTING).unwrap_err().to_string();
    assert!(error.contains(&format!("`nesting` allows {NESTING}")), "{error}");
    let error = written(b"{\"u\":1").unwrap_err();
    assert!(matches!(error.fault, EncodeFault::Json(_)), "{error}");
    assert!(written(b"{} {}").is_err());
}

#[test]
fn values_of_a_field_may_lie_apart() {
    // us: 1, ss: "a", us: 2 3, u: 1, ss: "b", u: 2
    let body = b"\x30\x01\x01\x42\x01a\x30\x02\x02\x03\x08\x01\x42\x01b\x08\x02";
    assert_eq!(decoded(body).unwrap(), r#"{"us":[1,2,3],"ss":["a","b"],"u":2}"#);
    // The last message counts, as a whole.
    let body = b"\x4a\x05\x08\x01\x12\x01a\x4a\x02\x08\x02";
    assert_eq!(decoded(body).unwrap(), r#"{"item":{"id":2}}"#);
    // A list without items was sent.
    assert_eq!(decoded(b"\x30\x00").unwrap(), r#"{"us":[]}"#);
}

#[test]
fn numbers_have_the_form_of_javascript() {
    let double = |number: f64| {
        let mut body = vec![4 << 3 | 1];
        body.extend(number.to_le_bytes());
        decoded(&body).unwrap()
    };
    // Each by `JSON.stringify` of Node.
    for (number, text) in [
        (1.0, "1"),
        (-3.0, "-3"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (-123.25, "-123.25"),
        (100.0, "100"),
        (0.000_001, "0.000001"),
        (1e-7, "1e-7"),
        (9_007_199_254_740_992.0, "9007199254740992"),
        (1.2e20, "120000000000000000000"),
        (1e21, "1e+21"),
        (0.000_001_5, "0.0000015"),
        (1.5e-7, "1.5e-7"),
        (f64::MAX, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (f64::NAN, "null"),
        (f64::INFINITY, "null"),
    ] {
        assert_eq!(double(number), format!(r#"{{"d":{text}}}"#));
    }
    // A float is read as a double.
    let mut body = vec![3 << 3 | 5];
    body.extend(0.1_f32.to_le_bytes());
    assert_eq!(decoded(&body).unwrap(), r#"{"f":0.10000000149011612}"#);
}

#[test]
fn texts_need_not_be_utf8() {
    // As the browser client writes it.
    assert_eq!(decoded(b"\x2a\x06\xed\xa0\xbd\xed\xb8\x80").unwrap(), r#"{"s":"😀"}"#);
    assert_eq!(decoded(b"\x2a\x01\xff").unwrap(), "{\"s\":\"\u{fffd}\"}");
}

#[test]
fn what_cannot_be_decoded_is_told_with_its_path() {
    let fault = |body: &[u8]| {
        let DecodeError { path, fault } = decoded(body).unwrap_err();
        (path, fault)
    };
    let at = |path: &str, fault| (path.to_owned(), fault);
    assert_eq!(fault(b"\x08"), at("u", DecodeFault::Number));
    assert_eq!(fault(b"\x80"), at("", DecodeFault::Number));
    assert_eq!(
        fault(&[b"\x08".as_slice(), &[0xff; 10], &[1]].concat()),
        at("u", DecodeFault::Number)
    );
    assert_eq!(fault(b"\x2a\x02a"), at("s", DecodeFault::Truncated));
    assert_eq!(fault(b"\x21\0\0\0\0\0\0\0"), at("d", DecodeFault::Truncated));
    assert_eq!(fault(b"\x68\x01"), at("", DecodeFault::UnknownTag(13)));
    assert_eq!(fault(b"\x4a\x02\x40\0"), at("item", DecodeFault::UnknownTag(8)));
    assert_eq!(fault(b"\x4a\x03\x1a\x02\0"), at("item.mods", DecodeFault::Number));
    // The message ends before its field does.
    assert_eq!(fault(b"\x4a\x03\x12\x02a"), at("item.name", DecodeFault::Truncated));
    let error = decoded(b"\x4a\x02\x40\0").unwrap_err().to_string();
    assert_eq!(
        error,
        "the body does not fit its schema at `item`: the schema has no field with the tag 8"
    );
}

#[test]
fn a_large_number_of_items_takes_nothing_that_was_not_sent() {
    let most = [0xff; 8];
    for key in [b"\x30", b"\x39", b"\x65"] {
        let body = [key.as_slice(), &most, &[0x7f, 1, 1]].concat();
        assert!(decoded(&body).is_err());
    }
}

#[test]
fn what_comes_of_a_body_is_bounded() {
    let limits = |bytes, nesting| DecodeLimits { bytes, nesting };
    let text = [b"\x2a\x64".as_slice(), &[1; 100]].concat();
    let json = decoded_within(&text, limits(608, 1)).unwrap();
    assert_eq!(json.len(), 608);
    let error = decoded_within(&text, limits(607, 1)).unwrap_err();
    assert_eq!(error.fault, DecodeFault::TooLarge { limit: 607 });
    let chain = encoded("all", &json!({ "node": { "next": { "next": {} } } })).unwrap();
    assert!(decoded_within(&chain, limits(1_000, 4)).is_ok());
    let error = decoded_within(&chain, limits(1_000, 3)).unwrap_err();
    assert_eq!(error.fault, DecodeFault::TooDeep { limit: 3 });
    assert_eq!(error.path, "node.next.next");
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_place() {
    let mistake = |client: &str| Schemas::parse("{}", client).unwrap_err();
    for (file, place, fault) in [
        ("[]", "", SchemaFault::NotAnObject),
        (r#"{"a.b.c": 1}"#, "a.b.c", SchemaFault::NotAnObject),
        (r#"{"a": {"message M": 1}}"#, "a > message M", SchemaFault::NotAnObject),
        (r#"{"a": {"requried uInt32 x": 1}}"#, "a > requried uInt32 x", SchemaFault::Key),
        (r#"{"a": {"required  uInt32 x": 1}}"#, "a > required  uInt32 x", SchemaFault::Key),
        (r#"{"a": {"required uInt32 ": 1}}"#, "a > required uInt32 ", SchemaFault::Key),
        (r#"{"a": {"required uInt32 x": 0}}"#, "a > required uInt32 x", SchemaFault::Tag),
        (r#"{"a": {"required uInt32 x": "1"}}"#, "a > required uInt32 x", SchemaFault::Tag),
        (r#"{"a": {"required uInt32 x": 268435456}}"#, "a > required uInt32 x", SchemaFault::Tag),
        (
            r#"{"a": {"optional uInt32 __tags": 1}}"#,
            "a > optional uInt32 __tags",
            SchemaFault::Reserved,
        ),
        (
            r#"{"a": {"optional uInt32 x": 1, "optional uInt32 y": 1}}"#,
            "a > optional uInt32 y",
            SchemaFault::DuplicateTag { tag: 1, owner: "x".into() },
        ),
        (
            r#"{"a": {"optional uInt32 x": 1, "optional string x": 2}}"#,
            "a > optional string x",
            SchemaFault::DuplicateName,
        ),
        (
            r#"{"a": {"optional bool x": 1}}"#,
            "a > optional bool x",
            SchemaFault::Type("bool".into()),
        ),
        (
            // A message is not known to those that lie beside it.
            r#"{"a": {"message M": {"optional N n": 1}, "message N": {}}}"#,
            "a > message M > optional N n",
            SchemaFault::Type("N".into()),
        ),
    ] {
        let error = mistake(file);
        assert_eq!((&*error.place, &error.fault), (place, &fault));
        assert_eq!(error.file, SchemaFile::Client);
    }
    let error = mistake("{");
    assert!(matches!(error.fault, SchemaFault::Json(_)), "{error}");
    let error = Schemas::parse(r#"{"onLine": {"optional bool loud": 3}}"#, "{}").unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(
            "in the server's schemas (serverProtos.json), at `onLine > optional bool loud`: the \
             type `bool` is neither"
        ),
        "{text}"
    );
    // Comments, and a mark that editors write.
    let fine = "\u{feff}{\"a\": {\"//\": \"a comment\", \"optional uInt32 x\": 268435455}}";
    assert!(Schemas::parse("{}", fine).is_ok());
}

#[test]
fn the_version_is_that_of_pomelo() {
    // In JavaScript keys that are numbers come first, and the version is a hash of the order.
    let server = r#"{
        "b.b.b": {
            "optional uInt32 z": 10, "optional string 7": 2, "optional string a": 1,
            "message 12": {}, "message 3": { "optional float ü\"": 1 }, "message X": {}
        },
        "42": {},
        "message R": { "optional R next": 1 }
    }"#;
    let schemas = Schemas::parse(server, "{}").unwrap();
    assert_eq!(schemas.version(), "l2IVWN1BCZqnB6SQR8Au9Q==");
}

#[test]
fn schemas_of_a_handshake_are_read_as_by_released_clients() {
    let schemas = schemas();
    let again = Schemas::of_handshake(schemas.protos().clone());
    assert_eq!(again, schemas);
    let body = encoded("all", &json!({ "item": { "id": 3 }, "fs": [1] })).unwrap();
    let mut json = Vec::new();
    let schema = again.route("all", Direction::ToClient).unwrap();
    schema.decode(&body, DecodeLimits::default(), &mut json).unwrap();
    assert_eq!(json, br#"{"item":{"id":3},"fs":[1]}"#);
    assert!(again.route("all", Direction::ToServer).is_none());
    assert!(again.route("message Node", Direction::ToClient).is_none());
    for odd in [json!(null), json!([]), json!({ "a": 1 }), json!({ "a": { "x": { "option": 1 } } })]
    {
        let protos = Protos { server: odd.clone(), client: odd, version: None };
        let schemas = Schemas::of_handshake(protos.into());
        let schema = schemas.route("a", Direction::ToClient);
        assert!(schema.is_none_or(|schema| !schema.has_field("x")));
        assert_eq!(schemas.version(), "");
    }
}

#[test]
fn types_that_do_not_exist_have_no_value() {
    let server = json!({ "a": {
        "x": { "option": "optional", "type": "bool", "tag": 1 },
        "xs": { "option": "repeated", "type": "uInt64", "tag": 2 },
        "z": { "option": "optional", "type": "uInt32", "tag": 3 },
        "__messages": {}, "__tags": { "1": "x", "2": "xs", "3": "z" },
    }});
    let protos = Protos { server, client: json!({}), version: None };
    let schemas = Schemas::of_handshake(protos.into());
    let schema = schemas.route("a", Direction::ToClient).unwrap();
    let mut out = Vec::new();
    schema.encode_json(br#"{"x":true,"xs":[1,2],"z":1}"#, &mut out).unwrap();
    assert_eq!(out, [0x18, 1]);
    let mut json = Vec::new();
    schema.decode(b"\x0a\x12\xff\xff\x7f\x18\x01", DecodeLimits::default(), &mut json).unwrap();
    assert_eq!(json, br#"{"z":1}"#);
}

#[test]
fn schemas_of_two_sources_are_joined() {
    let one = Schemas::parse(
        r#"{"a": {"optional M m": 1}, "message M": {"optional uInt32 x": 1}}"#,
        "{}",
    );
    let same = r#"{"b": {"optional M m": 1}, "message M": {"optional uInt32 x": 1}}"#;
    let other = Schemas::parse(same, r#"{"c": {}}"#).unwrap();
    let both = one.unwrap().and(&other).unwrap();
    let mut routes: Vec<_> = both.routes(Direction::ToClient).collect();
    routes.sort_unstable();
    assert_eq!(routes, ["a", "b"]);
    assert!(both.route("c", Direction::ToServer).is_some());
    let another = Schemas::parse(r#"{"message M": {"optional uInt32 y": 1}}"#, "{}").unwrap();
    let error = both.and(&another).unwrap_err();
    assert_eq!((&*error.place, error.fault), ("message M", SchemaFault::Twice));
}

#[test]
fn more_required_fields_than_a_word_has_bits() {
    let fields: Vec<_> = (1..=70).map(|tag| format!("\"required uInt32 f{tag}\": {tag}")).collect();
    let schemas = Schemas::parse(&format!("{{\"a\": {{{}}}}}", fields.join(",")), "{}").unwrap();
    let schema = schemas.route("a", Direction::ToClient).unwrap();
    let mut message: serde_json::Map<String, Value> =
        (1..=70).map(|tag| (format!("f{tag}"), tag.into())).collect();
    schema.encode(&message, &mut Vec::new()).unwrap();
    message.remove("f67");
    let error = schema.encode(&message, &mut Vec::new()).unwrap_err();
    assert_eq!((&*error.path, error.fault), ("f67", EncodeFault::Missing));
}
