//! What real peers wrote: see `vectors/`.

use serde_json::Value;

/// The bytes of lower-case hexadecimal digits.
#[allow(dead_code, reason = "handshakes are recorded as text")]
pub(crate) fn hex(digits: &Value) -> Vec<u8> {
    let digits = digits.as_str().unwrap();
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

/// The list under a key of a file of vectors.
pub(crate) fn list(file: &str, key: &str) -> Vec<Value> {
    let Value::Array(list) = serde_json::from_str::<Value>(file).unwrap()[key].take() else {
        panic!("no list {key}")
    };
    assert!(!list.is_empty());
    list
}
