//! Text of peers that do not write correct UTF-8.

use std::borrow::Cow;

/// Decodes text leniently, as pomelo does, and joins surrogate pairs.
///
/// The browser client writes each character outside the basic plane as two
/// surrogates of three bytes (CESU-8), which are joined again. Any other invalid
/// byte becomes U+FFFD, as in Node.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(repair(bytes)),
    }
}

fn repair(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    loop {
        let error = match std::str::from_utf8(bytes) {
            Ok(rest) => {
                text.push_str(rest);
                return text;
            }
            Err(error) => error,
        };
        let (valid, rest) = bytes.split_at(error.valid_up_to());
        text.push_str(&String::from_utf8_lossy(valid));
        let (char, size) = match surrogate_pair(rest) {
            Some(char) => (char, 6),
            None => (char::REPLACEMENT_CHARACTER, error.error_len().unwrap_or(rest.len())),
        };
        text.push(char);
        bytes = &rest[size..];
    }
}

fn surrogate_pair(bytes: &[u8]) -> Option<char> {
    let &[0xed, a @ 0xa0..=0xaf, b @ 0x80..=0xbf, 0xed, c @ 0xb0..=0xbf, d @ 0x80..=0xbf] =
        bytes.first_chunk::<6>()?
    else {
        return None;
    };
    let half = |high: u8, low: u8| u32::from(high & 0x0f) << 6 | u32::from(low & 0x3f);
    char::from_u32(0x1_0000 + (half(a, b) << 10) + half(c, d))
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn borrows_what_is_utf8() {
        assert!(matches!(decode("héllo 😀".as_bytes()), std::borrow::Cow::Borrowed("héllo 😀")));
    }

    #[test]
    fn joins_surrogates_that_were_written_one_by_one() {
        assert_eq!(decode(b"a\xed\xa0\xbd\xed\xb8\x80b"), "a😀b");
        assert_eq!(decode(b"\xed\xa0\x80\xed\xb0\x80"), "\u{10000}");
        assert_eq!(decode(b"\xed\xaf\xbf\xed\xbf\xbf"), "\u{10ffff}");
    }

    #[test]
    fn replaces_all_other_bytes() {
        assert_eq!(decode(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(decode(b"\xe4\xb8"), "\u{fffd}");
        assert_eq!(decode(b"\xed\xa0\xbdx"), "\u{fffd}\u{fffd}\u{fffd}x");
        assert_eq!(decode(b"\xed\xb8\x80\xed\xa0\xbd"), "\u{fffd}".repeat(6));
    }
}
