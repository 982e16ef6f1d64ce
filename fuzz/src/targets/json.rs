//! Canonical JSON of protobuf messages.

use connector::proto::Message;
use connector_tests_generated::json::{Known, Scalars, Shapes};

use super::owned;

/// Fields, and values that they might have.
pub const TOKENS: &[&[u8]] = &[
    b"\"small\":",
    b"\"large\":",
    b"\"wide\":",
    b"\"narrow\":",
    b"\"data\":",
    b"\"color\":",
    b"\"inners\":{\"1\":{}},",
    b"\"flags\":{\"true\":\"AA==\"},",
    b"\"at\":\"1970-01-01T00:00:00Z\",",
    b"\"lasts\":\"1.5s\",",
    b"\"mask\":\"a.bC,d\",",
    b"\"any\":",
    b"\"null\":null,",
    b"\"NaN\"",
    b"\"-Infinity\"",
    b"\"9223372036854775808\"",
    b"1e308",
    b"0.1",
    b"-0",
    b"\"0001-01-01T00:00:00Z\"",
    b"\"9999-12-31T23:59:59.999999999Z\"",
    b"\"-315576000000s\"",
    b"\"_-8\"",
    b"null",
    b"[",
    b"{",
];

/// Fields of protobuf messages.
pub const FIELDS: &[&[u8]] = &[
    b"\x08\x01",
    b"\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x12\0",
    b"\x1a\x02\x08\x01",
    b"\x22\x04\x08\x01\x12\0",
    b"\x39\0\0\0\0\0\0\xf8\x7f",
    b"\x35\0\0\x80\x7f",
    b"\x4a\x05\x0a\x03a_b",
    b"\x5a\0",
    b"\x2a\x04\x0a\x02\x32\0",
];

/// JSON that is read is written as JSON that reads the same.
pub fn canonical_json(bytes: &[u8]) {
    read::<Scalars>(bytes);
    read::<Shapes>(bytes);
    read::<Known>(bytes);
}

/// A message that has a form in JSON reads from it the same.
pub fn canonical_json_of_protobuf(bytes: &[u8]) {
    decode::<Scalars>(bytes, |_| {});
    decode::<Shapes>(bytes, |_| {});
    decode::<Known>(bytes, |known| {
        // `null` is all that a `NullValue` can say, whatever its number, and a
        // span is written with one sign.
        known.null = 0;
        if let Some(lasts) = &mut known.lasts {
            lasts.normalize();
        }
    });
}

fn read<M: Message + PartialEq>(bytes: &[u8]) {
    let Ok(message) = serde_json::from_slice::<M>(bytes) else { return };
    check(&message);
}

/// `null` is what a `Value` without a kind becomes, and then it has one.
fn decode<M: Message + PartialEq>(bytes: &[u8], fit: impl FnOnce(&mut M)) {
    let Ok(mut message) = M::decode(bytes) else { return };
    fit(&mut message);
    let Some((again, text)) = written(&message) else { return };
    assert!(again == message || text.contains("null") || text.contains("NaN"), "{text}");
    check(&again);
}

fn check<M: Message + PartialEq>(message: &M) {
    let Some((again, text)) = written(message) else { return };
    // A number that is none is not equal to itself.
    assert!(again == *message || text.contains("NaN"), "{text}");
}

/// The message that its own JSON is, and that JSON. Some values have none:
/// times outside of the calendar, numbers that are none in a `Value`.
fn written<M: Message>(message: &M) -> Option<(M, String)> {
    let text = serde_json::to_string(message).ok()?;
    let again = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    Some((again, text))
}

/// A message of each kind, in JSON.
pub fn texts() -> Vec<Vec<u8>> {
    owned([
        r#"{"yes":true,"small":-5,"smallNatural":4294967295,"large":"-9007199254740993","largeNatural":"18446744073709551615","narrow":0.5,"wide":-1.25,"text":"ä\n\"","data":"+/8=","color":"COLOR_RED","called":"x"}"#.as_bytes(),
        br#"{"maybe":0,"numbers":["1","-2"],"colors":["COLOR_RED",7],"inners":{"-1":{"mood":"MOOD_WILD","around":{"maybe":1}}},"moods":{"a":"MOOD_CALM"},"flags":{"true":"AA==","false":""},"inner":{},"word":"w"}"#,
        br#"{"count":"12"}"#,
        br#"{"nothing":{}}"#,
        br#"{"at":"2024-02-29T23:59:59.000000001Z","lasts":"-1.500s","anyObject":{"a":[1,"x",null,{"b":true}]},"any":0.1,"anyList":[[]],"maybeLarge":"9","maybeText":"","maybeData":"/w==","mask":"a.bC,d","null":null,"times":["1970-01-01T00:00:00Z"]}"#,
        br#"{"wide":1e-7,"narrow":"NaN","small":1.0e1,"large":-3}"#,
    ])
}

/// The same messages, in protobuf.
pub fn protobufs() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for text in texts() {
        seeds.extend(serde_json::from_slice::<Scalars>(&text).map(|it| encoded(&it)));
        seeds.extend(serde_json::from_slice::<Shapes>(&text).map(|it| encoded(&it)));
        seeds.extend(serde_json::from_slice::<Known>(&text).map(|it| encoded(&it)));
    }
    seeds
}

fn encoded(message: &impl prost::Message) -> Vec<u8> {
    message.encode_to_vec()
}
