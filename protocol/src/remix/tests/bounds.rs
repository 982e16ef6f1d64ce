//! Bounds on what a peer's messages make this side keep.

use std::time::Duration;

use super::super::{
    Arguments, HostCall, HostEvent, HostSession, Message, MessageError, Profile, RemixError,
};
use super::{json, message};

const START: Duration = Duration::ZERO;

fn ready(session: HostSession, methods: &str) -> (HostSession, Vec<String>) {
    let (mut session, mut out) = (session, Vec::new());
    session.start(&mut out);
    let answer = format!(r#"{{"action":"response","key":"handshake","id":0,"payload":{methods}}}"#);
    let event = session.handle(message(&answer), START, &mut out);
    let HostEvent::MethodsChanged(methods) = event else { panic!("{event:?}") };
    (session, methods)
}

fn call(payload: &str) -> HostCall {
    HostCall::new("me", "remote.git", "go", Arguments::try_from(json(payload)).unwrap())
}

#[test]
fn a_message_has_at_most_64_unknown_fields() {
    let with = |unknown: usize| {
        let fields: String = (0..unknown).map(|n| format!(r#","field{n}":{n}"#)).collect();
        Message::decode(format!(r#"{{"action":"emit"{fields},"key":"k"}}"#).as_bytes())
    };
    let most = with(64).unwrap();
    assert_eq!((most.extra.len(), most.key.as_deref()), (64, Some("k")));
    let Err(MessageError::Json(error)) = with(65) else { panic!("it was read") };
    assert!(error.starts_with("more than 64 fields are unknown"), "{error}");
}

#[test]
fn the_first_methods_of_a_long_list_may_be_called() {
    let long = "x".repeat(257);
    let mut methods = vec![long.as_str(); 10];
    let names: Vec<_> = (0..2_000).map(|n| format!("m{n}")).collect();
    methods.extend(names.iter().map(String::as_str));
    let list = serde_json::to_string(&methods).unwrap();
    let (session, listed) = ready(HostSession::new(&Profile::new("remote")), &list);
    assert_eq!(listed, names[..1_014]);
    assert_eq!(session.methods(), listed);
}

#[test]
fn too_many_calls_do_not_wait() {
    let session = HostSession::new(&Profile::new("remote")).waiting(2, usize::MAX);
    let (mut session, _) = ready(session, r#"["go"]"#);
    let mut out = Vec::new();
    // One runs, two wait.
    for _ in 0..3 {
        session.call(call("[]"), START, &mut out).unwrap();
    }
    let busy = session.call(call("[]"), START, &mut out).unwrap_err();
    let [target, caller, method] = ["remote", "me", "go"].map(str::to_owned);
    assert_eq!(busy, RemixError::Busy { target, caller, method });
    session.handle(message(r#"{"action":"response","id":1}"#), START, &mut out);
    session.call(call("[]"), START, &mut out).unwrap();
    assert!(session.call(call("[]"), START, &mut out).is_err());
}

#[test]
fn calls_that_wait_have_few_bytes_together() {
    let session = HostSession::new(&Profile::new("remote")).waiting(usize::MAX, 1_000);
    let (mut session, _) = ready(session, r#"["go"]"#);
    let mut out = Vec::new();
    let long = call(&format!("[\"{}\"]", "x".repeat(2_000)));
    session.call(long.clone(), START, &mut out).unwrap();
    // One alone may be longer.
    session.call(long.clone(), START, &mut out).unwrap();
    assert!(session.call(call("[]"), START, &mut out).is_err());
    assert_eq!(session.cancel("me", None, START, &mut out).len(), 2);
    for _ in 0..20 {
        session.call(call("[]"), START, &mut out).unwrap();
    }
    assert!(session.call(long.clone(), START, &mut out).is_err());
    assert_eq!(session.handle_disconnect().len(), 20);
    session.start(&mut out);
    for _ in 0..2 {
        session.call(long.clone(), START, &mut out).unwrap();
    }
}

#[test]
fn the_size_of_a_message_is_that_of_its_texts() {
    let texts = message(
        r#"{"action":"request","name":"ab","key":"cde","payload":[1],"id":7,
        "requestInfo":{"from":"f","path":"gh"},"error":"ij","more":true}"#,
    );
    assert_eq!(texts.size(), 2 + 3 + 3 + 1 + 2 + 4 + 8);
}
