//! The engine's machine.

use std::time::Duration;

use super::{arguments as args, json};
use crate::remix::{
    Activity, Answer, Arguments, EngineEvent, EngineSession, HostCall, Profile, QueueOptions,
    RemixError, Ticket,
};

const START: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);

/// An engine with these active plugins, each of which has the methods `a` and `b`.
fn engine(names: &[&str]) -> EngineSession {
    let mut engine = EngineSession::default();
    for name in names {
        register(&mut engine, name, QueueOptions::default());
        engine.activate(name);
        engine.activated(name, START);
    }
    events(&mut engine);
    engine
}

fn register(engine: &mut EngineSession, name: &str, options: QueueOptions) {
    engine.register(Profile::new(name).methods(["a", "b"]), options).unwrap();
}

fn call(from: &str, path: &str, method: &str) -> HostCall {
    HostCall::new(from, path, method, Arguments::default())
}

fn events(engine: &mut EngineSession) -> Vec<EngineEvent> {
    std::iter::from_fn(|| engine.poll_event()).collect()
}

/// What the driver is asked to do, each in a few words.
fn told(engine: &mut EngineSession) -> Vec<String> {
    let text = |event| match event {
        EngineEvent::MayActivate { ticket, from, target, method } => {
            format!("may {from} activate {target} for {method}? {}", ticket.0)
        }
        EngineEvent::Activate(name) => format!("activate {name}"),
        EngineEvent::Start { ticket, call } => format!("start {} {}", ticket.0, call.method),
        EngineEvent::Drop { ticket, target } => format!("drop {} of {target}", ticket.0),
        EngineEvent::Answered(Answer { id, outcome }) => match outcome {
            Ok(value) => {
                format!("{} is {}", id.0, value.map_or_else(|| "nothing".into(), |v| v.to_string()))
            }
            Err(error) => format!("{} failed: {error}", id.0),
        },
        EngineEvent::Notify { listener, name, key, payload } => {
            format!("{listener} hears {name}.{key} {}", payload.as_payload())
        }
    };
    events(engine).into_iter().map(text).collect()
}

fn error_of(result: Result<Ticket, RemixError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn plugins_have_one_name_each() {
    let mut engine = engine(&["p"]);
    let again = engine.register(Profile::new("p"), QueueOptions::default());
    assert_eq!(again.unwrap_err().to_string(), "Plugin p is already register.");
    assert_eq!(engine.activity("p"), Some(Activity::Active));
    assert_eq!(engine.remove("p", START).map(|profile| profile.name), Some("p".to_owned()));
    assert_eq!((engine.profile("p"), engine.activity("p")), (None, None));
    assert!(engine.remove("p", START).is_none() && !engine.activate("p"));
}

#[test]
fn calls_run_one_after_the_other_in_their_order() {
    let mut engine = engine(&["p", "q"]);
    let first = engine.call(call("x", "p", "a"), START).unwrap();
    let second = engine.call(call("y", "p.service", "b"), START).unwrap();
    engine.call(call("x", "q", "a"), START).unwrap();
    assert_eq!(told(&mut engine), ["start 1 a", "start 3 a"]);
    assert_eq!((engine.queued("p"), engine.queued("q")), (2, 1));

    engine.finish(second, Ok(None), START);
    assert!(told(&mut engine).is_empty(), "it does not run");
    engine.finish(first, Ok(Some(json("7"))), START);
    assert_eq!(told(&mut engine), ["1 is 7", "start 2 b"]);
    engine.finish(first, Ok(None), START);
    engine.finish(second, Err(RemixError::Remote("boom".into())), START);
    assert_eq!(told(&mut engine), ["2 failed: boom"]);
    assert_eq!(engine.queued("p"), 0);
}

#[test]
fn a_plugin_may_run_several_at_once() {
    let mut engine = engine(&["p"]);
    for _ in 0..4 {
        engine.call(call("x", "p", "a"), START).unwrap();
    }
    assert_eq!(told(&mut engine), ["start 1 a"]);
    engine.set_queue("p", QueueOptions::default().at_once(3), START);
    assert_eq!(told(&mut engine), ["start 2 a", "start 3 a"]);
    engine.finish(Ticket(2), Ok(None), START);
    assert_eq!(told(&mut engine), ["2 is nothing", "start 4 a"]);
}

#[test]
fn errors_have_the_released_texts() {
    let mut engine = engine(&["p"]);
    assert_eq!(
        error_of(engine.call(call("x", "nobody", "a"), START)),
        "Cannot call nobody from x, because nobody is not registered"
    );
    assert_eq!(
        error_of(engine.call(call("x", "p", "c"), START)),
        "Cannot call method \"c\" of \"p\" from \"x\", because \"c\" is not exposed. Here is the \
         list of exposed methods: \"a\",\"b\",\"canDeactivate\""
    );
    engine.call(call("x", "p", "canDeactivate"), START).unwrap();
    let mut canceled =
        |path, method| engine.cancel("x", path, method, START).unwrap_err().to_string();
    assert_eq!(
        canceled("nobody", Some("a")),
        "Cannot cancel a on nobody from x, because nobody is not registered"
    );
    assert_eq!(
        canceled("p.service", Some("c")),
        "Cannot cancel \"c\" of \"p\" from \"x\", because \"c\" is not exposed. Here is the list of \
         exposed methods: \"a\",\"b\",\"canDeactivate\""
    );
    engine.deactivate("p", START);
    let mut canceled = |method| engine.cancel("x", "p", method, START).unwrap_err().to_string();
    assert_eq!(canceled(Some("a")), "x cannot cancel a of p, because p is not activated");
    assert_eq!(canceled(None), "x cannot cancel calls on p, because p is not activated");
}

#[test]
fn a_call_activates_its_plugin_if_the_caller_may() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    let allowed = engine.call(call("x", "p", "a"), START).unwrap();
    let refused = engine.call(call("y", "p", "b"), START).unwrap();
    let unknown = engine.call(call("x", "p", "c"), START).unwrap();
    assert_eq!(
        told(&mut engine),
        ["may x activate p for a? 1", "may y activate p for b? 2", "may x activate p for c? 3"]
    );
    engine.allow(refused, false, START);
    assert_eq!(
        told(&mut engine),
        ["2 failed: y cannot call b of p, because p is not activated yet"]
    );
    engine.allow(allowed, true, START);
    engine.allow(unknown, true, START);
    assert_eq!(told(&mut engine), ["activate p"], "once");
    assert_eq!(engine.queued("p"), 2);
    engine.activated("p", START);
    let told_then = told(&mut engine);
    assert_eq!(told_then[0], "start 1 a");
    assert!(told_then[1].starts_with("3 failed: Cannot call method \"c\""), "{told_then:?}");
}

#[test]
fn an_answer_that_comes_after_the_activation_starts_its_call() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    let early = engine.call(call("x", "p", "a"), START).unwrap();
    let late = engine.call(call("y", "p", "a"), START).unwrap();
    engine.allow(early, true, START);
    engine.activated("p", START);
    engine.finish(early, Ok(None), START);
    events(&mut engine);
    engine.allow(late, true, START);
    assert_eq!(told(&mut engine), ["start 2 a"]);
}

#[test]
fn calls_fail_with_their_activation() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    let waits = engine.call(call("x", "p", "a"), START).unwrap();
    let asks = engine.call(call("y", "p", "a"), START).unwrap();
    engine.allow(waits, true, START);
    events(&mut engine);
    engine.activation_failed("p", &RemixError::NotConnected("p".into()));
    assert_eq!(told(&mut engine), ["1 failed: Plugin p is not connected"]);
    assert_eq!(engine.activity("p"), Some(Activity::Inactive));
    engine.allow(asks, true, START);
    assert_eq!(told(&mut engine), ["activate p"], "it is tried again");
}

#[test]
fn a_call_ends_at_its_deadline_and_the_next_one_starts() {
    let mut engine = engine(&["p"]);
    engine.set_queue("p", QueueOptions::default().timeout(2 * SECOND), START);
    engine.call(call("x", "p", "a"), START).unwrap();
    engine.call(call("y", "p", "b").timeout(SECOND), START).unwrap();
    events(&mut engine);
    assert_eq!(engine.deadline(), Some(2 * SECOND));
    engine.tick(SECOND);
    assert!(told(&mut engine).is_empty());
    engine.tick(2 * SECOND);
    assert_eq!(
        told(&mut engine),
        ["drop 1 of p", "1 failed: [TIMEOUT] Timeout for call a from x", "start 2 b"]
    );
    engine.finish(Ticket(1), Ok(None), 2 * SECOND);
    assert!(told(&mut engine).is_empty(), "its answer is late");
    assert_eq!(engine.deadline(), Some(3 * SECOND));
}

#[test]
fn a_caller_cancels_its_calls_alone() {
    let mut engine = engine(&["p"]);
    for (from, method) in [("x", "a"), ("y", "a"), ("x", "b"), ("x", "a")] {
        engine.call(call(from, "p", method), START).unwrap();
    }
    events(&mut engine);
    engine.cancel("x", "p", Some("a"), START).unwrap();
    assert_eq!(
        told(&mut engine),
        [
            "drop 1 of p",
            "1 failed: [CANCEL] Canceled call a from x",
            "drop 4 of p",
            "4 failed: [CANCEL] Canceled call a from x",
            "start 2 a",
        ]
    );
    engine.cancel("x", "p", None, START).unwrap();
    assert_eq!(told(&mut engine)[1], "3 failed: [CANCEL] Canceled call b from x");
    assert_eq!(engine.queued("p"), 1);
}

#[test]
fn a_call_that_is_given_up_is_not_answered() {
    let mut engine = engine(&["p"]);
    let calls = [1, 2, 3].map(|_| engine.call(call("x", "p", "a"), START).unwrap());
    events(&mut engine);
    engine.give_up(calls[1], START);
    assert!(told(&mut engine).is_empty());
    engine.give_up(calls[0], START);
    assert_eq!(told(&mut engine), ["drop 1 of p", "start 3 a"]);
    engine.finish(calls[0], Ok(None), START);
    assert!(told(&mut engine).is_empty());

    register(&mut engine, "q", QueueOptions::default());
    let parked = engine.call(call("x", "q", "a"), START).unwrap();
    engine.give_up(parked, START);
    events(&mut engine);
    engine.allow(parked, true, START);
    assert!(told(&mut engine).is_empty() && engine.queued("q") == 0);
}

#[test]
fn a_plugin_that_waits_for_itself_is_refused() {
    let mut engine = engine(&["p"]);
    let idle = engine.call(call("p", "p", "a"), START).unwrap();
    engine.finish(idle, Ok(None), START);
    engine.call(call("x", "p", "a"), START).unwrap();
    assert_eq!(
        error_of(engine.call(call("p", "p", "b"), START)),
        "p cannot call b of p, because it would wait for the call that p is running: p -> p"
    );
    engine.set_queue("p", QueueOptions::default().at_once(2), START);
    engine.call(call("p", "p", "b"), START).unwrap();
}

#[test]
fn too_many_calls_are_refused() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default().waiting(2, 100));
    let busy = "x cannot call a of p, because too many calls wait for p";
    for _ in 0..2 {
        engine.call(call("x", "p", "a"), START).unwrap();
    }
    assert_eq!(error_of(engine.call(call("x", "p", "a"), START)), busy);
    engine.activate("p");
    engine.allow(Ticket(1), true, START);
    engine.activated("p", START);
    engine.give_up(Ticket(2), START);
    let long = || HostCall::new("x", "p", "a", args(&format!("[\"{}\"]", "x".repeat(90))));
    engine.call(long(), START).unwrap();
    assert_eq!(error_of(engine.call(long(), START)), busy);
    assert_eq!(engine.queued("p"), 2);
}

#[test]
fn the_calls_of_a_lost_plugin_fail_at_once() {
    let mut engine = engine(&["p", "q"]);
    for path in ["p", "p", "q"] {
        engine.call(call("x", path, "a"), START).unwrap();
    }
    events(&mut engine);
    engine.lost("p", START);
    let lost = "failed: The connection to p was lost before it answered";
    assert_eq!(
        told(&mut engine),
        [
            "drop 1 of p".to_owned(),
            format!("1 {lost}"),
            "drop 2 of p".to_owned(),
            format!("2 {lost}")
        ]
    );
    assert_eq!(error_of(engine.call(call("x", "p", "a"), START)), "Plugin p is not connected");
    engine.activated("p", START);
    engine.call(call("x", "p", "a"), START).unwrap();
    assert_eq!(told(&mut engine), ["start 4 a"]);
}

#[test]
fn a_plugin_that_goes_takes_its_own_calls_along() {
    let mut engine = engine(&["p", "q"]);
    engine.call(call("p", "q", "a"), START).unwrap();
    engine.call(call("p", "q", "b"), START).unwrap();
    engine.call(call("x", "q", "a"), START).unwrap();
    engine.call(call("q", "p", "a"), START).unwrap();
    events(&mut engine);
    assert!(engine.deactivate("p", START));
    assert_eq!(
        told(&mut engine),
        [
            "drop 4 of p",
            "4 failed: The connection to p was lost before it answered",
            "drop 1 of q",
            "start 2 b",
            "drop 2 of q",
            "start 3 a"
        ]
    );
    assert!(!engine.deactivate("p", START));
}

#[test]
fn a_person_stops_the_clocks_of_all_who_wait() {
    let mut engine = engine(&["file", "dialog", "other"]);
    // x calls file, which asks the dialog, which waits for a person.
    engine.call(call("x", "file", "a"), START).unwrap();
    let asks = engine.call(call("file", "dialog", "a"), SECOND).unwrap();
    engine.call(call("x", "other", "a"), SECOND).unwrap();
    engine.wait_for_person(asks, 2 * SECOND);
    events(&mut engine);
    engine.tick(100 * SECOND);
    assert_eq!(
        told(&mut engine),
        ["drop 3 of other", "3 failed: [TIMEOUT] Timeout for call a from x"]
    );
    assert_eq!(engine.deadline(), None);
    engine.resume(asks, 100 * SECOND);
    assert_eq!(engine.deadline(), Some(108 * SECOND), "two of ten seconds had passed");
    engine.wait_for_person(asks, 101 * SECOND);
    engine.finish(asks, Ok(None), 200 * SECOND);
    assert_eq!(told(&mut engine), ["2 is nothing"]);
    engine.give_up(Ticket(1), 200 * SECOND);
    assert_eq!(engine.deadline(), None);
}

#[test]
fn clocks_run_on_when_the_person_has_answered() {
    let mut engine = engine(&["file", "dialog"]);
    engine.call(call("x", "file", "a"), START).unwrap();
    let asks = engine.call(call("file", "dialog", "a"), START).unwrap();
    engine.wait_for_person(asks, SECOND);
    engine.finish(asks, Ok(None), 50 * SECOND);
    assert_eq!(engine.deadline(), Some(59 * SECOND));
}

#[test]
fn events_go_to_each_listener_in_order() {
    let mut engine = engine(&["p", "x", "y"]);
    engine.on("y", "p", "news").unwrap();
    engine.once("x", "p", "news").unwrap();
    engine.on("y", "p", "news").unwrap();
    engine.on("nobody", "p", "news").unwrap();
    engine.emit("p", "news", &args("[1,\"a\"]"));
    assert_eq!(told(&mut engine), ["y hears p.news [1,\"a\"]", "x hears p.news [1,\"a\"]"]);
    engine.emit("p", "other", &args("[1]"));
    engine.emit("p", "news", &args("[2]"));
    assert_eq!(told(&mut engine), ["y hears p.news [2]"]);
    engine.off("y", "p", "news");
    engine.off("y", "p", "never");
    engine.emit("p", "news", &args("[3]"));
    assert!(told(&mut engine).is_empty());
}

#[test]
fn late_listeners_get_the_last_value() {
    let mut engine = engine(&["p", "x", "y"]);
    engine.emit("p", "news", &args("[0]"));
    engine.on("x", "p", "news").unwrap();
    assert!(told(&mut engine).is_empty(), "nobody had listened");
    engine.off("x", "p", "news");
    engine.emit("p", "news", &args("[1]"));
    engine.on("y", "p", "news").unwrap();
    assert_eq!(told(&mut engine), ["y hears p.news [1]"]);
    engine.on("y", "p", "news").unwrap();
    assert_eq!(told(&mut engine), ["y hears p.news [1]"]);
    engine.once("y", "p", "news").unwrap();
    engine.once("x", "p", "news").unwrap();
    assert_eq!(told(&mut engine), ["y hears p.news [1]", "x hears p.news [1]"]);
    engine.emit("p", "news", &args("[2]"));
    assert_eq!(told(&mut engine), ["y hears p.news [2]"], "`once` ended nothing");
}

#[test]
fn deactivation_forgets_values_and_the_plugins_own_subscriptions() {
    let mut engine = engine(&["p", "x"]);
    engine.on("x", "p", "news").unwrap();
    engine.on("p", "x", "news").unwrap();
    engine.emit("p", "news", &args("[1]"));
    events(&mut engine);
    engine.deactivate("p", START);
    engine.emit("p", "news", &args("[2]"));
    engine.emit("x", "news", &args("[3]"));
    assert!(told(&mut engine).is_empty());
    engine.activate("p");
    engine.activated("p", START);
    events(&mut engine);
    engine.emit("p", "news", &args("[4]"));
    assert_eq!(told(&mut engine), ["x hears p.news [4]"]);
    engine.deactivate("x", START);
    engine.emit("p", "news", &args("[5]"));
    assert!(told(&mut engine).is_empty());
}

#[test]
fn a_reload_ends_what_the_old_page_has_begun() {
    let mut engine = engine(&["p", "x"]);
    engine.on("p", "x", "news").unwrap();
    engine.call(call("x", "p", "a"), START).unwrap();
    engine.call(call("p", "x", "a"), START).unwrap();
    events(&mut engine);
    engine.reloaded("p", START);
    assert_eq!(
        told(&mut engine),
        ["drop 1 of p", "1 failed: The connection to p was lost before it answered", "drop 2 of x"]
    );
    engine.emit("x", "news", &args("[1]"));
    assert!(told(&mut engine).is_empty());
    assert_eq!(engine.activity("p"), Some(Activity::Active));
}

#[test]
fn subscriptions_and_remembered_values_are_bounded() {
    let mut engine = EngineSession::new(2, 100);
    for name in ["p", "x"] {
        register(&mut engine, name, QueueOptions::default());
        engine.activate(name);
        engine.activated(name, START);
    }
    engine.on("x", "p", "one").unwrap();
    engine.on("x", "p", "two").unwrap();
    let third = engine.on("x", "p", "three").unwrap_err();
    assert_eq!(third.to_string(), "Plugin x listens to too many events");
    engine.off("x", "p", "two");
    assert!(engine.on("x", "p", &"k".repeat(200)).is_err());
    engine.on("x", "p", "three").unwrap();
    events(&mut engine);

    engine.emit("p", "one", &args(&format!("[\"{}\"]", "x".repeat(80))));
    engine.emit("p", "three", &args(&format!("[\"{}\"]", "y".repeat(80))));
    assert_eq!(told(&mut engine).len(), 2);
    engine.on("x", "p", "one").unwrap();
    assert_eq!(told(&mut engine).len(), 1, "it is remembered");
    engine.on("x", "p", "three").unwrap();
    assert!(told(&mut engine).is_empty(), "there was no room");
    for n in 0..1000 {
        engine.off("x", "p", "three");
        engine.on("x", "p", &n.to_string()).unwrap();
        engine.off("x", "p", &n.to_string());
    }
    engine.emit("p", "0", &args("[1]"));
    engine.on("x", "p", "0").unwrap();
    assert!(told(&mut engine).is_empty(), "events that nobody listens to are forgotten");
}
