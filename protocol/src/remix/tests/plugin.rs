use super::super::{Arguments, Call, Message, PluginEvent, PluginSession, RemixError};
use super::{arguments, json, message, sent};

const HANDSHAKE: &str =
    r#"{"id":0,"action":"request","key":"handshake","payload":["remote",null],"name":"remote"}"#;

/// A session after its handshake.
fn loaded(methods: &[&str]) -> PluginSession {
    let mut session = PluginSession::new(methods.iter().copied());
    let mut out = Vec::new();
    session.start(&mut out);
    let event = session.handle(message(HANDSHAKE), &mut out);
    assert!(matches!(event, PluginEvent::Loaded { .. }));
    session
}

fn call(session: &mut PluginSession, json: &str) -> Call {
    let mut out = Vec::new();
    let PluginEvent::Call(call) = session.handle(message(json), &mut out) else {
        panic!("no call: {:?}", sent(&mut out));
    };
    assert!(out.is_empty());
    call
}

#[test]
fn asks_then_answers_every_handshake_and_loads_once() {
    let mut session = PluginSession::new(["echo", "add"]);
    let mut out = Vec::new();
    session.start(&mut out);
    assert_eq!(sent(&mut out), [r#"{"action":"request","key":"handshake","id":-1}"#]);

    let event = session.handle(message(HANDSHAKE), &mut out);
    let PluginEvent::Loaded { name, engine } = event else { panic!("{event:?}") };
    assert_eq!((name.as_str(), engine), ("remote", None));
    let answer = |id| {
        format!(
            r#"{{"action":"response","name":"remote","key":"handshake","id":{id},"payload":["echo","add"]}}"#
        )
    };
    assert_eq!(sent(&mut out), [answer(0)]);

    let again = r#"{"id":1,"action":"call","key":"handshake","payload":["other","vscode"],"name":"remote"}"#;
    assert!(matches!(session.handle(message(again), &mut out), PluginEvent::Ignored));
    assert_eq!(sent(&mut out), [answer(1)]);
}

#[test]
fn handshakes_may_leave_everything_out() {
    for (json, expected, answers) in [
        (
            r#"{"action":"request","key":"handshake","id":4,"payload":["a","vscode"]}"#,
            ("a", Some("vscode")),
            1,
        ),
        (r#"{"action":"request","key":"handshake","id":4,"name":"b"}"#, ("b", None), 1),
        (r#"{"action":"request","key":"handshake","payload":"c"}"#, ("", None), 0),
    ] {
        let mut out = Vec::new();
        let event = PluginSession::new([""; 0]).handle(message(json), &mut out);
        let PluginEvent::Loaded { name, engine } = event else { panic!("{event:?}") };
        assert_eq!((name.as_str(), engine.as_deref()), expected);
        assert_eq!(out.len(), answers);
        assert!(out.iter().all(|answer| answer.payload.is_none()));
    }
}

#[test]
fn refuses_what_comes_before_the_handshake() {
    let mut session = PluginSession::new(["echo"]);
    let mut out = Vec::new();
    for (json, answer) in [
        (
            r#"{"id":9,"action":"call","key":"echo","payload":[1],"name":"remote"}"#,
            Some(
                r#"{"action":"response","name":"remote","key":"echo","id":9,"error":"Handshake before communicating"}"#,
            ),
        ),
        (
            r#"{"action":"notification","name":"host","key":"tick","payload":[1]}"#,
            Some(
                r#"{"action":"notification","name":"host","key":"tick","error":"Handshake before communicating"}"#,
            ),
        ),
        (r#"{"action":"response","name":"host","key":"tick","id":1}"#, None),
        (r#"{"action":"off","name":"host","key":"tick","id":1}"#, None),
        (r#"{"action":"request","key":"echo"}"#, None),
    ] {
        assert!(matches!(session.handle(message(json), &mut out), PluginEvent::Ignored));
        assert_eq!(sent(&mut out), answer.into_iter().collect::<Vec<_>>(), "{json}");
    }
    let early = session.call("host", "echo", Arguments::default(), &mut out);
    assert_eq!(early, Err(RemixError::NotLoaded));
    assert!(early.unwrap_err().to_string().starts_with("Not connected to the IDE. "));
    assert_eq!(session.emit("e", Arguments::default(), &mut out), Err(RemixError::NotLoaded));
    assert!(out.is_empty());
}

#[test]
fn answers_overlapping_calls_in_any_order() {
    let mut session = loaded(&["slow", "none", "git.fetch"]);
    let slow = call(
        &mut session,
        r#"{"id":3,"action":"request","key":"slow","payload":[1],"requestInfo":{"from":"caller","path":"remote"},"name":"remote"}"#,
    );
    assert_eq!((slow.method.as_str(), &slow.payload), ("slow", &arguments("[1]")));
    assert_eq!(slow.request_info.unwrap().from, "caller");
    let none = call(&mut session, r#"{"id":4,"action":"request","key":"none","name":"remote"}"#);
    assert_eq!(none.payload, Arguments::default());
    let service = call(
        &mut session,
        r#"{"id":5,"action":"request","key":"fetch","payload":[],"requestInfo":{"from":"c","path":"remote.git"},"name":"remote"}"#,
    );
    assert_eq!(service.method, "git.fetch");

    let mut out = Vec::new();
    session.respond(service.reply, Err(String::new()), &mut out);
    session.respond(none.reply, Ok(None), &mut out);
    session.respond(slow.reply, Ok(Some(json(r#"{"b":1}"#))), &mut out);
    assert_eq!(
        sent(&mut out),
        [
            r#"{"action":"response","name":"remote","key":"fetch","id":5,"error":"unknown error"}"#,
            r#"{"action":"response","name":"remote","key":"none","id":4}"#,
            r#"{"action":"response","name":"remote","key":"slow","id":3,"payload":{"b":1}}"#,
        ]
    );
}

#[test]
fn announces_the_bare_names_of_services() {
    let mut out = Vec::new();
    PluginSession::new(["git.fetch", "a.fetch", "pull", "git.pull"])
        .handle(message(HANDSHAKE), &mut out);
    assert_eq!(out[0].payload, Some(json(r#"["git.fetch","a.fetch","pull","git.pull","fetch"]"#)));
}

#[test]
fn answers_calls_that_it_cannot_serve_with_a_text() {
    let mut session = loaded(&["echo", "git.fetch"]);
    let mut out = Vec::new();
    for (json, error) in [
        (
            r#"{"id":1,"action":"request","key":"nope","payload":[],"name":"remote"}"#,
            "Method nope doesn't exist on plugin remote",
        ),
        (
            r#"{"id":1,"action":"request","key":"echo","payload":[],"name":"remote","requestInfo":{"from":"c","path":"remote.git"}}"#,
            "Method git.echo doesn't exist on plugin remote",
        ),
        (r#"{"id":1,"action":"request"}"#, "Method undefined doesn't exist on plugin undefined"),
        (
            r#"{"id":1,"action":"request","key":"echo","payload":{}}"#,
            "A request needs a name, a key and an array as payload",
        ),
        (
            r#"{"id":1,"action":"request","key":"echo","payload":[],"requestInfo":{"path":"remote"}}"#,
            "A request needs a name, a key and an array as payload",
        ),
    ] {
        assert!(matches!(session.handle(message(json), &mut out), PluginEvent::Ignored));
        assert_eq!(
            out.drain(..).map(|it| it.failure()).collect::<Vec<_>>(),
            [Some(error.to_owned())]
        );
    }
    // Without an id nobody waits, and an answer would kill the engine.
    session.handle(message(r#"{"action":"request","key":"nope"}"#), &mut out);
    let call =
        call(&mut session, r#"{"action":"request","key":"echo","payload":[],"requestInfo":null}"#);
    session.respond(call.reply, Ok(None), &mut out);
    assert!(out.is_empty());
}

#[test]
fn matches_answers_by_name_key_and_id() {
    let mut session = loaded(&[]);
    let mut out = Vec::new();
    let id = session.call("host", "add", arguments("[2,3]"), &mut out).unwrap();
    assert_eq!(
        sent(&mut out),
        [r#"{"action":"request","name":"host","key":"add","payload":[2,3],"id":1}"#]
    );
    for strange in [
        r#"{"action":"response","name":"other","key":"add","id":1}"#,
        r#"{"action":"response","name":"host","key":"sub","id":1}"#,
        r#"{"action":"response","name":"host","key":"add","id":2}"#,
        r#"{"action":"response","name":"host","key":"add"}"#,
    ] {
        assert!(matches!(session.handle(message(strange), &mut out), PluginEvent::Ignored));
    }
    let answer = r#"{"action":"response","name":"host","key":"add","payload":5,"id":1}"#;
    let PluginEvent::Answered(ended) = session.handle(message(answer), &mut out) else {
        panic!("no answer");
    };
    assert_eq!((ended.id, ended.outcome), (id, Ok(Some(json("5")))));
    assert!(matches!(session.handle(message(answer), &mut out), PluginEvent::Ignored));

    session.call("host", "fail", Arguments::default(), &mut out).unwrap();
    let failed = r#"{"action":"response","name":"host","key":"fail","id":2,"error":"boom"}"#;
    let PluginEvent::Answered(ended) = session.handle(message(failed), &mut out) else {
        panic!("no answer");
    };
    assert_eq!(ended.outcome, Err(RemixError::Remote("boom".to_owned())));
}

#[test]
fn cancels_only_what_it_called() {
    let mut session = loaded(&[]);
    let mut out = Vec::new();
    session.cancel("host", None, &mut out);
    session.call("host", "slow", Arguments::default(), &mut out).unwrap();
    out.clear();
    session.cancel("other", None, &mut out);
    session.cancel("host", Some("fast"), &mut out);
    assert!(out.is_empty());
    session.cancel("host", Some("slow"), &mut out);
    session.cancel("host", None, &mut out);
    assert_eq!(
        sent(&mut out),
        [
            r#"{"action":"cancel","name":"host","key":"slow"}"#,
            r#"{"action":"cancel","name":"host"}"#
        ]
    );
}

#[test]
fn calls_that_were_given_up_can_be_cancelled_and_are_few() {
    let mut session = loaded(&[]);
    let mut out = Vec::new();
    let id = session.call("host", "slow", Arguments::default(), &mut out).unwrap();
    out.clear();
    session.give_up(id, &mut out);
    session.give_up(id, &mut out);
    assert!(out.is_empty(), "the host may not be active");
    assert!(session.handle_disconnect().is_empty(), "nobody waits");
    session.handle(message(HANDSHAKE), &mut out);
    out.clear();
    session.cancel("host", None, &mut out);
    assert!(out.is_empty(), "it ended with the connection");

    for n in 0..100 {
        let id = session.call("host", &format!("slow{n}"), Arguments::default(), &mut out).unwrap();
        out.clear();
        session.give_up(id, &mut out);
    }
    out.clear();
    session.cancel("host", Some("slow35"), &mut out);
    assert!(out.is_empty(), "too many were given up after it");
    session.cancel("host", Some("slow36"), &mut out);
    assert_eq!(sent(&mut out), [r#"{"action":"cancel","name":"host","key":"slow36"}"#]);
    // That was the 38th call of the session.
    let answer = r#"{"action":"response","name":"host","key":"slow36","id":38}"#;
    assert!(matches!(session.handle(message(answer), &mut out), PluginEvent::Ignored));
    session.cancel("host", Some("slow36"), &mut out);
    assert!(out.is_empty(), "it was answered");
}

#[test]
fn a_call_that_is_given_up_is_cancelled_where_that_hits_no_other() {
    let mut session = loaded(&[]);
    let mut out = Vec::new();
    let mut call = |session: &mut PluginSession, name: &str, key: &str| {
        out.clear();
        session.call(name, key, Arguments::default(), &mut out).unwrap()
    };
    let first = call(&mut session, "host", "add");
    let answer = format!(
        r#"{{"action":"response","name":"host","key":"add","id":{},"payload":1}}"#,
        first.get()
    );
    session.handle(message(&answer), &mut Vec::new());
    let (one, two) = (call(&mut session, "host", "slow"), call(&mut session, "host.x", "slow"));
    let _other = call(&mut session, "host", "add");
    let elsewhere = call(&mut session, "silent", "slow");
    let mut out = Vec::new();
    session.give_up(one, &mut out);
    session.give_up(elsewhere, &mut out);
    assert!(out.is_empty(), "the other one goes on, and `silent` may not be active");
    session.give_up(two, &mut out);
    assert_eq!(sent(&mut out), [r#"{"action":"cancel","name":"host.x","key":"slow"}"#]);
    session.cancel("host", Some("slow"), &mut out);
    assert!(out.is_empty(), "both are cancelled");

    let unsent = session.call("host", "slow", Arguments::default(), &mut out).unwrap();
    session.give_up(unsent, &mut out);
    assert!(out.is_empty(), "it was not sent at all");
}

#[test]
fn a_native_plugin_has_other_words_for_a_method_that_it_does_not_have() {
    let mut session = loaded(&["add"]);
    session.set_native();
    let mut out = Vec::new();
    let call = r#"{"action":"request","name":"p","key":"nope","id":1,"payload":[]}"#;
    session.handle(message(call), &mut out);
    let error = out[0].failure().unwrap();
    assert_eq!(error, "Method nope is not implemented by p");
}

#[test]
fn last_values_are_bounded_in_number_and_bytes() {
    let mut session = loaded(&[]).last_values(2, 10);
    let mut out = Vec::new();
    let mut tell = |session: &mut PluginSession, key: &str, value: &str| {
        session.on("host", key, &mut out);
        let text = format!(
            r#"{{"action":"notification","name":"host","key":"{key}","payload":[{value}]}}"#
        );
        let event = session.handle(message(&text), &mut out);
        assert!(matches!(event, PluginEvent::Notified { .. }), "{event:?}");
        session.on("host", key, &mut out).replay
    };
    assert_eq!(tell(&mut session, "a", "1"), Some(arguments("[1]")));
    assert_eq!(tell(&mut session, "b", "123456"), None, "3 and 8 bytes are too many");
    assert_eq!(tell(&mut session, "b", "12345"), Some(arguments("[12345]")));
    assert_eq!(tell(&mut session, "c", ""), None, "two are kept");
    assert_eq!(tell(&mut session, "b", "54321"), Some(arguments("[54321]")), "it is replaced");
    assert_eq!(tell(&mut session, "b", "123456"), None, "the old value is not told as the last");
    assert_eq!(tell(&mut session, "c", "12345"), Some(arguments("[12345]")));
    session.off("host", "a", &mut Vec::new());
    session.off("host", "c", &mut Vec::new());
    assert_eq!(tell(&mut session, "d", "12345678"), Some(arguments("[12345678]")));
    session.handle_disconnect();
    session.handle(message(HANDSHAKE), &mut Vec::new());
    assert_eq!(tell(&mut session, "e", "12345678"), Some(arguments("[12345678]")));
}

#[test]
fn shares_one_subscription_among_listeners() {
    let mut session = loaded(&[]);
    let mut out = Vec::new();
    let tick = r#"{"action":"notification","name":"host","key":"tick","payload":[3]}"#;
    assert!(matches!(session.handle(message(tick), &mut out), PluginEvent::Ignored));

    let first = session.on("host", "tick", &mut out);
    let once = session.once("host", "tick", &mut out);
    assert_eq!((&first.replay, &once.replay), (&None, &None));
    assert_eq!(sent(&mut out), [r#"{"action":"on","name":"host","key":"tick","id":0}"#]);

    let mut got =
        |session: &mut PluginSession, json: &str| match session.handle(message(json), &mut out) {
            PluginEvent::Notified { listeners, payload, .. } => (listeners, payload),
            event => panic!("{event:?}"),
        };
    assert_eq!(got(&mut session, tick), (vec![first.listener, once.listener], arguments("[3]")));
    let emit = r#"{"action":"emit","name":"host","key":"tick"}"#;
    assert_eq!(got(&mut session, emit), (vec![first.listener], Arguments::default()));

    // Late ones get the last value from here, not again from the engine.
    let second = session.on("host", "tick", &mut out);
    assert_eq!(second.replay, Some(Arguments::default()));
    let had = session.once("host", "tick", &mut out);
    assert_eq!(had.replay, Some(Arguments::default()));
    session.unlisten(first.listener, &mut out);
    session.unlisten(had.listener, &mut out);
    assert!(out.is_empty());
    assert_eq!(session.off("host", "tick", &mut out), [second.listener]);
    assert_eq!(sent(&mut out), [r#"{"action":"off","name":"host","key":"tick","id":0}"#]);
    assert!(session.off("host", "tick", &mut out).is_empty());
    session.unlisten(second.listener, &mut out);
    assert!(out.is_empty());
}

#[test]
fn a_lone_listener_for_one_event_unsubscribes() {
    let mut session = loaded(&[]);
    let mut out = Vec::new();
    let once = session.once("host", "tick", &mut out);
    let tick = r#"{"action":"notification","name":"host","key":"tick","payload":[3]}"#;
    let PluginEvent::Notified { listeners, .. } = session.handle(message(tick), &mut out) else {
        panic!("nobody listens");
    };
    assert_eq!(listeners, [once.listener]);
    assert_eq!(
        sent(&mut out),
        [
            r#"{"action":"on","name":"host","key":"tick","id":0}"#,
            r#"{"action":"off","name":"host","key":"tick","id":0}"#,
        ]
    );
    assert!(matches!(session.handle(message(tick), &mut out), PluginEvent::Ignored));
}

#[test]
fn subscribes_after_each_handshake() {
    let mut session = PluginSession::new(["echo"]);
    let mut out = Vec::new();
    session.on("host", "tick", &mut out);
    session.on("host", "gone", &mut out);
    session.off("host", "gone", &mut out);
    assert!(out.is_empty());
    session.handle(message(HANDSHAKE), &mut out);
    let on = r#"{"action":"on","name":"host","key":"tick","id":0}"#;
    assert_eq!(sent(&mut out)[1..], [on]);

    session.handle_disconnect();
    session.start(&mut out);
    out.clear();
    assert!(matches!(session.handle(message(HANDSHAKE), &mut out), PluginEvent::Ignored));
    assert_eq!(sent(&mut out)[1..], [on]);
}

#[test]
fn a_lost_connection_ends_calls_both_ways() {
    let mut session = loaded(&["echo"]);
    let mut out = Vec::new();
    let ids =
        ["a", "b"].map(|key| session.call("host", key, Arguments::default(), &mut out).unwrap());
    let open = call(&mut session, r#"{"id":7,"action":"request","key":"echo","payload":[]}"#);
    let lost = session.handle_disconnect();
    assert_eq!(lost.iter().map(|answer| answer.id).collect::<Vec<_>>(), ids);
    assert_eq!(
        lost[0].outcome.as_ref().unwrap_err().to_string(),
        "The connection to the engine was lost before it answered"
    );
    assert!(session.handle_disconnect().is_empty());

    session.start(&mut out);
    session.handle(message(HANDSHAKE), &mut out);
    out.clear();
    session.respond(open.reply, Ok(None), &mut out);
    assert_eq!(out, Vec::<Message>::new());
    assert_eq!(session.call("host", "c", Arguments::default(), &mut out).unwrap().get(), 3);
}

#[test]
fn long_names_are_not_repeated() {
    let mut session = loaded(&["echo"]);
    let mut out = Vec::new();
    let long = "k".repeat(1_025);
    for (name, key, path) in [(&*long, "echo", "h"), ("h", &*long, "h"), ("h", "echo", &*long)] {
        let json = format!(
            r#"{{"action":"request","name":"{name}","key":"{key}","id":1,"payload":[],"requestInfo":{{"from":"a","path":"{path}"}}}}"#
        );
        assert!(matches!(session.handle(message(&json), &mut out), PluginEvent::Ignored));
        let answer = out.pop().unwrap();
        assert_eq!(answer.failure(), Some(RemixError::BadRequest.to_string()));
        assert!([answer.name, answer.key].into_iter().flatten().all(|name| name.len() < 5));
    }
    // As long as a name may be.
    let key = &long[1..];
    let json = format!(r#"{{"action":"request","name":"h","key":"{key}","id":1,"payload":[]}}"#);
    session.handle(message(&json), &mut out);
    assert_ne!(out.pop().unwrap().failure(), Some(RemixError::BadRequest.to_string()));
}
