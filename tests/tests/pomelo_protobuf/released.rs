//! The released pomelo-protobuf 0.4.0 beside ours, on random schemas and messages.

use connector::PomeloSchemas;
use connector::protocol::pomelo::handshake::Direction;
use connector::protocol::pomelo::protobuf::DecodeLimits;
use connector_tests::long::is_long;
use connector_tests::peer::Peers;
use fastrand::Rng;
use serde_json::{Value, json};

use super::cases::{Case, ROUTE};

/// The number of cases of every day, and of the long form.
fn cases() -> usize {
    if is_long() { 10_000 } else { 400 }
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn both_write_the_same_bytes_and_read_the_same_values() {
    let Some(peers) = Peers::find() else { return };
    let mut released = peers.talk("pomelo-protobuf.js");
    let (mut written, mut failed) = (0, 0);
    for seed in 0..cases() as u64 {
        let Case { schemas: file, message, expected } = Case::random(&mut Rng::with_seed(seed));
        let text = file.to_string();
        let at = || format!("seed {seed}: {message} by {text}");
        let schemas = PomeloSchemas::parse(&text, &text).unwrap_or_else(|error| panic!("{error}"));
        let schema = schemas.route(ROUTE, Direction::ToClient).unwrap();
        let mut ours = Vec::new();
        schema.encode(&message, &mut ours).unwrap_or_else(|error| panic!("{error}: {}", at()));
        let mut read = Vec::new();
        let decoded = schema.decode(&ours, DecodeLimits::default(), &mut read);
        decoded.unwrap_or_else(|error| panic!("{error}: {}", at()));
        let read: Value = serde_json::from_slice(&read).unwrap();
        assert_eq!(as_javascript(&read), as_javascript(&expected), "{}", at());

        let hex = hex(&ours);
        let line = json!({ "schemas": file, "route": ROUTE, "message": message, "hex": hex });
        let answer: Value = serde_json::from_str(&released.ask(&line.to_string()).await).unwrap();
        assert_eq!(answer["version"], schemas.version(), "{}", at());
        assert_eq!(answer["parsed"], schemas.protos().server, "{}", at());
        assert_eq!(as_javascript(&answer["decoded"]), as_javascript(&expected), "{}", at());
        match answer.get("hex") {
            // It writes nothing for a message without fields.
            Some(theirs) => {
                assert_eq!(theirs.as_str().unwrap_or_default(), hex, "{}", at());
                written += 1;
            }
            // Its buffer is twice as long as the JSON, which lists of short numbers exceed.
            None => {
                let error = answer["error"].as_str().unwrap();
                assert!(error.contains("out of range"), "{error}: {}", at());
                failed += 1;
            }
        }
    }
    assert!(written > 10 * failed, "{written} were compared, {failed} are too much for it");
}
