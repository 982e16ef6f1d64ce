//! Pomelo-protobuf: what the released implementation wrote and read.
#![cfg(feature = "wire")]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod recorded;

use connector_protocol::pomelo::handshake::{Direction, Protos};
use connector_protocol::pomelo::protobuf::{
    DecodeError, DecodeFault, DecodeLimits, EncodeFault, RouteSchema, SchemaFault, Schemas,
};
use recorded::{hex, list};
use serde_json::{Value, json};

const VECTORS: &str = include_str!("../vectors/protobuf.json");

/// A schema file with a single route.
fn file(schema: &Value) -> String {
    json!({ "r": schema }).to_string()
}

fn route(schemas: &Schemas) -> RouteSchema<'_> {
    schemas.route("r", Direction::ToClient).unwrap()
}

fn decoded(schema: RouteSchema<'_>, body: &[u8]) -> Result<Value, DecodeError> {
    let mut out = Vec::new();
    schema.decode(body, DecodeLimits::default(), &mut out)?;
    Ok(serde_json::from_slice(&out).unwrap())
}

/// The same value, with all numbers as `f64`, as in JavaScript.
fn as_javascript(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(as_javascript).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), as_javascript(value))).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn values_are_written_and_read_as_recorded() {
    for vector in list(VECTORS, "values") {
        let name = vector["name"].as_str().unwrap();
        let message = &vector["message"];
        let schemas = match Schemas::parse(&file(&vector["schema"]), "{}") {
            Ok(schemas) => schemas,
            Err(error) => {
                // Pomelo's key of such a field has no value behind it, or has 32 bits too many.
                match name {
                    "tag 536870911" => assert_eq!(error.fault, SchemaFault::Tag),
                    _ => assert!(matches!(error.fault, SchemaFault::Type(_)), "{name}: {error}"),
                }
                continue;
            }
        };
        let mut out = Vec::new();
        let written = route(&schemas).encode(message, &mut out);
        if vector["hex"].is_null() {
            match (name, written) {
                // A buffer of pomelo's is too short for it.
                ("packed zeros", Ok(())) => {
                    assert_eq!(decoded(route(&schemas), &out).unwrap(), *message);
                }
                // Pomelo throws, or writes an empty body.
                ("int32 NaN", Err(error)) => {
                    assert!(matches!(error.fault, EncodeFault::Type { .. }), "{error}");
                }
                ("required null int", Err(error)) => {
                    assert_eq!((&*error.path, error.fault), ("a", EncodeFault::Missing));
                }
                ("nested missing required", Err(error)) => {
                    assert_eq!((&*error.path, error.fault), ("p.y", EncodeFault::Missing));
                }
                (name, written) => panic!("{name}: {written:?}"),
            }
            continue;
        }
        written.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(out, hex(&vector["hex"]), "{name}");
        let read = decoded(route(&schemas), &out).unwrap();
        assert_eq!(as_javascript(&read), as_javascript(&vector["decoded"]), "{name}");
    }
}

#[test]
fn fields_without_a_type_are_read_as_recorded() {
    let vectors = list(VECTORS, "values");
    let vectors = vectors.iter().filter(|vector| {
        vector["name"].as_str().is_some_and(|name| name.starts_with("unknown scalar type"))
            || vector["name"] == "unknown type bytes"
    });
    let mut count = 0;
    for vector in vectors {
        // Released servers have them in their handshake.
        let field = |kind| json!({ "option": "optional", "type": kind, "tag": 1 });
        let kind = if vector["message"]["a"] == true { "bool" } else { "bytes" };
        let server = json!({ "r": {
            "a": field(kind),
            "z": { "option": "optional", "type": "uInt32", "tag": 2 },
            "__messages": {}, "__tags": { "1": "a", "2": "z" },
        }});
        let protos = Protos { server, client: json!({}), version: None };
        let schemas = Schemas::of_handshake(protos.into());
        assert_eq!(decoded(route(&schemas), &hex(&vector["hex"])).unwrap(), vector["decoded"]);
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn bytes_that_pomelo_would_not_write_are_read_as_recorded() {
    for vector in list(VECTORS, "decode_only") {
        let name = vector["name"].as_str().unwrap();
        let schemas = Schemas::parse(&file(&vector["schema"]), "{}").unwrap();
        let read = decoded(route(&schemas), &hex(&vector["hex"]));
        match vector.get("decoded") {
            Some(expected) => assert_eq!(read.unwrap(), *expected, "{name}"),
            // Pomelo throws out of its socket's handler.
            None => assert_eq!(read.unwrap_err().fault, DecodeFault::Number, "{name}"),
        }
    }
}

#[test]
fn messages_beside_the_routes_are_shared_by_them() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let vector = &vectors["root_message"];
    let text = vector["schema"].to_string();
    let schemas = Schemas::parse(&text, &text).unwrap();
    assert_eq!(schemas.version(), vector["version"]);
    // Byte for byte, since the version is a hash of it.
    let parsed = vector["parsed_form_sent_in_handshake"].to_string();
    assert_eq!(schemas.protos().server.to_string(), parsed);
    let schema = schemas.route(vector["route"].as_str().unwrap(), Direction::ToServer).unwrap();
    let mut out = Vec::new();
    schema.encode(&vector["message"], &mut out).unwrap();
    assert_eq!(out, hex(&vector["hex"]));
    assert_eq!(decoded(schema, &out).unwrap(), vector["message"]);
}

#[test]
fn a_body_cut_at_any_byte_is_an_error_or_a_part() {
    let vectors = list(VECTORS, "values");
    let nested = vectors.iter().find(|vector| vector["name"] == "nested two levels").unwrap();
    let schemas = Schemas::parse(&file(&nested["schema"]), "{}").unwrap();
    let body = hex(&nested["hex"]);
    for cut in 1..body.len() {
        assert!(decoded(route(&schemas), &body[..cut]).is_err(), "{cut}");
    }
}
