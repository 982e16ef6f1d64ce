//! The grammar of routes.

use connector_protocol::route::{MAX_LEN, Route, RouteError, check_prefix, method_name};

#[test]
fn reads_three_parts() {
    let route = Route::parse("chat.chatHandler.send_all-2").unwrap();
    assert_eq!(route.server(), "chat");
    assert_eq!(route.handler(), "chatHandler");
    assert_eq!(route.method(), "send_all-2");
    assert_eq!(route.as_str(), "chat.chatHandler.send_all-2");
    assert_eq!(route.to_string(), "chat.chatHandler.send_all-2");
}

#[test]
fn reads_in_constants() {
    const ROUTE: Result<Route<'_>, RouteError> = Route::parse("a.b.c");
    assert_eq!(ROUTE, Route::parse("a.b.c"));
    const PREFIX: Result<(), RouteError> = check_prefix("a.b");
    assert_eq!(PREFIX, Ok(()));
}

#[test]
fn says_what_is_wrong_and_where() {
    let illegal = |at, char| RouteError::Illegal { at, char };
    for (text, error, says) in [
        ("", RouteError::Empty, "it is empty"),
        (".b.c", RouteError::EmptyPart(0), "part 1 is empty"),
        ("a..c", RouteError::EmptyPart(1), "part 2 is empty"),
        ("a.b.", RouteError::EmptyPart(2), "part 3 is empty"),
        (
            "a.b",
            RouteError::Parts { found: 2, wanted: 3 },
            "expected 3 parts (`server.handler.method`), found 2",
        ),
        (
            "a.b.c.d",
            RouteError::Parts { found: 4, wanted: 3 },
            "expected 3 parts (`server.handler.method`), found 4",
        ),
        ("a.b c.d", illegal(3, ' '), "` ` is not allowed (a-z, A-Z, 0-9, `_` and `-` are)"),
        ("a.b\n.d", illegal(3, '\n'), "`\\n` is not allowed (a-z, A-Z, 0-9, `_` and `-` are)"),
        ("a.ü.c", illegal(2, 'ü'), "`ü` is not allowed (a-z, A-Z, 0-9, `_` and `-` are)"),
        ("a.b.语", illegal(4, '语'), "`语` is not allowed (a-z, A-Z, 0-9, `_` and `-` are)"),
        ("🎲.b.c", illegal(0, '🎲'), "`🎲` is not allowed (a-z, A-Z, 0-9, `_` and `-` are)"),
    ] {
        let found = Route::parse(text).unwrap_err();
        assert_eq!((found, found.to_string().as_str()), (error, says), "{text}");
    }
}

#[test]
fn refuses_every_byte_outside_the_grammar() {
    for char in (0..=u8::MAX).map(char::from) {
        let text = format!("a.b{char}b.c");
        let legal = char.is_ascii_alphanumeric() || "_-".contains(char);
        match Route::parse(&text) {
            Ok(route) => assert!(legal && route.handler() == format!("b{char}b")),
            Err(RouteError::Parts { found: 4, wanted: 3 }) => assert_eq!(char, '.'),
            Err(error) => assert!(!legal && error == RouteError::Illegal { at: 3, char }),
        }
    }
}

#[test]
fn is_at_most_as_long_as_its_length_byte_can_say() {
    let text = format!("a.b.{}", "c".repeat(MAX_LEN - 4));
    assert_eq!(Route::parse(&text).unwrap().method().len(), MAX_LEN - 4);
    let error = Route::parse(&(text + "c")).unwrap_err();
    assert_eq!(error, RouteError::TooLong(MAX_LEN + 1));
    assert_eq!(error.to_string(), "it has 256 bytes (the limit is 255)");
    let late = format!("{}.b.c", "a".repeat(MAX_LEN - 4));
    assert_eq!(Route::parse(&late).unwrap().handler(), "b");
}

#[test]
fn checks_prefixes() {
    assert_eq!(check_prefix("chat.chatHandler"), Ok(()));
    for (found, text) in [(1, "chat"), (3, "a.b.c")] {
        let error = check_prefix(text).unwrap_err();
        assert_eq!(error, RouteError::Parts { found, wanted: 2 });
        assert_eq!(
            error.to_string(),
            format!("expected 2 parts (`server.handler`), found {found}")
        );
    }
    assert_eq!(check_prefix("a."), Err(RouteError::EmptyPart(1)));
}

#[test]
fn names_methods_after_functions() {
    for (ident, name) in [
        ("send", "send"),
        ("join_room", "joinRoom"),
        ("join__room_2_now", "joinRoom2Now"),
        ("r#type", "type"),
        ("_hidden", "hidden"),
        ("trailing_", "trailing"),
        ("alreadyCamel", "alreadyCamel"),
        ("__", ""),
    ] {
        assert_eq!(method_name(ident), name, "{ident}");
    }
}
