#![allow(dead_code, reason = "the fields are only read from JSON")]

use std::collections::{BTreeMap, HashMap};

use connector_protocol::json;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};

use super::misfit;
use crate::body::Lent;

#[derive(Deserialize)]
struct Order {
    id: u32,
    #[serde(default)]
    lines: Vec<Line>,
    #[serde(default)]
    notes: HashMap<String, Line>,
    #[serde(default)]
    by_number: BTreeMap<u8, u8>,
    kind: Option<Kind>,
    name: Option<Name>,
    place: Option<(f32, f32)>,
    extra: Option<Strict>,
    any: Option<Either>,
    inner: Option<Embedded>,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    times: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Fast,
    Slow { days: u8 },
}

/// Checked behind serde_json's back.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Name;

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        if name == "ann" { Ok(Self) } else { Err("unheard of") }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    one: u8,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u8),
    Line(Line),
}

/// JSON in a string of JSON.
struct Embedded;

impl<'de> Deserialize<'de> for Embedded {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str::<Line>(&text).map(|_| Self).map_err(D::Error::custom)
    }
}

#[track_caller]
fn told<T: DeserializeOwned>(body: &str) -> String {
    let Err(error) = serde_json::from_str::<T>(body) else { panic!("{body} fits") };
    let lent = Lent::new(body.as_bytes());
    let mut read = |text: &str, depth| json::parse::<T>(text, depth).map(drop);
    let answer = misfit(lent.body(), body, &error, &mut read);
    assert_eq!(answer.code, 400);
    answer.message.into_owned()
}

#[test]
fn a_field_is_named_by_its_path() {
    for (body, path, what) in [
        (r#"{"id":"x"}"#, "id", "invalid type: string \"x\", expected u32"),
        (r#"{"id":-1}"#, "id", "invalid value: integer `-1`, expected u32"),
        (r#"{"id":{"a":[1]}}"#, "id", "invalid type: map, expected u32"),
        (r#"{"id":[[1]],"kind":"fast"}"#, "id", "invalid type: sequence, expected u32"),
        (r#"{"id":1,"lines":{"a":1}}"#, "lines", "invalid type: map, expected a sequence"),
        (
            r#"{"id":1,"lines":[{"text":"a"},{"text":"b"},{"text":3}]}"#,
            "lines[2].text",
            "invalid type: integer `3`, expected a string",
        ),
        (
            r#"{"lines":[{"text":"a","times":256,"more":[{}]}],"id":1}"#,
            "lines[0].times",
            "invalid value: integer `256`, expected u8",
        ),
        (r#"{"id":1,"lines":[7]}"#, "lines[0]", "invalid type: integer `7`, expected struct Line"),
        (r#"{"id":1,"lines":[{"text":"a"},{}]}"#, "lines[1]", "missing field `text`"),
        (
            r#"{"id":1,"notes":{"a \"b\", c":{"text":[]}}}"#,
            r#"notes.a "b", c.text"#,
            "invalid type: sequence, expected a string",
        ),
        (
            r#"{"id":1,"by_number":{"1":1,"2":"x"}}"#,
            "by_number.2",
            "invalid type: string \"x\", expected u8",
        ),
        (r#"{"id":1,"kind":"fats"}"#, "kind", "unknown variant `fats`, expected `fast` or `slow`"),
        (
            r#"{"id":1,"kind":{"slow":{"days":true}}}"#,
            "kind.slow.days",
            "invalid type: boolean `true`, expected u8",
        ),
        (r#"{"id":1,"kind":{"slow":{}}}"#, "kind.slow", "missing field `days`"),
        (r#"{"id":1,"place":[1.5]}"#, "place", "invalid length 1, expected a tuple of size 2"),
        (
            r#"{"id":1,"extra":{"one":1,"two":2}}"#,
            "extra.two",
            "unknown field `two`, expected `one`",
        ),
        (
            r#"{"id":1,"any":{"text":5}}"#,
            "any",
            "data did not match any variant of untagged enum Either",
        ),
        (
            "{ \"id\" : 1,\n\n \"lines\" : [\n {\"text\" : \"é\\\\\\\"\" , \"times\" : \"x\"\n } ] }",
            "lines[0].times",
            "invalid type: string \"x\", expected u8",
        ),
    ] {
        let told = told::<Order>(body);
        assert!(told.starts_with(&format!("field `{path}`: {what}")), "{body}\n{told}");
    }
}

#[test]
fn what_a_type_checks_itself_is_named_too() {
    for body in [
        r#"{"id":1,"name":"bob"}"#,
        r#"{"id":1,"name":"bob" }"#,
        r#"{"name":"bob" , "id":1}"#,
        r#"{"name":"bob","lines":[{"wrong":1}]}"#,
    ] {
        let told = told::<Order>(body);
        assert!(told.starts_with("field `name`: unheard of at line 1 column "), "{body}\n{told}");
    }
    for body in [r#"["ann","bob"]"#, r#"["ann","bob" , "ann"]"#, r#"["ann","bob", {}]"#] {
        let told = told::<Vec<Name>>(body);
        assert!(told.starts_with("field `[1]`: unheard of"), "{body}\n{told}");
    }
    let told = told::<Vec<Name>>(r#"["ann", {}]"#);
    assert!(told.starts_with("field `[1]`: invalid type: map"), "{told}");
}

#[test]
fn the_body_as_a_whole_has_no_path() {
    for body in ["{}", "[]", "7", r#"{"lines":[]}"#] {
        let told = told::<Order>(body);
        assert!(!told.starts_with("field"), "{body}\n{told}");
    }
    assert_eq!(told::<Name>(r#""bob""#), "unheard of");
}

#[test]
fn the_place_in_another_text_is_not_taken_for_one_in_the_body() {
    let told = told::<Order>(r#"{"id":1,"inner":"{\"text\": 1}"}"#);
    assert!(told.starts_with("invalid type: integer `1`, expected a string"), "{told}");
}

#[test]
fn what_is_passed_over_may_be_deep() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let told = told::<Order>(&format!(r#"{{"more":[{deep},"]"],"id":"x"}}"#));
    assert!(told.starts_with("field `id`: "), "{told}");
}
