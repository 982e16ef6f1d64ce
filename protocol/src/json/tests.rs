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
    let expected = format!(
        "the limit `nesting` allows {LIMIT} arrays and objects in one another, exceeded at line 1 \
         column {}",
        LIMIT + 1
    );
    assert_eq!(error.to_string(), expected);
    // Brackets in texts are none.
    assert_eq!(read::<Value>(r#"["[[[\"[["]"#, 1).unwrap(), json!([r#"[[["[["#]));
    let error = read::<Value>("[\n []]", 1).unwrap_err().to_string();
    assert!(error.ends_with("at line 2 column 2"), "{error}");
}

/// A large message of an application, as generated from a schema, of which each level has a
/// list and a map of others.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[allow(dead_code, reason = "only read")]
struct Large {
    id: u64,
    owner: Option<String>,
    title: String,
    text: Option<String>,
    language: Option<String>,
    position: [f64; 16],
    rotation: [f32; 4],
    scale: Option<[f32; 4]>,
    color: (u8, u8, u8, Option<u8>),
    tags: Vec<String>,
    counts: BTreeMap<String, u64>,
    attributes: BTreeMap<String, Value>,
    kind: Option<Kind>,
    kinds: Vec<Kind>,
    created: Option<u64>,
    changed: Option<u64>,
    visible: Option<bool>,
    weight: Option<f64>,
    icon: Option<Vec<u8>>,
    link: Option<String>,
    alias: Option<String>,
    parent: Option<Box<Self>>,
    children: Vec<Self>,
    named: BTreeMap<String, Self>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
#[allow(dead_code, reason = "only read")]
enum Kind {
    Plain {
        name: String,
        level: Option<u32>,
    },
    Group {
        name: String,
        #[serde(default)]
        members: Vec<Large>,
        owner: Option<Box<Large>>,
    },
}

#[test]
fn a_large_type_is_read_on_the_stack_of_a_thread() {
    // Of the stack of a thread, which has 2 MiB, some is in use.
    const STACK: usize = 2048 << 10;
    let texts = [
        (r#"{"parent":"#, "}", NESTING),
        (r#"{"children":["#, "]}", NESTING / 2),
        (r#"{"named":{"x":"#, "}}", NESTING / 2),
        (r#"{"kind":{"type":"group","name":"x","owner":"#, "}}", NESTING / 2),
    ];
    for (open, close, levels) in texts {
        // A surrogate makes the text one that is mended.
        for inner in [r#"{"title":"x"}"#, r#"{"title":"\ud83d"}"#] {
            let levels = levels - 1;
            let text = format!("{}{inner}{}", open.repeat(levels), close.repeat(levels));
            let read =
                std::thread::Builder::new().stack_size(STACK - (256 << 10)).spawn(move || {
                    drop(super::read::<Large>(&text, NESTING).map_err(|error| error.to_string())?);
                    let value: Value =
                        super::read(&text, NESTING).map_err(|error| error.to_string())?;
                    Ok::<_, String>(value.to_string().len())
                });
            assert!(read.unwrap().join().unwrap().unwrap() > levels);
        }
    }
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

#[test]
fn strings_end_at_their_first_quote_that_is_not_escaped() {
    for (text, len) in [
        (r#""""#, 2),
        (r#""a"b""#, 3),
        (r#""a\"b","#, 6),
        (r#""\\","#, 4),
        (r#""\\\"","#, 6),
        (r#""ü"x"#, 4),
        (r#""open"#, 5),
        (r#""open\""#, 7),
        (r#"""#, 1),
        ("", 0),
    ] {
        assert_eq!(string_len(text), len, "{text}");
    }
}
