use super::super::{Action, Arguments, ArgumentsError, Message, MessageError, Payload};
use super::{json, message, sent};

#[test]
fn reads_all_ten_spellings_and_writes_eight() {
    for (read, written) in [
        ("request", "request"),
        ("call", "request"),
        ("response", "response"),
        ("on", "on"),
        ("listen", "on"),
        ("once", "once"),
        ("off", "off"),
        ("emit", "emit"),
        ("notification", "notification"),
        ("cancel", "cancel"),
    ] {
        let read = message(&format!(r#"{{"action":"{read}"}}"#));
        assert_eq!(sent(&mut vec![read]), [format!(r#"{{"action":"{written}"}}"#)]);
    }
}

#[test]
fn names_what_is_no_message() {
    let unknown = Message::decode(br#"{"action":"whatever","name":"x","key":"y"}"#);
    assert_eq!(unknown, Err(MessageError::UnknownAction("whatever".to_owned())));
    for no_action in ["{}", r#"{"action":null}"#, r#"{"action":7}"#, r#"{"key":"action"}"#] {
        assert_eq!(Message::decode(no_action.as_bytes()), Err(MessageError::NoAction));
    }
    for no_object in ["", "this is not json", "[]", "1", r#""text""#, "{", r#"{"action":"on"} x"#] {
        let error = Message::decode(no_object.as_bytes());
        assert!(matches!(error, Err(MessageError::Json(_))), "{no_object}: {error:?}");
    }
    assert!(Message::decode(b"{\"action\":\"on\",\"name\":\"\xff\"}").is_err());
}

#[test]
fn shows_only_the_start_of_an_unknown_action() {
    let json = format!(r#"{{"action":"{}"}}"#, "é".repeat(1000));
    let Err(MessageError::UnknownAction(shown)) = Message::decode(json.as_bytes()) else {
        panic!("an unknown action");
    };
    assert_eq!(shown, "é".repeat(40));
}

#[test]
fn writes_a_message_as_it_was_read() {
    for line in [
        r#"{"id":3,"action":"request","key":"echo","payload":["hello"],"requestInfo":{"from":"caller","path":"remote.git"},"name":"remote"}"#,
        r#"{"action":"response","name":"remote","key":"echo","id":3,"payload":{"b":1,"a":1.50}}"#,
        r#"{"action":"response","name":"host","key":"echo","payload":null,"id":1}"#,
        r#"{"action":"emit","key":"changed","payload":[]}"#,
        r#"{"payload":[1e400,123456789012345678901234567890,"\ud800"],"action":"emit","key":"k"}"#,
        r#"{"action":"request","key":"handshake","id":-1,"a":{"deep":[1]},"trace":"t"}"#,
    ] {
        assert_eq!(sent(&mut vec![message(line)]), [line]);
    }
}

#[test]
fn keeps_known_fields_of_a_wrong_type_as_extras() {
    let odd = message(
        r#"{"action":"request","name":null,"key":7,"id":"a","requestInfo":[],"payload":null}"#,
    );
    assert_eq!((&odd.name, &odd.key, odd.id, &odd.request_info), (&None, &None, None, &None));
    assert_eq!(odd.payload, Some(json("null")));
    assert_eq!(
        odd.extra.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>(),
        [r#"id="a""#, "key=7", "name=null", "requestInfo=[]"]
    );
    assert_eq!(message(&sent(&mut vec![odd.clone()])[0]), odd);
}

#[test]
fn the_last_of_equal_fields_counts() {
    let twice = message(r#"{"key":"a","action":"on","key":"b","x":1,"x":2}"#);
    assert_eq!(sent(&mut vec![twice]), [r#"{"key":"b","action":"on","x":2}"#]);
}

#[test]
fn a_cut_message_is_an_error_at_every_byte() {
    let line = r#"{"id":3,"action":"request","key":"é","payload":[1,"\""],"requestInfo":{"from":"c","path":"r"}}"#;
    for end in 0..line.len() {
        assert!(Message::decode(&line.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn payloads_stay_on_one_line() {
    let pretty =
        message("{\"action\":\"emit\",\"key\":\"k\",\n\"payload\":[\r\n 1,\n\"a\\nb\"]\n}");
    assert_eq!(
        sent(&mut vec![pretty]),
        [r#"{"action":"emit","key":"k","payload":[   1, "a\nb"]}"#]
    );
}

#[test]
fn deep_json_is_no_danger() {
    let deep =
        format!(r#"{{"action":"emit","payload":{}1{}}}"#, "[".repeat(99_999), "]".repeat(99_999));
    let deep = message(&deep);
    assert!(deep.payload.unwrap().parse::<serde_json::Value>().is_err());
}

#[test]
fn errors_follow_truthiness() {
    for success in ["null", "false", "0", "-0", "0.0", "0e9", r#""""#] {
        let read = message(&format!(r#"{{"action":"response","error":{success}}}"#));
        assert_eq!(read.failure(), None, "{success}");
    }
    assert_eq!(Message::new(Action::Response).failure(), None);
    for (error, text) in [
        (r#""boom-7""#, "boom-7"),
        (r#"" ""#, " "),
        (r#""\ud800""#, "\u{fffd}"),
        ("{}", "{}"),
        ("[]", "[]"),
        ("true", "true"),
        ("-1.5", "-1.5"),
    ] {
        let read = message(&format!(r#"{{"action":"response","error":{error}}}"#));
        assert_eq!(read.failure().as_deref(), Some(text));
    }
}

#[test]
fn arguments_are_arrays() {
    assert_eq!(Arguments::default().as_payload().as_str(), "[]");
    assert_eq!(Arguments::of(&()).unwrap(), Arguments::default());
    assert_eq!(Arguments::of(&("a", 1)).unwrap().into_payload(), json(r#"["a",1]"#));
    assert_eq!(Arguments::of("a"), Err(ArgumentsError::NoArray));
    assert_eq!(Arguments::try_from(json("{}")), Err(ArgumentsError::NoArray));
    let two = super::arguments(r#"[{"b":2,"a":1}, "x"]"#);
    assert_eq!(two.values(), [json(r#"{"b":2,"a":1}"#), json(r#""x""#)]);
    assert_eq!(two.parse::<(serde_json::Value, String)>().unwrap().1, "x");
    assert!(two.parse::<(String,)>().is_err());
    assert_eq!(Payload::text("a\"b").as_str(), r#""a\"b""#);
}
