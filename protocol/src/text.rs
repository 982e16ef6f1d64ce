//! Text of peers that do not write correct UTF-8.

use std::borrow::Cow;
use std::fmt::{self, Display, Write};

use ascii::AsciiStr;

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

/// Returns bytes as text if they are UTF-8. Most are ASCII, which is found out in a fraction
/// of the time.
///
/// ```
/// use connector_protocol::text::utf8;
///
/// assert_eq!(utf8("grüße".as_bytes()), Some("grüße"));
/// assert_eq!(utf8(b"gr\xfc\xdfe"), None);
/// ```
#[inline]
pub fn utf8(bytes: &[u8]) -> Option<&str> {
    match AsciiStr::from_ascii(bytes) {
        Ok(text) => Some(text.as_str()),
        Err(_) => std::str::from_utf8(bytes).ok(),
    }
}

/// Returns two hexadecimal digits of each byte, in lower case.
///
/// ```
/// assert_eq!(connector_protocol::text::hex(&[0, 0x1f, 255]), "001fff");
/// ```
pub fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Returns the text of a value on one line, for logs: characters that control terminals
/// or the direction of text, and ends of lines, are escaped as in Rust.
///
/// ```
/// use connector_protocol::text::escaped;
///
/// assert_eq!(escaped("bye\n2026 INFO \u{1b}[2J").to_string(), r"bye\n2026 INFO \u{1b}[2J");
/// ```
pub fn escaped<T: Display>(value: T) -> Escaped<T> {
    Escaped(value)
}

/// A value whose text is escaped, see [`escaped`].
#[derive(Clone, Copy, Debug)]
pub struct Escaped<T>(T);

impl<T: Display> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaper(f), "{}", self.0)
    }
}

struct Escaper<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaper<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(misleads) {
            match part.chars().next_back().filter(|last| misleads(*last)) {
                Some(last) => {
                    self.0.write_str(&part[..part.len() - last.len_utf8()])?;
                    write!(self.0, "{}", last.escape_default())?;
                }
                None => self.0.write_str(part)?,
            }
        }
        Ok(())
    }
}

fn misleads(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
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
    use super::{decode, escaped};

    #[test]
    fn escapes_what_misleads_a_reader_of_logs() {
        let text = "a\tb\r\n\u{1b}[31m\u{85}\u{202e}\u{2028}é \"世\" \\n";
        let shown = r#"a\tb\r\n\u{1b}[31m\u{85}\u{202e}\u{2028}é "世" \n"#;
        assert_eq!(escaped(text).to_string(), shown);
        assert_eq!(escaped(format_args!("{}{}", 'x', '\n')).to_string(), "x\\n");
    }

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
