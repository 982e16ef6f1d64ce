//! Queues of calls, and their refusals.

use super::*;

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
fn too_many_calls_are_refused() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default().waiting(2, 100));
    let busy = "x cannot call a of p, because too many calls of x wait for p";
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
fn a_caller_that_calls_too_much_keeps_nobody_else_from_calling() {
    let busy =
        |who| format!("{who} cannot call a of p, because too many calls of {who} wait for p");
    let text = |letters: usize| args(&format!("[\"{}\"]", "x".repeat(letters)));
    for is_active in [true, false] {
        let mut engine = engine(&[]);
        register(&mut engine, "p", QueueOptions::default().waiting(2, 500));
        engine.activate("p");
        if is_active {
            engine.activated("p", START);
            engine.call(call("z", "p", "a"), START).unwrap();
        }
        // Each has two that wait, of which one is long.
        for caller in ["floods", "x", "floods too", "y"] {
            engine.call(HostCall::new(caller, "p", "a", text(450)), START).unwrap();
            let long = HostCall::new(caller, "p", "a", text(50));
            assert_eq!(error_of(engine.call(long, START)), busy(caller), "too long");
            engine.call(call(caller, "p", "a"), START).unwrap();
            assert_eq!(error_of(engine.call(call(caller, "p", "a"), START)), busy(caller));
        }
        // What has ended leaves room for its caller alone.
        engine.cancel("x", "p", None, START).unwrap();
        for _ in 0..2 {
            engine.call(call("x", "p", "a"), START).unwrap();
        }
        assert_eq!(error_of(engine.call(call("y", "p", "a"), START)), busy("y"));
    }
}

#[test]
fn a_call_starts_at_once_if_nothing_runs() {
    let mut engine = engine(&["p"]);
    let ticket = engine.call(call("x", "p", "a"), START).unwrap();
    let started = call("x", "p", "a");
    assert_eq!(engine.poll_event(), Some(EngineEvent::Start { ticket, call: started }));
    assert_eq!(engine.running("p"), [ticket]);
}

#[test]
fn a_started_call_says_who_called_by_which_path() {
    let mut engine = engine(&["p", "x"]);
    engine.call(call("x", "p.git.remote", "a"), START).unwrap();
    let Some(EngineEvent::Start { call, .. }) = engine.poll_event() else { panic!("it starts") };
    assert_eq!((&*call.from, &*call.path, call.target()), ("x", "p.git.remote", "p"));
}

#[test]
fn answers_come_in_the_order_of_the_calls_whoever_calls() {
    let mut engine = engine(&["p", "x", "y"]);
    let calls: Vec<_> =
        (0..100).map(|n| engine.call(call(["x", "y"][n % 2], "p", "a"), START).unwrap()).collect();
    let mut started = Vec::new();
    while let Some(event) = engine.poll_event() {
        if let EngineEvent::Start { ticket, .. } = event {
            started.push(ticket);
            engine.finish(ticket, Ok(None), START);
        }
    }
    assert_eq!(started, calls);
}

#[test]
fn a_failed_call_is_followed_by_the_next() {
    let mut engine = engine(&["p"]);
    let calls = ["a", "b", "a"].map(|method| engine.call(call("x", "p", method), START).unwrap());
    engine.finish(calls[0], Err(RemixError::Remote("no".into())), START);
    engine.finish(calls[1], Err(RemixError::Remote("no".into())), START);
    assert_eq!(
        told(&mut engine),
        ["start 1 a", "1 failed: no", "start 2 b", "2 failed: no", "start 3 a"]
    );
}

#[test]
fn results_may_be_anything_or_nothing() {
    let mut engine = engine(&["p"]);
    for result in ["null", "0", "\"\"", "[1,{}]"] {
        let ticket = engine.call(call("x", "p", "a"), START).unwrap();
        engine.finish(ticket, Ok(Some(json(result))), START);
        assert_eq!(told(&mut engine)[1], format!("{} is {result}", ticket.0));
    }
}

#[test]
fn queues_of_other_plugins_go_on() {
    let mut engine = engine(&["p", "q"]);
    engine.call(call("x", "p", "a"), START).unwrap();
    for _ in 0..3 {
        let ticket = engine.call(call("x", "q", "a"), START).unwrap();
        engine.finish(ticket, Ok(None), START);
    }
    assert_eq!((engine.queued("p"), engine.queued("q")), (1, 0));
}

#[test]
fn a_result_of_an_unknown_call_is_ignored() {
    let mut engine = engine(&["p"]);
    engine.call(call("x", "p", "a"), START).unwrap();
    events(&mut engine);
    engine.finish(Ticket(99), Ok(None), START);
    engine.give_up(Ticket(99), START);
    engine.allow(Ticket(99), true, START);
    assert!(told(&mut engine).is_empty());
    assert_eq!(engine.queued("p"), 1);
}

#[test]
fn limits_of_waiting_calls_can_be_changed() {
    let mut engine = engine(&[]);
    register(&mut engine, "p", QueueOptions::default().waiting(1, 1000));
    engine.call(call("x", "p", "a"), START).unwrap();
    engine.call(call("x", "p", "a"), START).unwrap_err();
    engine.set_queue("p", QueueOptions::default().waiting(2, 1000), START);
    engine.call(call("x", "p", "a"), START).unwrap();
    engine.call(call("x", "p", "a"), START).unwrap_err();
}
