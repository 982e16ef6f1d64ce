//! Activation, deactivation, and lost connections.

use super::*;

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
        [
            "drop 1 of p",
            "1 failed: The connection to p was lost before it answered",
            "drop 2 of x",
            "2 failed: [CANCEL] Canceled call a from p"
        ]
    );
    engine.emit("x", "news", &args("[1]"));
    assert!(told(&mut engine).is_empty());
    assert_eq!(engine.activity("p"), Some(Activity::Active));
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
        ["drop 1 of p".to_owned(), format!("1 {lost}"), format!("2 {lost}")]
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
            "1 failed: [CANCEL] Canceled call a from p",
            "2 failed: [CANCEL] Canceled call b from p",
            "start 3 a"
        ]
    );
    assert!(!engine.deactivate("p", START));
}

#[test]
fn a_plugin_is_activated_once() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    assert!(engine.activate("p") && engine.activate("p"));
    assert_eq!(told(&mut engine), ["activate p"]);
    assert_eq!(engine.activity("p"), Some(Activity::Activating));
    engine.activated("p", START);
    assert!(engine.activate("p"));
    assert!(told(&mut engine).is_empty());
    assert_eq!(engine.activity("p"), Some(Activity::Active));
}

#[test]
fn a_deactivation_ends_an_activation() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    let waits = engine.call(call("x", "p", "a"), START).unwrap();
    let asks = engine.call(call("y", "p", "a"), START).unwrap();
    engine.allow(waits, true, START);
    events(&mut engine);
    assert!(engine.deactivate("p", START), "it had begun");
    assert_eq!(
        told(&mut engine),
        [
            "1 failed: x cannot call a of p, because p is not activated yet",
            "2 failed: y cannot call a of p, because p is not activated yet",
        ]
    );
    // What the driver has begun may still come to its end.
    engine.activated("p", START);
    engine.activation_failed("p", &RemixError::NotConnected("p".into()));
    engine.allow(asks, true, START);
    assert!(told(&mut engine).is_empty());
    assert_eq!(engine.activity("p"), Some(Activity::Inactive));
}

#[test]
fn a_plugin_can_be_activated_many_times() {
    let mut engine = engine(&["p"]);
    for round in 1..=5 {
        let ticket = engine.call(call("x", "p", "a"), START).unwrap();
        engine.finish(ticket, Ok(Some(json("1"))), START);
        assert_eq!(told(&mut engine), [format!("start {round} a"), format!("{round} is 1")]);
        assert!(engine.deactivate("p", START));
        engine.activate("p");
        engine.activated("p", START);
        assert_eq!(told(&mut engine), ["activate p"]);
    }
}

#[test]
fn what_waits_for_an_activation_starts_in_its_order() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    let calls: Vec<_> = (0..3).map(|_| engine.call(call("x", "p", "a"), START).unwrap()).collect();
    // The answers come in another order.
    for call in calls.iter().rev() {
        engine.allow(*call, true, START);
    }
    engine.activated("p", START);
    events(&mut engine);
    for (n, call) in calls.iter().enumerate() {
        engine.finish(*call, Ok(None), START);
        let next = calls.get(n + 1).map(|next| format!("start {} a", next.0));
        let ended = format!("{} is nothing", call.0);
        assert_eq!(told(&mut engine), std::iter::once(ended).chain(next).collect::<Vec<_>>());
    }
}

#[test]
fn a_plugin_that_is_lost_while_it_is_asked_about_fails_the_call() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    let early = engine.call(call("x", "p", "a"), START).unwrap();
    let late = engine.call(call("y", "p", "a"), START).unwrap();
    engine.allow(early, true, START);
    engine.activated("p", START);
    engine.lost("p", START);
    events(&mut engine);
    engine.allow(late, true, START);
    assert_eq!(told(&mut engine), ["2 failed: Plugin p is not connected"]);
}

#[test]
fn an_inactive_plugin_is_neither_lost_nor_reloaded() {
    let mut engine = engine(&["p"]);
    engine.deactivate("p", START);
    engine.lost("p", START);
    engine.reloaded("p", START);
    engine.lost("nobody", START);
    engine.reloaded("nobody", START);
    engine.activated("nobody", START);
    assert_eq!(engine.activity("p"), Some(Activity::Inactive));
    assert!(told(&mut engine).is_empty());
}
