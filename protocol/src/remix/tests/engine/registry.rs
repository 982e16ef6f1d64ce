//! Registering and removing plugins.

use super::*;

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
fn profiles_are_listed_in_the_order_of_their_names() {
    let mut engine = engine(&["b", "c", "a"]);
    let names = |engine: &EngineSession| -> Vec<_> {
        engine.profiles().map(|profile| profile.name.clone()).collect()
    };
    assert_eq!(names(&engine), ["a", "b", "c"]);
    engine.remove("b", START);
    assert_eq!(names(&engine), ["a", "c"]);
}

#[test]
fn a_name_that_no_path_leads_to_is_refused() {
    let mut engine = engine(&[]);
    for name in ["", "a.b", "."] {
        let refused = engine.register(Profile::new(name), QueueOptions::default()).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("`{name}` cannot be a plugin's name: it is empty or has a dot")
        );
    }
    assert_eq!(engine.profiles().count(), 0);
}

#[test]
fn the_profile_of_the_registry_says_what_is_exposed() {
    let mut engine = engine(&["p"]);
    engine.profile_mut("p").unwrap().methods = Some(vec!["new".to_owned()]);
    engine.call(call("x", "p", "new"), START).unwrap();
    assert_eq!(
        error_of(engine.call(call("x", "p", "a"), START)),
        "Cannot call method \"a\" of \"p\" from \"x\", because \"a\" is not exposed. Here is the \
         list of exposed methods: \"new\",\"canDeactivate\""
    );
    engine.profile_mut("p").unwrap().methods = None;
    assert!(error_of(engine.call(call("x", "p", "a"), START)).ends_with(": \"canDeactivate\""));
}

#[test]
fn a_name_can_be_registered_again_after_its_removal() {
    let mut engine = engine(&["p", "x"]);
    engine.on("x", "p", "news").unwrap();
    engine.call(call("x", "p", "a"), START).unwrap();
    engine.emit("p", "news", &args("[1]"));
    engine.remove("p", START);
    events(&mut engine);
    register(&mut engine, "p", QueueOptions::default());
    assert_eq!((engine.activity("p"), engine.queued("p")), (Some(Activity::Inactive), 0));
    engine.activate("p");
    engine.activated("p", START);
    events(&mut engine);
    engine.on("x", "p", "news").unwrap();
    assert!(told(&mut engine).is_empty(), "its values are forgotten");
    engine.emit("p", "news", &args("[2]"));
    assert_eq!(told(&mut engine), ["x hears p.news [2]"]);
}
