//! The file, read and written, and what it allows.

use super::*;

fn lock(text: &str) -> RoutesLock {
    RoutesLock::parse(text).unwrap()
}

fn codes<const N: usize>(codes: [(u16, &'static str); N]) -> BTreeMap<u16, &'static str> {
    codes.into()
}

#[test]
fn what_is_written_is_read_again() {
    let written = lock("12 a.b.d\r\n# note\n\n  3\ta.b.c \n\u{20}").to_string();
    assert_eq!(written, format!("{HEAD}3 a.b.c\n12 a.b.d\n"));
    assert_eq!(lock(&written).to_string(), written);
    assert_eq!(lock("\u{feff}65535 on push"), lock("65535 on push"));
    assert_eq!(lock(""), RoutesLock::default());
}

#[test]
fn a_line_that_is_no_entry_is_named() {
    for (line, text) in
        [(1, "0 a.b.c"), (2, "\n65536 a"), (2, "1 a\n2"), (1, "a.b.c 1"), (1, "-1 a"), (1, "1")]
    {
        let error = RoutesLock::parse(text).unwrap_err();
        assert!(matches!(error, LockError::Syntax { line: at, .. } if at == line), "{error}");
    }
    let error = RoutesLock::parse("1 a\n<<<<<<< HEAD\n2 b").unwrap_err().to_string();
    assert!(error.starts_with("line 2 of routes.lock is \"<<<<<<< HEAD\""), "{error}");
    assert!(error.contains("left from a merge"), "{error}");
    let long = RoutesLock::parse(&"x".repeat(10_000)).unwrap_err();
    assert!(long.to_string().len() < 300);
}

#[test]
fn two_branches_that_took_the_same_code_are_found() {
    let (first, second) = ("a.b.d".to_owned(), "a.b.e".to_owned());
    assert_eq!(
        RoutesLock::parse("1 a.b.c\n2 a.b.d\n2 a.b.e\n"),
        Err(LockError::DuplicateCode { line: 3, code: 2, first, second })
    );
    assert_eq!(
        RoutesLock::parse("1 a.b.c\n2 a.b.c\n"),
        Err(LockError::DuplicateRoute { line: 2, route: "a.b.c".into(), first: 1, second: 2 })
    );
}

#[test]
fn declared_codes_stay_with_their_routes() {
    let locked = lock("1 a.b.c\n7 a.b.gone\n");
    let check = |codes| locked.check(&codes);
    assert_eq!(check(codes([(1, "a.b.c")])), Ok(()));
    // It comes back.
    assert_eq!(check(codes([(1, "a.b.c"), (7, "a.b.gone")])), Ok(()));
    assert_eq!(check(codes([(2, "a.b.new")])), Err(LockError::Missing { route: "a.b.new" }));
    assert_eq!(
        check(codes([(2, "a.b.c")])),
        Err(LockError::Changed { route: "a.b.c", locked: 1, code: 2 })
    );
    // The code that is offered is free of the file, and of the other routes.
    let gone = "a.b.gone".to_owned();
    assert_eq!(
        check(codes([(1, "a.b.c"), (2, "a.b.d"), (7, "a.b.new")])),
        Err(LockError::Reused { route: "a.b.new", code: 7, locked: gone, free: 3 })
    );
    let mut next = locked.clone();
    next.add(&codes([(1, "a.b.c"), (3, "a.b.new")])).unwrap();
    assert_eq!(next, lock("1 a.b.c\n3 a.b.new\n7 a.b.gone\n"));
}

#[test]
fn numbers_go_on_behind_the_largest() {
    let mut next = lock("");
    next.number(&["a.b.c", "a.b.d", "onPush"]).unwrap();
    assert_eq!(next, lock("1 a.b.c\n2 a.b.d\n3 onPush"));
    // One is gone, one is new, one is listed twice.
    next.number(&["a.b.a", "a.b.d", "onPush", "onPush"]).unwrap();
    assert_eq!(next, lock("1 a.b.c\n2 a.b.d\n3 onPush\n4 a.b.a"));
    assert_eq!(next.codes_of(&["a.b.a", "onPush"]), Ok(codes([(3, "onPush"), (4, "a.b.a")])));
    assert_eq!(next.codes_of(&["a.b.x"]), Err(LockError::Missing { route: "a.b.x" }));

    let mut full = lock("65535 a.b.c");
    assert_eq!(full.number(&["a.b.c", "a.b.d"]), Err(LockError::Full { route: "a.b.d" }));
    for route in ["", " onPush", "on\nPush"] {
        assert_eq!(lock("").number(&[route]), Err(LockError::Unwritable { route }));
        assert_eq!(lock("").add(&codes([(1, route)])), Err(LockError::Unwritable { route }));
    }
}
