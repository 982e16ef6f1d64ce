//! Text from peers whose UTF-8 is not quite UTF-8.

use std::borrow::Cow;

use connector::protocol::text::decode;

use super::owned;

/// Halves of characters.
pub const TOKENS: &[&[u8]] =
    &[b"\xed\xa0\xbd", b"\xed\xb8\x80", b"\xed\xaf\xbf\xed\xbf\xbf", b"\xf0\x9f", b"\xff", b"a"];

/// UTF-8 stays as it is, and other bytes become at most one replacement character
/// each.
pub fn text(bytes: &[u8]) {
    let text = decode(bytes);
    assert_eq!(matches!(text, Cow::Borrowed(_)), str::from_utf8(bytes).is_ok());
    assert!(text.len() <= 3 * bytes.len());
    assert_eq!(decode(text.as_bytes()), text);
    // Without surrogates it is what everybody else makes of it.
    if !bytes.contains(&0xed) {
        assert_eq!(text, String::from_utf8_lossy(bytes));
    }
}

/// Text in all shapes.
pub fn seeds() -> Vec<Vec<u8>> {
    owned([
        b"plain",
        "grün 世界 🌍".as_bytes(),
        b"a\xed\xa0\xbd\xed\xb8\x80b",
        b"\xed\xa0\xbdx",
        b"\xe4\xb8",
    ])
}
