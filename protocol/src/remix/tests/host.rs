use std::time::Duration;

use super::super::{
    Answer, Arguments, HostCall, HostEvent, HostSession, Message, Profile, RemixError, Ticket,
};
use super::{arguments, json, message, sent};

const START: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);

/// A session whose plugin has these methods.
fn ready(methods: &[&str]) -> HostSession {
    let mut session = HostSession::new(&Profile::new("remote"));
    let mut out = Vec::new();
    session.start(&mut out);
    let list = serde_json::to_string(methods).unwrap();
    let answer = format!(r#"{{"action":"response","key":"handshake","id":0,"payload":{list}}}"#);
    let event = session.handle(message(&answer), START, &mut out);
    let HostEvent::MethodsChanged(learnt) = event else { panic!("{event:?}") };
    assert_eq!(learnt, methods);
    session
}

fn call(from: &str, method: &str) -> HostCall {
    HostCall::new(from, "remote", method, Arguments::default())
}

fn ids(out: &mut Vec<Message>) -> Vec<i64> {
    out.drain(..).filter_map(|message| message.id).collect()
}

fn response(id: i64) -> Message {
    message(&format!(r#"{{"action":"response","id":{id},"payload":{id}}}"#))
}

fn texts(answers: &[Answer<Ticket>]) -> Vec<String> {
    answers.iter().map(|answer| answer.outcome.as_ref().unwrap_err().to_string()).collect()
}

#[test]
fn shakes_hands_on_start_and_when_the_plugin_asks() {
    let mut session = HostSession::new(&Profile::new("remote")).engine("vscode");
    let mut out = Vec::new();
    session.start(&mut out);
    let ask = message(r#"{"action":"request","key":"handshake","id":-1}"#);
    assert!(matches!(session.handle(ask, START, &mut out), HostEvent::Ignored));
    let handshake = |id| {
        format!(
            r#"{{"id":{id},"action":"request","key":"handshake","payload":["remote","vscode"],"name":"remote"}}"#
        )
    };
    assert_eq!(sent(&mut out), [handshake(0), handshake(1)]);

    let mut answer = |id: i64, rest: &str| {
        let json = format!(r#"{{"action":"response","key":"handshake","id":{id}{rest}}}"#);
        session.handle(message(&json), START, &mut out)
    };
    let HostEvent::MethodsChanged(learnt) = answer(0, r#","payload":["a",null,"b"]"#) else {
        panic!("no methods");
    };
    assert_eq!(learnt, ["a", "b"]);
    assert!(matches!(answer(0, r#","payload":["z"]"#), HostEvent::Ignored));
    assert!(matches!(answer(1, r#","payload":["a","b"]"#), HostEvent::Ignored));
    assert_eq!(session.methods(), ["a", "b"]);

    let ask = message(r#"{"action":"request","key":"handshake","id":-1}"#);
    session.handle(ask, START, &mut out);
    let changed = message(r#"{"action":"response","id":2,"payload":["c"]}"#);
    let HostEvent::MethodsChanged(learnt) = session.handle(changed, START, &mut out) else {
        panic!("no methods");
    };
    assert_eq!(learnt, ["c"]);
}

#[test]
fn a_call_of_a_method_named_handshake_is_no_reload() {
    let mut session = ready(&["a"]);
    let mut out = Vec::new();
    session.handle(message(r#"{"action":"request","key":"handshake","id":-1}"#), START, &mut out);
    session.call(call("x", "a"), START, &mut out).unwrap();
    let asks = r#"{"action":"request","name":"remote","key":"handshake","id":1,"payload":[]}"#;
    let event = session.handle(message(asks), START, &mut out);
    let HostEvent::Request { path, method, .. } = event else { panic!("{event:?}") };
    assert_eq!((path.as_str(), method.as_str(), session.queued()), ("remote", "handshake", 1));
    for asks in [
        r#"{"action":"request","key":"handshake","id":7}"#,
        r#"{"action":"request","name":"remote","key":"handshake","id":-1}"#,
    ] {
        let event = session.handle(message(asks), START, &mut out);
        assert!(matches!(event, HostEvent::Reloaded(_)), "{event:?}");
    }
}

#[test]
fn goes_on_with_the_connection_that_answers_an_invitation() {
    let mut session = HostSession::new(&Profile::new("remote")).engine("vscode");
    let mut out = Vec::new();
    let first = session.invite();
    let second = session.invite();
    assert_eq!((first.id, second.id), (Some(0), Some(1)));
    let answer = || message(r#"{"action":"response","key":"handshake","id":0,"payload":["a"]}"#);
    assert!(matches!(session.handle(answer(), START, &mut out), HostEvent::Ignored), "closed");

    session.start_invited(0);
    let ask = message(r#"{"action":"request","key":"handshake","id":-1}"#);
    assert!(matches!(session.handle(ask, START, &mut out), HostEvent::Ignored), "not a reload");
    let HostEvent::MethodsChanged(learnt) = session.handle(answer(), START, &mut out) else {
        panic!("no methods");
    };
    assert_eq!(learnt, ["a"]);
    assert_eq!(ids(&mut out), [2], "only what the plugin has asked for");
    session.call(call("x", "a"), START, &mut out).unwrap();
    assert_eq!(ids(&mut out), [3]);
}

#[test]
fn keeps_the_profiles_methods_if_the_plugin_says_none() {
    let mut session = HostSession::new(&Profile::new("remote").methods(["known"]));
    let mut out = Vec::new();
    session.start(&mut out);
    let answer = message(r#"{"action":"response","key":"handshake","id":0}"#);
    let HostEvent::MethodsChanged(learnt) = session.handle(answer, START, &mut out) else {
        panic!("no methods");
    };
    assert_eq!(learnt, ["known"]);
    session.start(&mut out);
    let refused = message(r#"{"action":"response","key":"handshake","id":1,"error":"no"}"#);
    let HostEvent::HandshakeRefused(text) = session.handle(refused, START, &mut out) else {
        panic!("not refused");
    };
    assert_eq!(text, "no");
}

#[test]
fn a_flood_of_handshakes_is_bounded() {
    let mut session = HostSession::new(&Profile::new("remote"));
    let mut out = Vec::new();
    session.start(&mut out);
    for _ in 0..1000 {
        let ask = message(r#"{"action":"request","key":"handshake","id":-1}"#);
        session.handle(ask, START, &mut out);
    }
    assert!(matches!(session.handle(response(0), START, &mut out), HostEvent::Ignored));
    let last = session.handle(response(1000), START, &mut out);
    assert!(matches!(last, HostEvent::MethodsChanged(_)));
}

#[test]
fn refuses_methods_that_are_not_exposed() {
    let mut session = ready(&["echo", "add"]);
    let mut out = Vec::new();
    let error = session.call(call("caller", "nope"), START, &mut out).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Cannot call method \"nope\" of \"remote\" from \"caller\", because \"nope\" is not \
         exposed. Here is the list of exposed methods: \"echo\",\"add\",\"canDeactivate\""
    );
    assert!(out.is_empty());
    session.call(call("caller", "canDeactivate"), START, &mut out).unwrap();
    assert_eq!(out.len(), 1);
}

#[test]
fn runs_one_call_at_a_time_in_order() {
    let mut session = ready(&["a", "b"]);
    let mut out = Vec::new();
    let mut service = call("x", "a");
    service.path = "remote.git".to_owned();
    service.payload = arguments("[1]");
    let first = session.call(service, START, &mut out).unwrap();
    let second = session.call(call("y", "b"), START, &mut out).unwrap();
    assert_eq!(
        sent(&mut out),
        [
            r#"{"id":1,"action":"request","key":"a","payload":[1],"requestInfo":{"from":"x","path":"remote.git"},"name":"remote"}"#
        ]
    );
    assert_eq!(session.queued(), 2);

    // Answers are matched by nothing but the id.
    assert!(matches!(session.handle(response(2), START, &mut out), HostEvent::Ignored));
    let HostEvent::Answered(answer) = session.handle(response(1), START, &mut out) else {
        panic!("no answer");
    };
    assert_eq!((answer.id, answer.outcome), (first, Ok(Some(json("1")))));
    assert_eq!(ids(&mut out), [2]);
    let failed = message(r#"{"action":"response","id":2,"error":"boom"}"#);
    let HostEvent::Answered(answer) = session.handle(failed, START, &mut out) else {
        panic!("no answer");
    };
    assert_eq!((answer.id, answer.outcome), (second, Err(RemixError::Remote("boom".to_owned()))));
    assert_eq!((session.queued(), session.deadline()), (0, None));
}

#[test]
fn times_out_from_the_start_of_the_run() {
    let mut session = ready(&["a"]).queue_timeout(2 * SECOND);
    let mut out = Vec::new();
    let first = session.call(call("x", "a"), START, &mut out).unwrap();
    let second = session.call(call("y", "a"), START, &mut out).unwrap();
    assert_eq!(session.deadline(), Some(2 * SECOND));
    assert_eq!(session.tick(SECOND, &mut out), None);
    assert_eq!(ids(&mut out), [1]);

    let expired = session.tick(3 * SECOND, &mut out).unwrap();
    assert_eq!(expired.id, first);
    assert_eq!(texts(&[expired]), ["[TIMEOUT] Timeout for call a from x"]);
    assert_eq!(ids(&mut out), [2]);
    assert_eq!(session.deadline(), Some(5 * SECOND));

    // A late error of the first neither ends nor restarts the second.
    let late = message(r#"{"action":"response","id":1,"error":"late"}"#);
    assert!(matches!(session.handle(late, 4 * SECOND, &mut out), HostEvent::Ignored));
    assert!(out.is_empty());
    let HostEvent::Answered(answer) = session.handle(response(2), 4 * SECOND, &mut out) else {
        panic!("no answer");
    };
    assert_eq!(answer.id, second);
    assert_eq!(session.tick(Duration::MAX, &mut out), None);
}

#[test]
fn a_second_request_for_a_handshake_is_a_reload() {
    let mut session = ready(&["a"]);
    let mut out = Vec::new();
    let ask = || message(r#"{"action":"request","key":"handshake","id":-1}"#);
    // It crosses the engine's handshake.
    assert!(matches!(session.handle(ask(), START, &mut out), HostEvent::Ignored));
    let calls = ["x", "y"].map(|from| session.call(call(from, "a"), START, &mut out).unwrap());
    let theirs = message(r#"{"action":"request","name":"other","key":"b","payload":[],"id":1}"#);
    let HostEvent::Request { reply, .. } = session.handle(theirs, START, &mut out) else {
        panic!("no request");
    };
    out.clear();
    let HostEvent::Reloaded(failed) = session.handle(ask(), START, &mut out) else {
        panic!("not a reload");
    };
    assert_eq!(failed.iter().map(|answer| answer.id).collect::<Vec<_>>(), calls);
    assert_eq!(texts(&failed)[0], "The connection to remote was lost before it answered");
    assert_eq!((ids(&mut out).len(), session.queued()), (1, 0), "it shakes hands again");
    session.respond(reply, Ok(None), &mut out);
    assert!(out.is_empty(), "the page that asked is gone");
    session.call(call("x", "a"), START, &mut out).unwrap();
    assert_eq!(ids(&mut out).len(), 1);
}

#[test]
fn as_many_run_at_once_as_allowed() {
    let mut session = ready(&["a"]).at_once(2);
    let mut out = Vec::new();
    let calls = [1, 2, 3, 4].map(|seconds| {
        let call = call("x", "a").timeout(seconds * SECOND);
        session.call(call, START, &mut out).unwrap()
    });
    assert_eq!(ids(&mut out), [1, 2]);
    let HostEvent::Answered(answer) = session.handle(response(2), START, &mut out) else {
        panic!("no answer");
    };
    assert_eq!((answer.id, ids(&mut out)), (calls[1], vec![3]));
    assert_eq!(session.tick(SECOND, &mut out).map(|answer| answer.id), Some(calls[0]));
    assert_eq!(ids(&mut out), [4]);
    assert_eq!(session.deadline(), Some(3 * SECOND), "that of the third");
}

#[test]
fn a_call_that_is_given_up_makes_room() {
    let mut session = ready(&["a"]);
    let mut out = Vec::new();
    let [running, waiting, last] =
        ["x", "y", "z"].map(|from| session.call(call(from, "a"), START, &mut out).unwrap());
    session.give_up(waiting, START, &mut out);
    assert_eq!((session.queued(), ids(&mut out)), (2, vec![1]));
    session.give_up(running, START, &mut out);
    assert_eq!((session.queued(), ids(&mut out)), (1, vec![2]));
    assert!(matches!(session.handle(response(1), START, &mut out), HostEvent::Ignored));
    let HostEvent::Answered(answer) = session.handle(response(2), START, &mut out) else {
        panic!("no answer");
    };
    assert_eq!((answer.id, session.deadline()), (last, None));
    session.give_up(last, START, &mut out);
    assert!(out.is_empty());
}

#[test]
fn a_request_that_is_not_sent_yet_goes_with_its_call() {
    let mut session = ready(&["a"]);
    let mut out = Vec::new();
    let first = session.call(call("x", "a"), START, &mut out).unwrap();
    session.call(call("y", "a"), START, &mut out).unwrap();
    session.call(call("z", "a"), START, &mut out).unwrap();
    session.give_up(first, START, &mut out);
    assert_eq!(session.cancel("y", None, START, &mut out).len(), 1);
    assert!(session.tick(10 * SECOND, &mut out).is_some());
    assert_eq!((session.queued(), ids(&mut out)), (0, vec![]));
}

#[test]
fn a_timeout_of_zero_is_the_default() {
    let mut session = ready(&["a"]).queue_timeout(Duration::ZERO);
    session.call(call("x", "a"), SECOND, &mut Vec::new()).unwrap();
    assert_eq!(session.deadline(), Some(11 * SECOND));
}

#[test]
fn canceled_calls_never_start() {
    let mut session = ready(&["a", "b"]);
    let mut out = Vec::new();
    let tickets: Vec<_> = [("x", "a"), ("x", "b"), ("y", "a"), ("x", "a")]
        .into_iter()
        .map(|(from, method)| session.call(call(from, method), START, &mut out).unwrap())
        .collect();
    assert_eq!(ids(&mut out), [1]);

    let canceled = session.cancel("x", Some("a"), START, &mut out);
    assert_eq!(
        canceled.iter().map(|answer| answer.id).collect::<Vec<_>>(),
        [tickets[0], tickets[3]]
    );
    assert_eq!(texts(&canceled[..1]), ["[CANCEL] Canceled call a from x"]);
    assert_eq!(out.len(), 1, "the next starts, nothing tells the plugin");
    assert_eq!((out[0].key.as_deref(), out[0].id), (Some("b"), Some(2)));
    out.clear();

    assert!(matches!(session.handle(response(1), START, &mut out), HostEvent::Ignored));
    assert_eq!(session.cancel("x", None, START, &mut out).len(), 1);
    assert_eq!(ids(&mut out), [3]);
    assert!(session.cancel("x", None, START, &mut out).is_empty());
    assert!(out.is_empty());
}

#[test]
fn echoes_the_request_in_its_answer() {
    let mut session = ready(&[]);
    let mut out = Vec::new();
    let mut request = |json: &str| match session.handle(message(json), START, &mut out) {
        HostEvent::Request { path, method, payload, reply } => (path, method, payload, reply),
        event => panic!("{event:?}"),
    };
    let (path, method, payload, first) = request(
        r#"{"action":"call","name":"host.git","key":"add","payload":[2],"id":"x","trace":{"b":1,"a":2}}"#,
    );
    assert_eq!((path.as_str(), method.as_str(), payload), ("host.git", "add", arguments("[2]")));
    let (.., second) = request(r#"{"action":"request","name":"h","key":"k","payload":[],"id":2}"#);
    let (.., third) = request(r#"{"action":"request","name":"h","key":"k","payload":[],"id":3}"#);
    session.respond(first, Ok(Some(json("5"))), &mut out);
    session.respond(third, Err("boom".to_owned()), &mut out);
    session.respond(second, Ok(None), &mut out);
    assert_eq!(
        sent(&mut out),
        [
            r#"{"action":"response","name":"host.git","key":"add","payload":5,"id":"x","trace":{"b":1,"a":2}}"#,
            r#"{"action":"response","name":"h","key":"k","id":3,"error":"boom"}"#,
            r#"{"action":"response","name":"h","key":"k","id":2}"#,
        ]
    );
}

#[test]
fn answers_bad_requests_with_an_error() {
    let mut session = ready(&[]);
    let mut out = Vec::new();
    for json in [
        r#"{"action":"request","name":"h","key":"k","id":1}"#,
        r#"{"action":"request","name":"h","key":"k","id":1,"payload":{}}"#,
        r#"{"action":"request","name":null,"key":"k","id":1,"payload":[]}"#,
        r#"{"action":"request","name":"h","id":1,"payload":[]}"#,
    ] {
        assert!(matches!(session.handle(message(json), START, &mut out), HostEvent::Ignored));
        let answer = out.pop().unwrap();
        assert_eq!(answer.id, Some(1));
        assert_eq!(answer.failure(), Some(RemixError::BadRequest.to_string()));
    }
}

#[test]
fn long_names_are_not_repeated() {
    let mut session = ready(&[]);
    let mut out = Vec::new();
    let long = "k".repeat(1_025);
    for (name, key) in [(&*long, "k"), ("h", &*long)] {
        let json =
            format!(r#"{{"action":"request","name":"{name}","key":"{key}","id":1,"payload":[]}}"#);
        assert!(matches!(session.handle(message(&json), START, &mut out), HostEvent::Ignored));
        let answer = out.pop().unwrap();
        assert_eq!(answer.failure(), Some(RemixError::BadRequest.to_string()));
        assert!([answer.name, answer.key].into_iter().flatten().all(|name| name.len() == 1));
    }
}

#[test]
fn reports_events_and_cancellations() {
    let mut session = ready(&[]);
    let mut out = Vec::new();
    for (json, expected) in [
        (r#"{"action":"listen","name":"h","key":"k","id":0}"#, r#"On { name: "h", key: "k" }"#),
        (r#"{"action":"once","name":"h","key":"k"}"#, r#"Once { name: "h", key: "k" }"#),
        (r#"{"action":"off","name":"h","key":"k"}"#, r#"Off { name: "h", key: "k" }"#),
        (r#"{"action":"off","name":"h"}"#, "Ignored"),
        (
            r#"{"action":"emit","key":"e","payload":[1]}"#,
            r#"Emit { key: "e", payload: Arguments([1]) }"#,
        ),
        (
            r#"{"action":"notification","key":"e","payload":[]}"#,
            r#"Emit { key: "e", payload: Arguments([]) }"#,
        ),
        (r#"{"action":"emit","key":"e"}"#, "Ignored"),
        (r#"{"action":"emit","key":"e","payload":"x"}"#, "Ignored"),
        (
            r#"{"action":"cancel","name":"h","key":"k"}"#,
            r#"Cancel { path: "h", method: Some("k") }"#,
        ),
        (r#"{"action":"cancel","name":"h","key":""}"#, r#"Cancel { path: "h", method: None }"#),
        (r#"{"action":"cancel","name":"h"}"#, r#"Cancel { path: "h", method: None }"#),
        (r#"{"action":"cancel","key":"k"}"#, "Ignored"),
        (r#"{"action":"response","id":4242}"#, "Ignored"),
        (r#"{"action":"response"}"#, "Ignored"),
    ] {
        let event = session.handle(message(json), START, &mut out);
        assert_eq!(format!("{event:?}"), expected, "{json}");
    }
    assert!(out.is_empty());
    session.notify("host", "tick", arguments("[3]"), &mut out);
    assert_eq!(
        sent(&mut out),
        [r#"{"action":"notification","name":"host","key":"tick","payload":[3]}"#]
    );
}

#[test]
fn a_lost_connection_ends_all_calls() {
    let mut session = ready(&["a"]);
    let mut out = Vec::new();
    let tickets = [(); 2].map(|()| session.call(call("x", "a"), START, &mut out).unwrap());
    let request = message(r#"{"action":"request","name":"h","key":"k","payload":[],"id":1}"#);
    let HostEvent::Request { reply, .. } = session.handle(request, START, &mut out) else {
        panic!("no request");
    };
    out.clear();

    let lost = session.handle_disconnect();
    assert_eq!(lost.iter().map(|answer| answer.id).collect::<Vec<_>>(), tickets);
    assert_eq!(texts(&lost[..1]), ["The connection to remote was lost before it answered"]);
    assert_eq!(session.deadline(), None);
    let error = session.call(call("x", "a"), START, &mut out).unwrap_err();
    assert_eq!(error.to_string(), "Plugin remote is not connected");
    session.notify("host", "tick", Arguments::default(), &mut out);
    assert!(matches!(session.handle(response(1), START, &mut out), HostEvent::Ignored));
    assert!(out.is_empty());

    session.start(&mut out);
    assert_eq!(ids(&mut out), [2], "ids count on");
    session.respond(reply, Ok(None), &mut out);
    assert!(out.is_empty(), "an answer to the connection before");
    assert!(matches!(session.handle(response(2), START, &mut out), HostEvent::MethodsChanged(_)));
}
