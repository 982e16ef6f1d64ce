//! The grammar of routes.

use connector::protocol::route::{MAX_LEN, Route, check_prefix, method_name};

use super::owned;

/// Pieces that are legal in routes, and pieces that are not.
pub const TOKENS: &[&[u8]] = &[b".", b"..", b"_", b"-", b"r#", b"a.b", b" ", "ß".as_bytes()];

/// A route has three legal parts, and no other text is a route.
pub fn route(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let parts: Vec<&str> = text.split('.').collect();
    let is_part = |part: &&str| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        !part.is_empty() && part.bytes().all(legal)
    };
    let legal = parts.iter().all(is_part) && text.len() <= MAX_LEN;
    assert_eq!(check_prefix(text).is_ok(), legal && parts.len() == 2, "{text}");
    match Route::parse(text) {
        Ok(route) => {
            assert!(legal, "{text}");
            assert_eq!([route.server(), route.handler(), route.method()], *parts);
            assert_eq!((route.as_str(), &*route.to_string()), (text, text));
        }
        Err(error) => {
            assert!(!legal || parts.len() != 3, "{text}: {error}");
            assert!(!error.to_string().is_empty());
        }
    }
    // A character may become three when it is made a capital.
    assert!(method_name(text).len() <= 3 * text.len());
}

/// Routes of real games, and texts that are not routes.
pub fn seeds() -> Vec<Vec<u8>> {
    owned([
        b"connector.entryHandler.entry",
        b"chat.chatHandler.send",
        b"a.b",
        b"join_room",
        b"r#type",
        "straße.handler.m".as_bytes(),
    ])
}
