//! Subscriptions, events and their last values.

use super::*;

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
fn values_of_events_without_listeners_are_bounded_with_their_keys() {
    for (bounds, most) in [
        (EventBounds::default(), 4096),
        (EventBounds::default().values(10), 10),
        (EventBounds::default().memory(100 * 1026), 100),
    ] {
        let mut engine = engine(&["p", "x"]);
        engine.set_event_bounds("p", bounds);
        let key = |n| format!("{n:01024}");
        for n in 0..5_000 {
            engine.on("x", "p", &key(n)).unwrap();
            engine.emit("p", &key(n), &args("[]"));
            engine.off("x", "p", &key(n));
        }
        let remembered = (0..5_000).filter(|n| engine.last_value("p", &key(*n)).is_some());
        assert_eq!(remembered.count(), most);
        assert_eq!(events(&mut engine).len(), 5_000);

        // One that is replaced counts once, and all are forgotten together.
        (0..3).for_each(|_| engine.emit("p", &key(0), &args("[]")));
        assert!(engine.last_value("p", &key(0)).is_some());
        engine.deactivate("p", START);
        engine.activate("p");
        engine.on("x", "p", &key(20_000)).unwrap();
        engine.emit("p", &key(20_000), &args("[]"));
        assert!(engine.last_value("p", &key(20_000)).is_some(), "there is room again");
    }
}

#[test]
fn subscriptions_and_remembered_values_are_bounded() {
    let mut engine = engine(&["p", "x", "y"]);
    engine.set_event_bounds("x", EventBounds::default().subscriptions(2));
    engine.set_event_bounds("p", EventBounds::default().memory(100));
    engine.on("x", "p", "one").unwrap();
    engine.on("x", "p", "two").unwrap();
    let third = engine.on("x", "p", "three").unwrap_err();
    assert_eq!(third.to_string(), "Plugin x listens to too many events");
    engine.off("x", "p", "two");
    assert!(engine.on("x", "p", &"k".repeat(200)).is_err());
    engine.on("x", "p", "three").unwrap();
    engine.on("y", "p", &"k".repeat(200)).expect("another plugin has bounds of its own");
    engine.off("y", "p", &"k".repeat(200));

    engine.emit("p", "one", &args(&format!("[\"{}\"]", "x".repeat(80))));
    engine.emit("p", "three", &args(&format!("[\"{}\"]", "y".repeat(80))));
    assert_eq!(told(&mut engine).len(), 2);
    engine.on("x", "p", "one").unwrap();
    assert_eq!(told(&mut engine).len(), 1, "it is remembered");
    engine.on("x", "p", "three").unwrap();
    assert!(told(&mut engine).is_empty(), "there was no room");
}

#[test]
fn events_that_nobody_listens_to_are_forgotten() {
    for (number, key) in [(2000, String::new()), (100, "k".repeat(1000))] {
        let mut engine = engine(&["p", "x"]);
        for n in 0..number {
            engine.on("x", "p", &format!("{n}{key}")).unwrap();
            engine.off("x", "p", &format!("{n}{key}"));
        }
        let mut remembers = |n: i32| {
            let key = format!("{n}{key}");
            engine.emit("p", &key, &args("[1]"));
            engine.last_value("p", &key).is_some()
        };
        assert!(!remembers(0), "among {number}");
        assert!(remembers(number - 1), "among {number}");
    }
}

#[test]
fn a_plugin_may_listen_to_as_many_events_as_a_connection_has_by_default() {
    let mut engine = engine(&["p", "x"]);
    let subscribed = (0..5000).filter(|n| engine.on("x", "p", &n.to_string()).is_ok());
    assert_eq!(subscribed.count(), crate::Limits::default().subscriptions);
}

#[test]
fn an_event_without_listeners_is_not_remembered() {
    let mut engine = engine(&["p", "x"]);
    engine.emit("p", "news", &args("[1]"));
    engine.on("x", "p", "news").unwrap();
    assert_eq!(engine.last_value("p", "news"), None);
    engine.emit("p", "news", &args("[2]"));
    assert_eq!(engine.last_value("p", "news"), Some(&args("[2]")));
    assert_eq!(told(&mut engine), ["x hears p.news [2]"]);
}

#[test]
fn events_may_have_no_values() {
    let mut engine = engine(&["p", "x"]);
    engine.on("x", "p", "news").unwrap();
    engine.emit("p", "news", &args("[]"));
    assert_eq!(told(&mut engine), ["x hears p.news []"]);
    engine.once("x", "p", "news").unwrap();
    assert_eq!(told(&mut engine), ["x hears p.news []"], "that is remembered too");
}

#[test]
fn a_plugin_hears_itself_if_it_listens() {
    let mut engine = engine(&["p"]);
    engine.on("p", "p", "news").unwrap();
    engine.emit("p", "news", &args("[1]"));
    assert_eq!(told(&mut engine), ["p hears p.news [1]"]);
}

#[test]
fn one_may_listen_before_the_emitter_exists() {
    let mut engine = engine(&["x"]);
    engine.on("x", "p", "news").unwrap();
    register(&mut engine, "p", QueueOptions::default());
    engine.emit("p", "news", &args("[1]"));
    assert!(told(&mut engine).is_empty(), "it is not active");
    engine.activate("p");
    engine.activated("p", START);
    events(&mut engine);
    engine.emit("p", "news", &args("[2]"));
    assert_eq!(told(&mut engine), ["x hears p.news [2]"]);
}

#[test]
fn equal_keys_of_two_emitters_are_two_events() {
    let mut engine = engine(&["p", "q", "x"]);
    engine.on("x", "p", "news").unwrap();
    engine.emit("q", "news", &args("[1]"));
    assert!(told(&mut engine).is_empty());
    engine.on("x", "q", "news").unwrap();
    engine.off("x", "p", "news");
    engine.emit("p", "news", &args("[2]"));
    engine.emit("q", "news", &args("[3]"));
    assert_eq!(told(&mut engine), ["x hears q.news [3]"]);
}

#[test]
fn once_is_heard_once_and_can_be_taken_back() {
    let mut engine = engine(&["p", "x"]);
    engine.once("x", "p", "news").unwrap();
    engine.once("x", "p", "news").unwrap();
    engine.emit("p", "news", &args("[1]"));
    engine.emit("p", "news", &args("[2]"));
    assert_eq!(told(&mut engine), ["x hears p.news [1]"]);
    engine.once("x", "p", "other").unwrap();
    engine.off("x", "p", "other");
    engine.emit("p", "other", &args("[1]"));
    assert!(told(&mut engine).is_empty());
}

#[test]
fn a_subscription_outlives_the_one_to_the_next_event() {
    let mut engine = engine(&["p", "x"]);
    engine.once("x", "p", "news").unwrap();
    engine.on("x", "p", "news").unwrap();
    engine.emit("p", "news", &args("[1]"));
    engine.emit("p", "news", &args("[2]"));
    assert_eq!(told(&mut engine), ["x hears p.news [1]", "x hears p.news [2]"]);
}

#[test]
fn a_lost_plugin_keeps_its_subscriptions() {
    let mut engine = engine(&["p", "x"]);
    engine.on("x", "p", "news").unwrap();
    engine.lost("x", START);
    engine.activated("x", START);
    engine.emit("p", "news", &args("[1]"));
    assert_eq!(told(&mut engine), ["x hears p.news [1]"]);
}
