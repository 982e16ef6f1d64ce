//! Calls that their callers cancel.

use super::*;

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
            "4 failed: [CANCEL] Canceled call a from x",
            "start 2 a",
        ]
    );
    engine.cancel("x", "p", None, START).unwrap();
    assert_eq!(told(&mut engine)[0], "3 failed: [CANCEL] Canceled call b from x");
    assert_eq!(engine.queued("p"), 1);
}

#[test]
fn calls_that_wait_for_an_activation_can_be_canceled() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    let calls = [("x", "a"), ("x", "b"), ("y", "a"), ("x", "c")]
        .map(|(from, method)| engine.call(call(from, "p", method), START).unwrap());
    calls[..3].iter().for_each(|call| engine.allow(*call, true, START));
    events(&mut engine);
    engine.cancel("x", "p", Some("a"), START).unwrap();
    assert_eq!(told(&mut engine), ["1 failed: [CANCEL] Canceled call a from x"]);
    engine.cancel("x", "p", None, START).unwrap();
    assert_eq!(
        told(&mut engine),
        ["2 failed: [CANCEL] Canceled call b from x", "4 failed: [CANCEL] Canceled call c from x"]
    );
    engine.allow(calls[3], true, START);
    engine.activated("p", START);
    assert_eq!(told(&mut engine), ["start 3 a"]);
}

#[test]
fn a_canceled_call_that_waits_never_starts() {
    let mut engine = engine(&["p"]);
    let first = engine.call(call("y", "p", "a"), START).unwrap();
    for _ in 0..3 {
        engine.call(call("x", "p", "b"), START).unwrap();
    }
    engine.call(call("y", "p", "b"), START).unwrap();
    engine.cancel("x", "p", Some("b"), START).unwrap();
    engine.finish(first, Ok(None), START);
    let told = told(&mut engine);
    assert_eq!(told.iter().filter(|told| told.contains("[CANCEL]")).count(), 3);
    assert_eq!(told[told.len() - 2..], ["1 is nothing", "start 5 b"]);
    assert_eq!(engine.queued("p"), 1);
}

#[test]
fn the_answer_to_a_canceled_call_is_ignored() {
    let mut engine = engine(&["p"]);
    let canceled = engine.call(call("x", "p", "a"), START).unwrap();
    let next = engine.call(call("y", "p", "a"), START).unwrap();
    engine.cancel("x", "p", None, START).unwrap();
    events(&mut engine);
    // The released engine sends the running request again here.
    engine.finish(canceled, Err(RemixError::Remote("late".into())), START);
    assert!(told(&mut engine).is_empty());
    assert_eq!(engine.running("p"), [next]);
}

#[test]
fn a_cancel_without_calls_changes_nothing() {
    let mut engine = engine(&["p"]);
    engine.call(call("y", "p", "a"), START).unwrap();
    events(&mut engine);
    engine.cancel("x", "p", None, START).unwrap();
    engine.cancel("y", "p", Some("b"), START).unwrap();
    engine.cancel("y", "p", Some("canDeactivate"), START).unwrap();
    assert!(told(&mut engine).is_empty());
}

#[test]
fn the_first_and_the_last_can_be_canceled() {
    let mut engine = engine(&["p"]);
    let methods = ["a", "b", "b", "a"];
    let calls = methods.map(|method| engine.call(call("x", "p", method), START).unwrap());
    engine.cancel("x", "p", Some("a"), START).unwrap();
    engine.finish(calls[1], Ok(None), START);
    engine.finish(calls[2], Ok(None), START);
    let told = told(&mut engine);
    let started: Vec<_> = told.iter().filter(|told| told.starts_with("start")).collect();
    assert_eq!(started, ["start 1 a", "start 2 b", "start 3 b"]);
    assert_eq!(engine.queued("p"), 0);
}

#[test]
fn all_that_run_at_once_are_canceled_together() {
    let mut engine = engine(&["p"]);
    engine.set_queue("p", QueueOptions::default().at_once(2), START);
    for from in ["x", "x", "x", "y"] {
        engine.call(call(from, "p", "a"), START).unwrap();
    }
    events(&mut engine);
    engine.cancel("x", "p", None, START).unwrap();
    let told = told(&mut engine);
    assert_eq!(told.iter().filter(|told| told.contains("[CANCEL]")).count(), 3);
    assert_eq!(told.last().unwrap(), "start 4 a");
    assert_eq!(engine.queued("p"), 1);
}

#[test]
fn a_call_that_waits_for_an_activation_is_not_canceled_by_name() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default());
    let waits = engine.call(call("x", "p", "a"), START).unwrap();
    engine.cancel("x", "p", None, START).unwrap_err();
    engine.give_up(waits, START);
    assert_eq!(engine.queued("p"), 0);
}
