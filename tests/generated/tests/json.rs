//! The JSON of messages is protobuf's canonical one.
#![allow(clippy::unwrap_used)]

use connector::proto::Message;
use connector_tests_generated::json::{
    Color, Known, Renamed, Scalars, Shapes,
    shapes::{Choice, Inner, Mood},
};
use serde_json::{Value, from_str, json, to_string};

/// Writes a message as this text, and reads it back as the same.
#[track_caller]
fn round_trip<T: Message + PartialEq + std::fmt::Debug>(message: &T, text: &str) {
    assert_eq!(to_string(message).unwrap(), text);
    assert_eq!(&from_str::<T>(text).unwrap(), message);
}

#[track_caller]
fn reads<T: Message + PartialEq + std::fmt::Debug>(text: &str, message: &T) {
    assert_eq!(&from_str::<T>(text).unwrap(), message);
}

#[track_caller]
fn misfits(text: &str, why: &str) {
    let error = from_str::<Scalars>(text).unwrap_err().to_string();
    assert!(error.starts_with(why), "{error}");
}

#[test]
fn what_is_default_is_not_written() {
    round_trip(&Scalars::default(), "{}");
    round_trip(&Shapes::default(), "{}");
    round_trip(&Known::default(), "{}");
}

#[test]
fn scalars() {
    let scalars = Scalars {
        yes: true,
        small: -5,
        small_natural: 4_294_967_295,
        large: -9_007_199_254_740_993,
        large_natural: u64::MAX,
        narrow: 0.5,
        wide: -1.25,
        text: "ä\n\"".into(),
        data: vec![0xfb, 0xff],
        color: Color::Red.into(),
        other_name: "x".into(),
    };
    round_trip(
        &scalars,
        concat!(
            r#"{"yes":true,"small":-5,"smallNatural":4294967295,"large":"-9007199254740993","#,
            r#""largeNatural":"18446744073709551615","narrow":0.5,"wide":-1.25,"text":"ä\n\"","#,
            r#""data":"+/8=","color":"COLOR_RED","called":"x"}"#
        ),
    );
}

#[test]
fn floats_that_are_no_numbers_are_words() {
    let infinite = Scalars { narrow: f32::NEG_INFINITY, wide: f64::INFINITY, ..Scalars::default() };
    round_trip(&infinite, r#"{"narrow":"-Infinity","wide":"Infinity"}"#);
    let none = Scalars { wide: f64::NAN, ..Scalars::default() };
    assert_eq!(to_string(&none).unwrap(), r#"{"wide":"NaN"}"#);
    assert!(from_str::<Scalars>(r#"{"wide":"NaN"}"#).unwrap().wide.is_nan());
}

#[test]
fn reads_what_others_write() {
    let scalars = Scalars {
        small: 7,
        large: 8,
        large_natural: 1 << 63,
        wide: 2.5,
        data: vec![0xfb, 0xff],
        color: 1,
        other_name: "x".into(),
        ..Scalars::default()
    };
    reads(
        r#"{"small":"7","large":8,"largeNatural":9223372036854775808,"wide":"2.5","data":"-_8",
            "color":1,"other_name":"x"}"#,
        &scalars,
    );
    reads(
        r#"{"small":7.0,"large":"8e0","wide":0}"#,
        &Scalars { small: 7, large: 8, ..Scalars::default() },
    );
}

#[test]
fn a_json_name_goes_before_another_fields_original_name() {
    let renamed = Renamed { title: "t".into(), name: "n".into() };
    round_trip(&renamed, r#"{"heading":"t","title":"n"}"#);
    reads(r#"{"name":"n","heading":"t"}"#, &renamed);
}

#[test]
fn passes_over_null_and_the_unknown() {
    reads(
        r#"{"yes":null,"small":null,"data":null,"color":null,"new":{"a":[1,{}]},"__route__":"x"}"#,
        &Scalars::default(),
    );
    reads(
        r#"{"maybe":null,"numbers":null,"inners":null,"inner":null,"word":null}"#,
        &Shapes::default(),
    );
}

#[test]
fn an_enum_of_a_newer_version_is_a_number() {
    round_trip(&Scalars { color: 77, ..Scalars::default() }, r#"{"color":77}"#);
}

#[test]
fn says_what_does_not_fit() {
    misfits(
        r#"{"small":2147483648}"#,
        "invalid value: integer `2147483648`, expected an integer of 32 bits",
    );
    misfits(
        r#"{"small":1.5}"#,
        "invalid value: floating point `1.5`, expected an integer of 32 bits",
    );
    misfits(
        r#"{"smallNatural":-1}"#,
        "invalid value: integer `-1`, expected an integer of 32 bits",
    );
    misfits(r#"{"text":5}"#, "invalid type: integer `5`, expected a string");
    misfits(r#"{"yes":"true"}"#, "invalid type: string \"true\", expected a boolean");
    misfits(r#"{"data":"%"}"#, "invalid value: string \"%\", expected base64");
    misfits(
        r#"{"color":"BLUE"}"#,
        "invalid value: string \"BLUE\", expected the name or the number",
    );
    misfits(
        r#"{"narrow":1e300}"#,
        "invalid value: floating point `1e+300`, expected a smaller number",
    );
    misfits("[]", "invalid type: sequence, expected an object");
}

#[test]
fn presence_lists_and_maps() {
    let shapes = Shapes {
        maybe: Some(0),
        numbers: vec![1, -2],
        colors: vec![0, 1, 9],
        inners: [(-3, Inner { mood: Mood::Wild.into(), around: None })].into(),
        moods: [("a".to_owned(), Mood::Calm.into())].into(),
        flags: [(true, vec![0])].into(),
        inner: Some(Box::default()),
        choice: None,
    };
    round_trip(
        &shapes,
        concat!(
            r#"{"maybe":0,"numbers":["1","-2"],"colors":["COLOR_NONE","COLOR_RED",9],"#,
            r#""inners":{"-3":{"mood":"MOOD_WILD"}},"moods":{"a":"MOOD_CALM"},"flags":{"true":"AA=="},"#,
            r#""inner":{}}"#
        ),
    );
}

#[test]
fn choices_are_written_whatever_they_are() {
    let shapes = |choice| Shapes { choice: Some(choice), ..Shapes::default() };
    round_trip(&shapes(Choice::Word(String::new())), r#"{"word":""}"#);
    round_trip(&shapes(Choice::Mood(Mood::Calm.into())), r#"{"mood":"MOOD_CALM"}"#);
    round_trip(&shapes(Choice::Nothing(())), r#"{"nothing":{}}"#);
    round_trip(&shapes(Choice::Count(0)), r#"{"count":"0"}"#);
    let inner = Inner { around: Some(Box::new(shapes(Choice::Count(3)))), mood: 0 };
    round_trip(&shapes(Choice::Deep(Box::new(inner))), r#"{"deep":{"around":{"count":"3"}}}"#);
}

#[test]
fn well_known_types() {
    let any = json!({ "a": [1.0, "b", null, true, {}] });
    let text = json!({
        "at": "2026-01-02T03:04:05.678Z",
        "lasts": "-1.500s",
        "anyObject": any,
        "any": null,
        "anyList": [1.5, []],
        "maybeLarge": "0",
        "maybeText": "",
        "maybeData": "AA==",
        "mask": "user.displayName,photo",
        "times": ["1970-01-01T00:00:00Z"],
    });
    let known: Known = serde_json::from_value(text.clone()).unwrap();
    let at = known.at.unwrap();
    assert_eq!((at.seconds, at.nanos), (1_767_323_045, 678_000_000));
    let lasts = known.lasts.unwrap();
    assert_eq!((lasts.seconds, lasts.nanos), (-1, -500_000_000));
    assert_eq!((known.maybe_large, known.maybe_text.as_deref()), (Some(0), Some("")));
    assert_eq!(known.mask.as_ref().unwrap().paths, ["user.display_name", "photo"]);
    assert!(known.any.is_some());
    assert_eq!(serde_json::to_value(&known).unwrap(), text);
}

#[test]
fn times_and_spans_out_of_range_are_refused() {
    for text in [
        r#"{"at":"yesterday"}"#,
        r#"{"at":"10000-01-01T00:00:00Z"}"#,
        r#"{"lasts":"1.5"}"#,
        r#"{"lasts":"315576000001s"}"#,
    ] {
        assert!(from_str::<Known>(text).is_err(), "{text}");
    }
    let mut known: Known = from_str(r#"{"at":"9999-12-31T23:59:59Z"}"#).unwrap();
    known.at.as_mut().unwrap().seconds += 1;
    assert!(to_string(&known).is_err());

    let mut known: Known = from_str(r#"{"lasts":"315576000000s"}"#).unwrap();
    known.lasts.as_mut().unwrap().nanos = 1_000_000_000;
    assert!(to_string(&known).is_err());
}

#[test]
fn names_that_would_not_come_back_are_refused() {
    let mut known: Known = from_str(r#"{"mask":"user.displayName,,photo"}"#).unwrap();
    round_trip(&known, r#"{"mask":"user.displayName,photo"}"#);
    for path in ["", "a,b", "displayName", "a__b", "a_1", "a_"] {
        known.mask.as_mut().unwrap().paths[0] = path.into();
        assert!(to_string(&known).is_err(), "{path}");
    }
    assert!(from_str::<Known>(r#"{"mask":"display_name"}"#).is_err());
}

#[test]
fn doubles_keep_their_last_bit() {
    for wide in [0.118_447_440_737_095_55, 1.184_467_440_737_095_5e20, 5e-324, f64::MAX] {
        let message = Scalars { wide, ..Scalars::default() };
        assert_eq!(from_str::<Scalars>(&to_string(&message).unwrap()).unwrap(), message);
    }
}

#[test]
fn depth_is_bounded() {
    let deep = r#"{"inner":{"around":"#.repeat(100) + "{}" + &"}}".repeat(100);
    assert!(from_str::<Shapes>(&deep).is_err());
    assert!(from_str::<Value>(&deep).is_err());
}
