//! Timeouts of calls, and persons who take longer.

use super::*;

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
fn waiting_is_not_counted() {
    let mut engine = engine(&["p"]);
    let first = engine.call(call("x", "p", "a"), START).unwrap();
    engine.call(call("x", "p", "b"), START).unwrap();
    engine.finish(first, Ok(None), 9 * SECOND);
    assert_eq!(engine.deadline(), Some(19 * SECOND));
    assert_eq!(engine.deadline_of("p"), Some(19 * SECOND));
    assert_eq!(engine.deadline_of("nobody"), None);
}

#[test]
fn each_call_in_a_row_has_its_own_timeout() {
    let mut engine = engine(&["p"]);
    for _ in 0..3 {
        engine.call(call("x", "p", "a"), START).unwrap();
    }
    for n in 1..=3 {
        engine.tick(n * 10 * SECOND - Duration::from_nanos(1));
        assert_eq!(engine.queued("p"), 4 - usize::try_from(n).unwrap());
        engine.tick(n * 10 * SECOND);
    }
    let told = told(&mut engine);
    assert_eq!(told.iter().filter(|told| told.contains("[TIMEOUT]")).count(), 3);
    assert_eq!(engine.deadline(), None);
}

#[test]
fn a_timeout_of_zero_is_ten_seconds() {
    let mut engine = engine(&["p"]);
    engine.set_queue("p", QueueOptions::default().timeout(Duration::ZERO), START);
    engine.call(call("x", "p", "a"), START).unwrap();
    assert_eq!(engine.deadline(), Some(10 * SECOND));
}

#[test]
fn a_call_with_a_timeout_of_zero_has_its_plugins_time() {
    let mut engine = engine(&["p"]);
    engine.set_queue("p", QueueOptions::default().timeout(2 * SECOND), START);
    engine.call(call("x", "p", "a").timeout(Duration::ZERO), START).unwrap();
    assert_eq!(engine.deadline(), Some(2 * SECOND));
}

#[test]
fn another_timeout_is_for_the_calls_that_start_later() {
    let mut engine = engine(&["p"]);
    let first = engine.call(call("x", "p", "a"), START).unwrap();
    engine.call(call("x", "p", "a"), START).unwrap();
    engine.set_queue("p", QueueOptions::default().timeout(2 * SECOND), START);
    assert_eq!(engine.deadline(), Some(10 * SECOND));
    engine.finish(first, Ok(None), SECOND);
    assert_eq!(engine.deadline(), Some(3 * SECOND));
}

#[test]
fn a_late_answer_does_not_touch_the_call_that_runs_now() {
    let mut engine = engine(&["p"]);
    let late = engine.call(call("x", "p", "a"), START).unwrap();
    let next = engine.call(call("x", "p", "b"), START).unwrap();
    engine.tick(10 * SECOND);
    events(&mut engine);
    engine.finish(late, Err(RemixError::Remote("late".into())), 11 * SECOND);
    engine.finish(late, Ok(None), 11 * SECOND);
    assert!(told(&mut engine).is_empty());
    engine.finish(next, Ok(Some(json("1"))), 12 * SECOND);
    assert_eq!(told(&mut engine), ["2 is 1"]);
}

#[test]
fn timeouts_and_cancels_mix() {
    let mut engine = engine(&["p"]);
    for from in ["x", "y", "x", "z"] {
        engine.call(call(from, "p", "a"), START).unwrap();
    }
    events(&mut engine);
    engine.cancel("y", "p", None, 5 * SECOND).unwrap();
    engine.tick(10 * SECOND);
    engine.cancel("x", "p", None, 11 * SECOND).unwrap();
    engine.tick(20 * SECOND);
    assert!(engine.deadline() == Some(21 * SECOND), "the last one started at 11 seconds");
    engine.finish(Ticket(4), Ok(None), 20 * SECOND);
    let texts: Vec<_> =
        told(&mut engine).into_iter().filter(|told| !told.starts_with("drop")).collect();
    assert_eq!(
        texts,
        [
            "2 failed: [CANCEL] Canceled call a from y",
            "1 failed: [TIMEOUT] Timeout for call a from x",
            "start 3 a",
            "3 failed: [CANCEL] Canceled call a from x",
            "start 4 a",
            "4 is nothing",
        ]
    );
}

#[test]
fn the_first_deadline_of_all_plugins_counts() {
    let mut engine = engine(&["p", "q"]);
    engine.set_queue("q", QueueOptions::default().timeout(2 * SECOND), START);
    engine.call(call("x", "p", "a"), START).unwrap();
    engine.call(call("x", "q", "a"), START).unwrap();
    assert_eq!(engine.deadline(), Some(2 * SECOND));
    engine.tick(2 * SECOND);
    assert_eq!(engine.deadline(), Some(10 * SECOND));
}

#[test]
fn a_call_that_never_ends_has_no_alarm_in_reach() {
    let mut engine = engine(&["p"]);
    engine.call(call("x", "p", "a").timeout(Duration::MAX), SECOND).unwrap();
    events(&mut engine);
    engine.tick(Duration::from_secs(1 << 40));
    assert!(told(&mut engine).is_empty());
}

#[test]
fn a_clock_goes_on_when_it_was_resumed_as_often_as_it_was_stopped() {
    let mut engine = engine(&["p"]);
    let call = engine.call(call("x", "p", "a"), START).unwrap();
    assert_eq!(engine.made("x", "p"), [call]);
    assert!(engine.made("x", "q").is_empty() && engine.made("y", "p").is_empty());
    engine.wait_for_person(call, START);
    engine.wait_for_person(call, START);
    engine.resume(call, SECOND);
    assert_eq!(engine.deadline(), None);
    engine.resume(call, SECOND);
    assert_eq!(engine.deadline(), Some(11 * SECOND));
    engine.resume(call, SECOND);
}
