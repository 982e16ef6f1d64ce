use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::*;

const LIMIT: usize = NESTING;

#[derive(Debug, Deserialize, PartialEq)]
struct Line {
    text: String,
    #[serde(default)]
    times: u8,
}

fn line(text: &str) -> Result<Line, String> {
    read(text, LIMIT).map_err(|error| error.to_string())
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

#[test]
fn lone_surrogates_are_replaced() {
    for (escaped, text) in [
        (r"\ud83d", "\u{fffd}"),
        (r"a\uDE00b", "a\u{fffd}b"),
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
        (r"\ude00\ud83d", "\u{fffd}\u{fffd}"),
        (r"\\ud83d\ud83d", "\\ud83d\u{fffd}"),
        (r"\ud83dé\n", "\u{fffd}é\n"),
    ] {
        let body = format!(r#"{{"text":"{escaped}"}}"#);
        assert_eq!(line(&body), Ok(Line { text: text.into(), times: 0 }), "{body}");
        let value: Value = read(&body, LIMIT).unwrap();
        assert_eq!(value["text"], text);
    }
    let keys: BTreeMap<String, u8> = read(r#"{"\udead":1}"#, LIMIT).unwrap();
    assert_eq!(keys["\u{fffd}"], 1);
}

#[test]
fn the_last_of_duplicate_keys_counts() {
    let read = |body: &str| line(body).map(|line| (line.text, line.times));
    assert_eq!(read(r#"{"text":"a","times":1,"text":"b"}"#), Ok(("b".into(), 1)));
    assert_eq!(read(r#"{"text":"a","te\u0078t":"b"}"#), Ok(("b".into(), 0)));
    assert_eq!(read(r#"{"text":{"text":1,"text":"}"},"text":"b" }"#), Ok(("b".into(), 0)));
    assert_eq!(read(r#"{"text":1,"text":2,"text":"c","times":2}"#), Ok(("c".into(), 2)));
    // An inner object has keys of its own.
    let inner: BTreeMap<String, Line> =
        super::read(r#"{"a":{"text":"x"},"b":{"text":"y","text":"z"}}"#, LIMIT).unwrap();
    assert_eq!(inner["a"].text, "x");
    assert_eq!(inner["b"].text, "z");
}

#[test]
fn errors_keep_their_place_after_mending() {
    let error = line("{\"text\":\"\\ud83d\",\n \"times\":1,\n \"times\":256}").unwrap_err();
    assert!(error.contains("integer `256`"), "{error}");
    assert!(error.ends_with("at line 3 column 12"), "{error}");
}

#[test]
fn nesting_is_read_up_to_the_limit() {
    for levels in [1, SHALLOW, SHALLOW + 1, LIMIT] {
        let value: Value = read(&nested(levels), LIMIT).unwrap();
        assert_eq!(value.to_string(), nested(levels));
    }
    let error = read::<Value>(&nested(LIMIT + 1), LIMIT).unwrap_err();
    let expected = "the limit `nesting` allows 512 arrays and objects in one another, exceeded at \
                    line 1 column 513";
    assert_eq!(error.to_string(), expected);
    // Brackets in texts are none.
    assert_eq!(read::<Value>(r#"["[[[\"[["]"#, 1).unwrap(), json!([r#"[[["[["#]));
    let error = read::<Value>("[\n []]", 1).unwrap_err().to_string();
    assert!(error.ends_with("at line 2 column 2"), "{error}");
}

#[test]
fn what_is_not_json_stays_an_error() {
    for text in ["", "{", "\u{fffd}", "{} {}", r#"{"text":"\ud83d}"#, r#"{"text":'\ud83d'}"#] {
        assert!(mend(text, LIMIT).unwrap().is_none(), "{text}");
        assert!(line(text).is_err(), "{text}");
    }
    let error = read::<Value>(r#"{"n":1e400}"#, LIMIT).unwrap_err().to_string();
    assert!(error.starts_with("number out of range at line 1 column "), "{error}");
}

#[test]
fn values_are_counted() {
    for (text, values) in [("1", 1), ("[]", 2), (r#"[1,{"a":[2],",[{":3}]"#, 6), ("[[0],[0]]", 5)] {
        assert_eq!(check_values(text, values), Ok(()), "{text}");
        if values > 1 {
            check_values(text, values - 1).unwrap_err();
        }
    }
    let error = check_values("[1,\n 2, 3]", 3).unwrap_err().to_string();
    assert_eq!(
        error,
        "the limit `values` allows 3 values in a JSON body, exceeded at line 2 column 3"
    );
}
