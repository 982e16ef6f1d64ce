//! Plugins that would wait for one another.

use super::*;

/// Starts a call, and returns what the driver would have to do.
fn start(engine: &mut EngineSession, from: &str, to: &str) -> Ticket {
    let ticket = engine.call(call(from, to, "a"), START).unwrap();
    events(engine);
    ticket
}

#[test]
fn a_plugin_that_waits_for_itself_is_refused() {
    let mut engine = engine(&["p"]);
    let idle = start(&mut engine, "p", "p");
    engine.finish(idle, Ok(None), START);
    start(&mut engine, "x", "p");
    assert_eq!(
        error_of(engine.call(call("p", "p", "b"), START)),
        "p cannot call b of p, because it would wait for the call that p is running: p -> p"
    );
    assert_eq!(engine.queued("p"), 1, "it leaves nothing");
    engine.set_queue("p", QueueOptions::default().at_once(2), START);
    engine.call(call("p", "p", "b"), START).unwrap();
    engine.call(call("p", "p", "b"), START).expect("the other one may end");
}

#[test]
fn plugins_that_wait_for_one_another_are_refused() {
    let mut engine = engine(&["p", "q", "r"]);
    start(&mut engine, "x", "p");
    start(&mut engine, "p", "q");
    assert_eq!(
        error_of(engine.call(call("q", "p.service", "b"), START)),
        "q cannot call b of p, because it would wait for the call that p is running: p -> q -> p"
    );
    start(&mut engine, "q", "r");
    let circle = error_of(engine.call(call("r", "p", "b"), START));
    assert!(circle.ends_with("p is running: p -> q -> r -> p"), "{circle}");
    assert!(error_of(engine.call(call("r", "q", "b"), START)).ends_with(": q -> r -> q"));
}

#[test]
fn a_queued_call_closes_a_circle_too() {
    let mut engine = engine(&["p", "q"]);
    start(&mut engine, "x", "p");
    start(&mut engine, "x", "q");
    start(&mut engine, "p", "q");
    assert!(error_of(engine.call(call("q", "p", "b"), START)).ends_with(": p -> q -> p"));
}

#[test]
fn others_that_wait_are_no_circle() {
    let mut engine = engine(&["p", "q", "r"]);
    // What p has called before its running call began does not hold that up.
    start(&mut engine, "p", "q");
    start(&mut engine, "x", "p");
    engine.call(call("q", "p", "b"), START).expect("p waits for nobody");
    engine.call(call("x", "p", "b"), START).expect("x is not a plugin");
    engine.call(call("r", "p", "b"), START).expect("r runs nothing");
}

#[test]
fn a_plugin_that_runs_several_closes_no_circle() {
    let mut engine = engine(&["p", "manager"]);
    engine.set_queue("manager", QueueOptions::default().at_once(usize::MAX), START);
    start(&mut engine, "x", "p");
    start(&mut engine, "p", "manager");
    engine.call(call("manager", "p", "b"), START).expect("another call of the manager");
}
