//! Texts of JSON: escapes written and read in place, and the elements of an array.

use std::ops::Range;

/// A text that was unescaped in place.
pub(super) struct Unescaped {
    /// The length of the text.
    pub(super) len: usize,
    /// The bytes that it took, with its closing quote.
    pub(super) consumed: usize,
}

/// Unescapes the text of JSON at the front of `bytes`, behind its opening quote, to the front of
/// `bytes`: no escape is shorter than what it stands for. A half of a surrogate pair becomes
/// U+FFFD. Returns `None` for a text that does not end, or has an escape that there is not.
pub(super) fn unescape(bytes: &mut [u8]) -> Option<Unescaped> {
    let (mut read, mut write) = (0, 0);
    loop {
        let special = bytes[read..].iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
        if read != write {
            bytes.copy_within(read..read + special, write);
        }
        read += special;
        write += special;
        if bytes[read] == b'"' {
            return Some(Unescaped { len: write, consumed: read + 1 });
        }
        let (character, size) = escaped(&bytes[read + 1..])?;
        read += 1 + size;
        let mut utf8 = [0; 4];
        let utf8 = character.encode_utf8(&mut utf8).as_bytes();
        bytes[write..write + utf8.len()].copy_from_slice(utf8);
        write += utf8.len();
    }
}

/// Reads an escape behind its backslash. Returns the character and the bytes that it took.
fn escaped(bytes: &[u8]) -> Option<(char, usize)> {
    let character = match bytes.first()? {
        b'u' => return surrogates(bytes),
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        &other @ (b'"' | b'\\' | b'/') => char::from(other),
        _ => return None,
    };
    Some((character, 1))
}

/// Reads `uXXXX`, and a second one if both are a pair.
fn surrogates(bytes: &[u8]) -> Option<(char, usize)> {
    const ONE: usize = "uXXXX".len();
    let first = unit(bytes)?;
    if (0xd800..0xdc00).contains(&first)
        && bytes.get(ONE) == Some(&b'\\')
        && bytes.get(ONE + 1) == Some(&b'u')
        && let second @ 0xdc00..0xe000 = unit(&bytes[ONE + 1..])?
    {
        let character = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return Some((char::from_u32(character)?, ONE + 1 + ONE));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), ONE))
}

/// Reads the four hexadecimal digits behind a `u`.
fn unit(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.get(1..5)?;
    digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | char::from(*digit).to_digit(16)?))
}

/// Makes a quoted text of JSON of the text at the end of `out`, from `start` on.
pub fn quote(out: &mut Vec<u8>, start: usize) {
    let end = out.len();
    let extra: usize = out[start..].iter().map(|byte| usize::from(EXTRA[usize::from(*byte)])).sum();
    out.resize(end + extra + 2, 0);
    let mut write = out.len() - 1;
    out[write] = b'"';
    if extra == 0 {
        out.copy_within(start..end, start + 1);
        out[start] = b'"';
        return;
    }
    for read in (start..end).rev() {
        let byte = out[read];
        match EXTRA[usize::from(byte)] {
            0 => {
                write -= 1;
                out[write] = byte;
            }
            1 => {
                write -= 2;
                out[write..write + 2].copy_from_slice(&[b'\\', letter(byte)]);
            }
            _ => {
                write -= 6;
                let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                out[write..write + 4].copy_from_slice(b"\\u00");
                out[write + 4..write + 6].copy_from_slice(&digits);
            }
        }
    }
    out[start] = b'"';
}

/// The bytes that escaping adds to each byte.
const EXTRA: [u8; 256] = {
    let mut extra = [0; 256];
    let mut byte = 0;
    while byte < 0x20 {
        extra[byte] = 5;
        byte += 1;
    }
    let short = *b"\x08\t\n\x0c\r\"\\";
    let mut at = 0;
    while at < short.len() {
        extra[short[at] as usize] = 1;
        at += 1;
    }
    extra
};

/// Returns the letter that stands for a byte behind a backslash.
fn letter(byte: u8) -> u8 {
    match byte {
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0c => b'f',
        b'\r' => b'r',
        other => other,
    }
}

/// Appends JSON without any byte that is not ASCII: such characters stand in texts only, and
/// become escapes there.
pub(super) fn write_ascii(json: &str, out: &mut Vec<u8>) {
    let mut rest = json;
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        let (plain, others) = rest.split_at(at);
        out.extend_from_slice(plain.as_bytes());
        let mut characters = others.chars();
        if let Some(character) = characters.next() {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                let digit = |shift: u16| HEX[usize::from(*unit >> shift & 15)];
                out.extend_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
            }
        }
        rest = characters.as_str();
    }
    out.extend_from_slice(rest.as_bytes());
}

/// The hexadecimal digits.
const HEX: &[u8; 16] = b"0123456789abcdef";

/// Returns where the elements of a JSON array stand, which may be followed by spaces alone.
/// Returns `None` for what is not an array. Whether the elements are JSON is not looked at.
#[must_use]
pub fn elements(json: &[u8]) -> Option<Vec<Range<usize>>> {
    let json = json.trim_ascii_end();
    if json.first() != Some(&b'[') || json.last() != Some(&b']') || json.len() < 2 {
        return None;
    }
    let mut found = Vec::new();
    let (mut start, mut depth, mut at) = (1, 0usize, 1);
    while at < json.len() {
        match json[at] {
            b'"' => at = end_of_text(json, at + 1)?,
            b'[' | b'{' => depth += 1,
            b']' if depth == 0 => {
                if at + 1 < json.len() {
                    return None;
                }
                // An array without elements.
                if !found.is_empty() || !json[start..at].trim_ascii().is_empty() {
                    found.push(start..at);
                }
                return Some(found);
            }
            b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                found.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns the position of the quote that ends a text.
fn end_of_text(json: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match json.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
